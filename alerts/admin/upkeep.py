"""Heartbeats and maintenance: two pages to look at, and the buttons of an integration's own page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display

from alerts import services
from alerts.admin.records import alert_link
from alerts.ingest import integration_type
from alerts.models import Heartbeat, Integration, Maintenance, Source
from oncall.admin.common import Button, ReadOnlyConsole
from oncall.admin.words import badge, link, time_tag

STATES = {"waiting": "silenced", "alive": "resolved", "missed": "open", "off": "archived"}
HOUR = timedelta(hours=1)
QUIET = "New alerts ask nobody for an hour."
ASKED = {
    "start_maintenance": Maintenance.Mode.MAINTENANCE,
    "start_debug": Maintenance.Mode.DEBUG,
}


def buttons_of(integration: Integration) -> list[Button]:
    """Return what an admin may do to the heartbeat and the maintenance of an integration now."""
    return [*_heartbeat_buttons(integration), *_maintenance_buttons(integration)]


def _heartbeat_buttons(integration: Integration) -> list[Button]:
    if not integration_type(integration.type).has_heartbeat:
        return []
    row = Heartbeat.objects.filter(integration=integration).first()
    if row is None or row.status in (Heartbeat.Status.WAITING, Heartbeat.Status.OFF):
        return [Button("arm", "Expect heartbeats")]
    return [Button("disarm", "Stop expecting heartbeats", confirm="Pings are noted and switch nothing on again.")]


def _maintenance_buttons(integration: Integration) -> list[Button]:
    if Maintenance.objects.filter(integration=integration, ended_at=None).exists():
        return [Button("stop_maintenance", "End maintenance", confirm="The alerts that it gathered are resolved.")]
    return [
        Button("start_maintenance", "Maintenance for an hour", confirm=f"{QUIET} They end with it."),
        Button("start_debug", "Debug for an hour", confirm=f"{QUIET} They stay."),
    ]


def press(integration: Integration, name: str, *, by: Any) -> str:
    """Do what one of these buttons says and return it in words."""
    now = timezone.now()
    match name:
        case "arm":
            row = services.arm(integration, now=now)
            return f"A heartbeat is expected at least every {row.timeout.total_seconds() / 60:g} min."
        case "disarm":
            services.disarm(integration, now=now)
            return "No heartbeat is expected."
        case "stop_maintenance":
            services.stop_maintenance(integration, by=by, source=Source.CONSOLE, now=now)
            return "The maintenance is over."
    services.start_maintenance(integration, mode=ASKED[name], duration=HOUR, by=by, source=Source.CONSOLE, now=now)
    return QUIET


def integration_link(integration: Integration) -> str:
    """Return a link to the integration's page."""
    return link(reverse("admin:alerts_integration_change", args=(integration.pk,)), integration)


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyConsole):
    list_display = ("of_integration", "state", "timeout", "last_ping", "due")
    list_filter = ("status",)
    list_select_related = ("integration",)
    search_fields = ("integration__name",)
    fields = list_display
    readonly_fields = list_display

    @display(description="integration", ordering="integration")
    def of_integration(self, row: Heartbeat) -> str:
        return integration_link(row.integration)

    @display(description="state", ordering="status")
    def state(self, row: Heartbeat) -> str:
        return badge(STATES[row.status], row.get_status_display())

    @display(description="last ping", ordering="last_ping_at")
    def last_ping(self, row: Heartbeat) -> str:
        return time_tag(row.last_ping_at)

    @display(description="missed", ordering="due_at")
    def due(self, row: Heartbeat) -> str:
        return time_tag(row.due_at)


@admin.register(Maintenance)
class MaintenanceAdmin(ReadOnlyConsole):
    list_display = ("of_integration", "mode", "started", "ends", "ended")
    list_filter = ("mode",)
    list_select_related = ("integration",)
    search_fields = ("integration__name",)
    fields = (*list_display, ("gathering", "started_by"))
    readonly_fields = flatten(fields)

    @display(description="integration", ordering="integration")
    def of_integration(self, row: Maintenance) -> str:
        return integration_link(row.integration)

    @display(description="started", ordering="started_at")
    def started(self, row: Maintenance) -> str:
        return time_tag(row.started_at)

    @display(description="ends", ordering="ends_at")
    def ends(self, row: Maintenance) -> str:
        return time_tag(row.ends_at)

    @display(description="ended", ordering="ended_at")
    def ended(self, row: Maintenance) -> str:
        return time_tag(row.ended_at)

    @display(description="gathered below")
    def gathering(self, row: Maintenance) -> str:
        return alert_link(row.alert)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("integration", "alert")
