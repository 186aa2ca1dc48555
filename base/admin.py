"""The task queue's own pages, in the console's clothes."""

from __future__ import annotations

from django.contrib import admin
from django_q.admin import FailAdmin, QueueAdmin, ScheduleAdmin, TaskAdmin
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin

for model in (Success, Failure, Schedule, OrmQ):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(Success)
class DoneAdmin(TaskAdmin, ModelAdmin):
    """Tasks that ended well; by default none is kept."""


@admin.register(Failure)
class FailedAdmin(FailAdmin, ModelAdmin):
    """Tasks that failed for good."""


@admin.register(Schedule)
class PlannedAdmin(ScheduleAdmin, ModelAdmin):
    """Tasks that come back, such as housekeeping."""


@admin.register(OrmQ)
class WaitingAdmin(QueueAdmin, ModelAdmin):
    """Tasks that wait for a worker."""
