"""What the clock and the monitors wrote down: read only."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from alerts.models import Assignment, Escalation, Event, LogEntry
from oncall.admin.common import ReadOnlyConsole
from oncall.admin.words import EMPTY, badge, link, time_tag

STATES = {"running": "open", "paused": "silenced", "ending": "acknowledged", "finished": "archived"}


class Record(ReadOnlyConsole):
    """A row of one alert."""

    list_select_related: Any = ("alert",)

    @display(description="alert", ordering="alert")
    def of_alert(self, row: Any) -> str:
        return alert_link(row.alert)


def alert_link(alert: Any) -> str:
    """Return a link to the alert's page."""
    return link(reverse("admin:alerts_alert_change", args=(alert.pk,)), alert) if alert else EMPTY


def pretty(value: Any) -> str:
    """Return JSON as people read it."""
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False)
    return format_html('<pre class="t-code">{}</pre>', text)


@admin.register(Escalation)
class EscalationAdmin(Record):
    list_display = ("chain", "of_alert", "state", "due", "started", "ended", "failures")
    list_filter = ("status",)
    search_fields = ("alert__title", "destination")
    fields = (
        "of_alert",
        "chain",
        "state",
        "due",
        "started",
        "ended",
        ("run", "cursor", "pass_number"),
        "error",
        "plan",
    )
    readonly_fields = flatten(fields)

    @display(description="escalation")
    def chain(self, row: Escalation) -> str:
        return str(row.snapshot.get("name", row.destination))

    @display(description="state", ordering="status")
    def state(self, row: Escalation) -> str:
        return badge(STATES.get(row.status, "archived"), row.get_status_display())

    @display(description="due", ordering="due_at")
    def due(self, row: Escalation) -> str:
        return time_tag(row.due_at)

    @display(description="started", ordering="started_at")
    def started(self, row: Escalation) -> str:
        return time_tag(row.started_at)

    @display(description="ended", ordering="ended_at")
    def ended(self, row: Escalation) -> str:
        return time_tag(row.ended_at)

    def plan(self, row: Escalation) -> str:
        return pretty(row.snapshot)


@admin.register(Assignment)
class AssignmentAdmin(Record):
    list_display = ("user", "of_alert", "asked", "important", "answer_word", "answered")
    list_filter = ("answer", "important")
    list_select_related = ("alert", "user")
    search_fields = ("alert__title", "user__email", "user__username", "user__name")
    fields = ("user", "of_alert", "asked", "important", "answer_word", "answered", ("run", "step", "pass_number"))
    readonly_fields = flatten(fields)

    @display(description="asked", ordering="asked_at")
    def asked(self, row: Assignment) -> str:
        return time_tag(row.asked_at)

    @display(description="answer", ordering="answer")
    def answer_word(self, row: Assignment) -> str:
        return row.get_answer_display()

    @display(description="answered", ordering="answered_at")
    def answered(self, row: Assignment) -> str:
        return time_tag(row.answered_at)


@admin.register(Event)
class EventAdmin(Record):
    list_display = ("received", "of_alert", "of_integration", "resolves")
    list_filter = ("resolves", "alert__integration")
    list_select_related = ("alert__integration",)
    search_fields = ("alert__title", "public_id")
    date_hierarchy = "received_at"
    fields = ("received", "of_alert", "of_integration", "resolves", "content")
    readonly_fields = flatten(fields)

    @display(description="received", ordering="received_at")
    def received(self, row: Event) -> str:
        return time_tag(row.received_at)

    @display(description="integration", ordering="alert__integration")
    def of_integration(self, row: Event) -> str:
        return str(row.alert.integration)

    @display(description="payload")
    def content(self, row: Event) -> str:
        return pretty(row.payload)


@admin.register(LogEntry)
class LogEntryAdmin(Record):
    list_display = ("when", "of_alert", "kind_word", "text", "actor", "source_word")
    list_filter = ("kind", "source")
    list_select_related = ("alert", "actor")
    search_fields = ("alert__title", "text")
    date_hierarchy = "at"
    fields = ("when", "of_alert", "kind_word", "text", "actor", "source_word", "values")
    readonly_fields = flatten(fields)

    @display(description="when", ordering="at")
    def when(self, row: LogEntry) -> str:
        return time_tag(row.at)

    @display(description="what", ordering="kind")
    def kind_word(self, row: LogEntry) -> str:
        return row.get_kind_display()

    @display(description="by", ordering="source")
    def source_word(self, row: LogEntry) -> str:
        return row.get_source_display()

    @display(description="detail")
    def values(self, row: LogEntry) -> str:
        return pretty(row.detail)
