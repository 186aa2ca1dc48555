"""Low urgency waits until a person's quiet hours are over, on the channels that ring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from alerts.models import Assignment, LogEntry
from alerts.models.integrations import Urgency
from oncall.models import QuietHours
from paging.models import Notification

RINGING = ("sms", "voice", "push")


def hold(notifications: Iterable[Notification], assignments: Mapping[int, Assignment]) -> list[LogEntry]:
    """Move what can wait out of quiet hours, and return the lines that say so."""
    low = [row for row in notifications if _can_wait(row, assignments)]
    if not low:
        return []
    hours = {
        row.user_id: row for row in QuietHours.objects.filter(user__in={row.user_id for row in low if row.user_id})
    }
    log = []
    for row in low:
        quiet, asked = hours.get(row.user_id or 0), assignments[row.assignment_id or 0]
        if quiet is None or row.due_at is None:
            continue
        until = over_at(row.due_at, quiet.starts, quiet.ends, asked.user.zone)
        if until is not None:
            row.due_at = until
            log.append(_line(row, asked, until))
    return log


def over_at(at: datetime, starts: time, ends: time, zone: ZoneInfo) -> datetime | None:
    """Return when the quiet hours around an instant are over; None outside them. They include their first moment."""
    local = at.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    inside = starts <= clock < ends if starts < ends else clock >= starts or clock < ends
    if not inside:
        return None
    day = local.date() + timedelta(days=1 if clock >= ends else 0)
    return datetime.combine(day, ends, zone).astimezone(at.tzinfo)


def _can_wait(row: Notification, assignments: Mapping[int, Assignment]) -> bool:
    asked = assignments.get(row.assignment_id or 0)
    waits = row.channel in RINGING and row.due_at is not None and not row.important
    return waits and asked is not None and asked.alert.urgency == Urgency.LOW


def _line(row: Notification, asked: Assignment, until: datetime) -> LogEntry:
    text = f"{asked.user} has quiet hours: {row.channel} waits until {until:%Y-%m-%d %H:%M} UTC."
    detail = {"user": row.user_id, "held": "quiet_hours", "until": until.isoformat(), "channel": row.channel}
    return LogEntry(
        alert=asked.alert, at=row.created_at, kind=LogEntry.Kind.NOTE, run=asked.run, text=text, detail=detail
    )
