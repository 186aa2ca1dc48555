"""The providers' word on what became of a text or call, and what follows when none comes.

Receipts come late, twice and in any order: the first proof of delivery stays, and a failure counts only while there
is none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from alerts.models import LogEntry
from paging import fallbacks, leases, proofs
from paging.models import Attempt, Notification
from paging.providers.base import lines

Status = Notification.Status
CHANNELS = ("sms", "voice")
ARRIVED = {"sms": ("delivered", "read"), "voice": ("answered", "in-progress", "completed")}
FAILED = ("failed", "undelivered", "canceled")
NOBODY_THERE = ("busy", "no-answer")
EXPECTED_WITHIN = timedelta(minutes=2)
CALLED_AGAIN_AFTER = timedelta(minutes=1)
CALLS_AT_MOST = 3
AT_ONCE = 50


def expect(accepted: Iterable[tuple[Notification, str]], now: datetime) -> None:
    """Expect a receipt for what a provider, given by name, has just accepted. To be called in a transaction."""
    told = {line.name for line in lines() if line.receipts}
    pks = [row.pk for row, provider in accepted if row.channel in CHANNELS and provider in told]
    if pks:
        Notification.objects.filter(pk__in=pks, delivered_at=None).update(receipt_due_at=now + EXPECTED_WITHIN)


@transaction.atomic
def record(notification: Notification, word: str, *, provider: str, now: datetime) -> bool:
    """Keep the provider's word; False where it changes nothing: unknown, doubled or overtaken."""
    row = Notification.objects.select_for_update(of=("self",)).filter(pk=notification.pk).first()
    if row is None or row.delivered_at is not None:
        return False
    if word in ARRIVED.get(row.channel, ()):
        _arrived(row, now)
        return True
    if row.status != Status.SENT or word not in (*FAILED, *NOBODY_THERE):
        return False
    _note(row, word, provider, now)
    if word in NOBODY_THERE and row.attempts_count < CALLS_AT_MOST:
        again = {"status": Status.PENDING, "due_at": now + CALLED_AGAIN_AFTER, "sent_at": None}
        Notification.objects.filter(pk=row.pk).update(receipt_due_at=None, error=f"{word}: called again", **again)
        return True
    _failed(row, Status.FAILED, f"{provider}: {word}", now)
    return True


def overdue(now: datetime) -> int:
    """Try the next way for what was accepted and never delivered; return how many there were."""
    due = Notification.objects.filter(receipt_due_at__lte=now).order_by("receipt_due_at", "pk")
    if not due.exists():
        return 0
    with transaction.atomic():
        related = ("alert", "assignment", "user")
        rows = list(due.select_related(*related).select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
        for row in rows:
            _overdue(row, now)
    return len(rows)


def _overdue(row: Notification, now: datetime) -> None:
    Notification.objects.filter(pk=row.pk).update(receipt_due_at=None)
    if row.status != Status.SENT or row.alert is None or leases.is_stale(row):
        return
    _failed(row, Status.UNKNOWN, "Accepted, but no receipt came.", now)


def _arrived(row: Notification, now: datetime) -> None:
    proofs.arrived(row, now)
    changes: dict[str, object] = {"receipt_due_at": None}
    if row.status in (Status.FAILED, Status.UNKNOWN):
        changes |= {"status": Status.SENT, "error": ""}
    Notification.objects.filter(pk=row.pk).update(**changes)


def _failed(row: Notification, status: Notification.Status, error: str, now: datetime) -> None:
    Notification.objects.filter(pk=row.pk).update(status=status, error=error, receipt_due_at=None)
    row.status, row.error = status, error
    if row.alert_id and status == Status.UNKNOWN:
        text = f"{row.user} by {row.channel} at {row.address}: accepted, but nobody knows whether it arrived."
        LogEntry.objects.create(
            alert_id=row.alert_id,
            at=now,
            kind=LogEntry.Kind.NOTE,
            run=row.run or 1,
            text=text,
            detail={"notification": row.pk, "outcome": "unknown"},
        )
    fallbacks.fall_back([row], now)


def _note(row: Notification, word: str, provider: str, now: datetime) -> None:
    Attempt.objects.create(
        notification=row,
        number=row.attempts_count,
        at=now,
        outcome=Attempt.Outcome.FAILED,
        provider=provider[:50],
        answer=f"Receipt: {word}",
    )
    Notification.objects.filter(pk=row.pk).update(error=word, attempts_count=F("attempts_count"))
