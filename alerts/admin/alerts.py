"""Alerts: the list, one alert's page, and the verbs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from alerts import services
from alerts.lifecycle import Verb, is_allowed
from alerts.models import Alert, LogEntry, Source
from alerts.selectors import what_next
from oncall.admin.common import Button, Console, may_edit, tell
from oncall.admin.words import EMPTY, badge, clock_tag, prose, time_tag

SILENCE_FOR = timedelta(hours=1)
EVENTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline."""

    at: datetime
    kind: str  # decides the shape beside it
    text: str
    who: str = ""
    by: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Deed:
    """A verb as the console offers it."""

    verb: Verb
    label: str
    done: str
    confirm: str = ""


DEEDS = (
    Deed(Verb.ACKNOWLEDGE, "Acknowledge", "acknowledged"),
    Deed(Verb.RESOLVE, "Resolve", "resolved"),
    Deed(Verb.SILENCE, "Silence for 1 h", "silenced for 1 h"),
    Deed(Verb.UNSILENCE, "Unsilence", "unsilenced"),
    Deed(Verb.UNACKNOWLEDGE, "Unacknowledge", "unacknowledged", "It escalates again in 10 s and people are asked."),
    Deed(Verb.UNRESOLVE, "Unresolve", "unresolved", "It escalates again in 10 s and people are asked."),
    Deed(Verb.ARCHIVE, "Archive", "archived", "An archived alert cannot be opened again."),
)
UNSAID = (Source.CLOCK, Source.MONITOR, Source.ESCALATION)  # the line itself says so
TOLD_BY_TEXT = (LogEntry.Kind.STEP, LogEntry.Kind.STEP_FAILED, LogEntry.Kind.NOBODY_ASKED, LogEntry.Kind.NOTE)
BY_NAME = {str(deed.verb): deed for deed in DEEDS}


def do(deed: Deed, alert: Alert, request: HttpRequest, now: datetime) -> bool:
    """Do it through the one service; False when the alert's status does not allow it (any more)."""
    more: dict[str, Any] = {"until": now + SILENCE_FOR} if deed.verb == Verb.SILENCE else {}
    service = getattr(services, deed.verb)
    return bool(service(alert, by=request.user, source=Source.CONSOLE, now=now, **more))


def list_action(deed: Deed) -> Any:
    """Return the verb as an action on a list, which reports how many it moved and why others stayed."""

    @admin.action(description=f"{deed.label} selected alerts", permissions=["act"])
    def act(page: Any, request: HttpRequest, queryset: Any) -> None:
        now, done = timezone.now(), 0
        refused: Counter[str] = Counter()
        for alert in queryset.order_by("pk"):
            if do(deed, alert, request, now):
                done += 1
            else:
                refused[alert.get_status_display().lower()] += 1
        tell(request, done, deed.done, refused)

    act.__name__ = str(deed.verb)
    return act


