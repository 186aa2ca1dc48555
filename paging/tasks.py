"""What django-q2 calls for paging."""

from __future__ import annotations

import logging

from django.conf import settings
from django_q.models import Schedule

from base import clock
from oncall import tasks as oncall_tasks
from paging import retention

logger = logging.getLogger(__name__)
HOUSEKEEPING = "tocsin: housekeeping"


def housekeeping() -> dict[str, int]:
    """Delete what is older than the settings allow; return how many rows of each kind."""
    swept = retention.sweep(clock.now(), settings.RETENTION_DAYS)
    logger.info("housekeeping", extra=swept)
    return swept


def ensure_schedules() -> None:
    """Make sure that housekeeping runs once a day and oncall's tasks when they should; called at every start."""
    oncall_tasks.ensure_schedules()
    Schedule.objects.update_or_create(
        name=HOUSEKEEPING, defaults={"func": "paging.tasks.housekeeping", "schedule_type": Schedule.DAILY}
    )
