"""Remind who took an alert; without an answer it is taken back (spec/oncall-runtime-api 4.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from alerts.models import Alert, LogEntry, Source
from alerts.services import escalations
from oncall.models import Organization, User

TakeBack = Callable[[Alert, datetime], bool]
AT_ONCE = 20
GIVEN_UP_AFTER = timedelta(days=14)  # of an alert's age


def rhythm() -> tuple[timedelta | None, timedelta | None]:
    """Return after how long people are reminded, and how long they have to confirm; None: never."""
    columns = ("ack_reminder_hours", "unacknowledge_minutes")
    hours, minutes = Organization.objects.filter(pk=1).values_list(*columns).first() or (None, None)
    return hours and timedelta(hours=hours), minutes and timedelta(minutes=minutes)


def first_due(now: datetime) -> datetime | None:
    """Return when somebody who takes an alert now is first reminded."""
    every, _ = rhythm()
    return None if every is None else now + every


def remind_due(now: datetime, take_back: TakeBack) -> int:
    """Keep the reminders that are due; return how many. `take_back` unacknowledges what nobody confirmed."""
    due = Alert.objects.filter(reminder_due_at__lte=now).order_by("reminder_due_at")
    pks = list(due.values_list("pk", flat=True)[:AT_ONCE])
    return sum(_keep(pk, now, take_back) for pk in pks)


@transaction.atomic
def _keep(pk: int, now: datetime, take_back: TakeBack) -> bool:
    due = Alert.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk, reminder_due_at__lte=now)
    alert = due.first()
    if alert is None:
        return False
    every, patience = rhythm()
    if alert.reminded_at is not None:
        text = "The reminder was not confirmed: it is taken back."
        escalations.log(alert, LogEntry.Kind.NOTE, now, text=text)
        return take_back(alert, now)
    if every is None or alert.holder_id is None or now - alert.created_at >= GIVEN_UP_AFTER:
        _promise(alert, None)
        return True
    detail: dict[str, object] = {"user": alert.holder_id}
    text = "Still yours? Confirm it, or it is taken back." if patience else "It is still yours."
    escalations.log(alert, LogEntry.Kind.REMINDED, now, text=text, detail=detail, announce=True)
    _promise(alert, now + (patience or every), reminded_at=now if patience else None)
    return True


def _promise(alert: Alert, at: datetime | None, *, reminded_at: datetime | None = None) -> None:
    Alert.objects.filter(pk=alert.pk).update(reminder_due_at=at, reminded_at=reminded_at)


def confirm(alert: Alert, *, by: User | None, source: Source, now: datetime) -> bool:
    """The holder answers a reminder; False when there is none to answer."""
    if by is None or alert.reminded_at is None or alert.holder_id != by.pk:
        return False
    every, _ = rhythm()
    _promise(alert, None if every is None else alert.reminded_at + every)
    escalations.log(alert, LogEntry.Kind.CONFIRMED, now, by=by, source=source)
    alert.refresh_from_db()
    return True