@admin.register(Alert)
class AlertAdmin(Console):
    list_display = (
        "state",
        "headline",
        "urgency_word",
        "integration",
        "team",
        "holder",
        "fired",
        "events",
    )
    list_display_links = ("headline",)
    list_filter = ("status", "urgency", "integration", "team", "subtype")
    list_select_related = ("integration", "team", "holder")
    search_fields = ("title", "description", "public_id", "thirdparty_id")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    actions = tuple(list_action(deed) for deed in DEEDS)
    change_form_template = "admin/alerts/alert/change_form.html"

    def has_act_permission(self, request: HttpRequest) -> bool:
        return may_edit(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        related = ("integration", "route__chain", "team", "holder", "acknowledged_by", "resolved_by", "parent")
        if not object_id.isdecimal():
            return None
        return self.get_queryset(request).select_related(*related).filter(pk=object_id).first()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return ((None, {"fields": ()}),)

    def buttons(self, request: HttpRequest, obj: Alert) -> list[Button]:
        if not may_edit(request):
            return []
        allowed = [deed for deed in DEEDS if is_allowed(deed.verb, obj.status)]
        if obj.status == Alert.Status.SILENCED:
            allowed = [deed for deed in allowed if deed.verb != Verb.SILENCE]
        first = allowed[0].verb if allowed else None
        return [
            Button(str(deed.verb), deed.label, primary=deed.verb == first and not deed.confirm, confirm=deed.confirm)
            for deed in allowed
        ]

    def press(self, request: HttpRequest, obj: Alert, name: str) -> None:
        deed = BY_NAME[name]
        if do(deed, obj, request, timezone.now()):
            messages.success(request, f"#{obj.pk} {deed.done}.")
        else:
            messages.warning(request, f"#{obj.pk} was {obj.get_status_display().lower()} already.")

    def panel(self, request: HttpRequest, obj: Alert) -> dict[str, Any]:
        now = timezone.now()
        coming = [*what_next(obj, now), *self.coming(obj, now)]
        coming.sort(key=lambda step: (step.at is None, step.at or now))
        return {
            "alert": obj,
            "state_badge": badge(obj.status, obj.get_status_display()),
            "fired": time_tag(obj.created_at, now),
            "description": prose(obj.description or ""),
            "facts": _facts(obj, now),
            "timeline": [_dated(line, now) for line in sorted(self.lines(request, obj), key=lambda line: line.at)],
            "coming": [{"text": step.text, "at": clock_tag(step.at, now) if step.at else ""} for step in coming],
            "asked": self._asked(obj, now),
            "payloads": obj.events.all()[:EVENTS_SHOWN],
        }

    def lines(self, request: HttpRequest, alert: Alert) -> list[Line]:
        """Return what the timeline tells; an app that knows more adds to it."""
        return [_log_line(entry) for entry in alert.log.select_related("actor")]

    def coming(self, alert: Alert, now: datetime) -> list[Any]:
        """Return what else is planned; an app that knows more adds to it."""
        return []

    def _asked(self, alert: Alert, now: datetime) -> list[dict[str, Any]]:
        rows = alert.assignments.select_related("user")
        return [
            {
                "user": row.user,
                "at": clock_tag(row.asked_at, now),
                "important": row.important,
                "answer": row.get_answer_display() if row.answer else "No answer yet",
                "answered": clock_tag(row.answered_at, now) if row.answered_at else "",
            }
            for row in rows
        ]

    @display(description="state", ordering="status")
    def state(self, alert: Alert) -> str:
        return badge(alert.status, alert.get_status_display())

    @display(description="alert", ordering="title")
    def headline(self, alert: Alert) -> str:
        return alert.title

    @display(description="urgency", ordering="urgency")
    def urgency_word(self, alert: Alert) -> str:
        return alert.get_urgency_display()

    @display(description="fired", ordering="created_at")
    def fired(self, alert: Alert) -> str:
        return time_tag(alert.created_at)

    @display(description="events", ordering="events_count")
    def events(self, alert: Alert) -> int:
        return alert.events_count


def _facts(alert: Alert, now: datetime) -> list[tuple[str, Any]]:
    facts = [
        ("Integration", alert.integration),
        ("Route", alert.route),
        ("Team", alert.team),
        ("Urgency", alert.get_urgency_display()),
        ("Held by", alert.holder),
        ("Under", alert.parent),
        ("Last event", time_tag(alert.last_event_at, now)),
        ("Events", alert.events_count),
        ("Id", alert.public_id),
    ]
    return [(name, value if value is not None else EMPTY) for name, value in facts]


def _log_line(entry: LogEntry) -> Line:
    door = "" if entry.source in UNSAID else entry.get_source_display()
    who = str(entry.actor or "")
    if entry.text and entry.kind in TOLD_BY_TEXT:
        return Line(entry.at, entry.kind, entry.text, who, door)
    return Line(entry.at, entry.kind, entry.get_kind_display(), who, door, entry.text)


def _dated(line: Line, now: datetime) -> dict[str, Any]:
    return {"line": line, "at": clock_tag(line.at, now)}
