"""When people cannot be on call, as it was imported."""

from __future__ import annotations

from django.contrib import admin
from unfold.decorators import display

from oncall.admin.common import ReadOnlyConsole
from oncall.admin.rules import Own
from oncall.admin.words import time_tag
from oncall.models import Availability, QuietHours


@admin.register(Availability)
class AvailabilityAdmin(ReadOnlyConsole):
    list_display = ("user", "kind", "name", "starts", "ends")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("name", "user__email", "user__name")
    date_hierarchy = "starts_at"
    fields = readonly_fields = ("user", "kind", "name", "starts", "ends")

    @display(description="from", ordering="starts_at")
    def starts(self, row: Availability) -> str:
        return time_tag(row.starts_at)

    @display(description="to", ordering="ends_at")
    def ends(self, row: Availability) -> str:
        return time_tag(row.ends_at)


@admin.register(QuietHours)
class QuietHoursAdmin(Own):
    list_display = ("user", "starts", "ends")
    search_fields = ("user__email", "user__username", "user__name")
    fields = ("user", ("starts", "ends"))
