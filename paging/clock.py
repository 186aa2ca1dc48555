"""Paging's part of the clock: ask and tell in `tick`, send in `deliver` (base.clock runs both)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from alerts.models import Assignment, LogEntry
from paging import announcements, chat_updates, delivery, leases, pages, planning, receipts
from paging.models import Notification, Page


def tick(now: datetime) -> int:
    """Do one batch of everything that waits for the clock; return how many rows were due."""
    told = planning.plan_due(now) + announcements.announce_due(now)
    return pages.process_due(now) + receipts.overdue(now) + told + chat_updates.change_due()


def deliver(now_fn: Callable[[], datetime], *, pulse: Callable[[], None]) -> int:
    """Send what is due; return how many rows were due."""
    return delivery.deliver(now_fn, pulse=pulse)


def next_due() -> datetime | None:
    """Return the earliest instant at which something is to be planned, told or sent."""
    instants = [
        Assignment.objects.filter(due_at__isnull=False).order_by("due_at").values_list("due_at", flat=True).first(),
        LogEntry.objects.filter(announce_at__isnull=False)
        .order_by("announce_at")
        .values_list("announce_at", flat=True)
        .first(),
        Notification.objects.filter(due_at__isnull=False).order_by("due_at").values_list("due_at", flat=True).first(),
        Page.objects.filter(due_at__isnull=False).order_by("due_at").values_list("due_at", flat=True).first(),
        Notification.objects.filter(receipt_due_at__isnull=False)
        .order_by("receipt_due_at")
        .values_list("receipt_due_at", flat=True)
        .first(),
    ]
    return min((instant for instant in instants if instant is not None), default=None)


def due_rows(now: datetime) -> int:
    """Return how many rows are due."""
    return (
        Assignment.objects.filter(due_at__lte=now).count()
        + LogEntry.objects.filter(announce_at__lte=now).count()
        + Notification.objects.filter(due_at__lte=now).count()
        + Notification.objects.filter(receipt_due_at__lte=now).count()
        + Page.objects.filter(due_at__lte=now).count()
    )


def release(owner_prefix: str, now: datetime) -> int:
    """Give back what dead owners have leased; return how many."""
    return leases.release(owner_prefix, now)
