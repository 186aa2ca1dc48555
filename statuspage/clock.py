"""The status page's part of the clock: plans and fan-out in `tick`, messages in `deliver` (base.clock runs both)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from statuspage import automation, delivery
from statuspage.models import Notice, NoticeChange, Publication, Subscriber
from statuspage.services import subscribers


def tick(now: datetime) -> int:
    """Move planned notices, write publications, forget who did not confirm; return how many rows were due."""
    return automation.move_due(now) + automation.announce_due(now) + subscribers.forget_unconfirmed(now)


def deliver(now_fn: Callable[[], datetime], *, pulse: Callable[[], None]) -> int:
    """Send what is due, always behind what pages people; return how many rows were due."""
    return delivery.deliver(now_fn, pulse=pulse)


def next_due() -> datetime | None:
    """Return the earliest instant at which something is to be done."""
    instants = [
        Notice.objects.filter(due_at__isnull=False).order_by("due_at").values_list("due_at", flat=True).first(),
        NoticeChange.objects.filter(announce_at__isnull=False)
        .order_by("announce_at")
        .values_list("announce_at", flat=True)
        .first(),
        Publication.objects.filter(due_at__isnull=False).order_by("due_at").values_list("due_at", flat=True).first(),
        Subscriber.objects.filter(expires_at__isnull=False)
        .order_by("expires_at")
        .values_list("expires_at", flat=True)
        .first(),
    ]
    return min((instant for instant in instants if instant is not None), default=None)


def due_rows(now: datetime) -> int:
    """Return how many rows are due."""
    return (
        Notice.objects.filter(due_at__lte=now).count()
        + NoticeChange.objects.filter(announce_at__lte=now).count()
        + Publication.objects.filter(due_at__lte=now).count()
    )


def release(owner_prefix: str, now: datetime) -> int:
    """Give back what dead owners have leased; return how many."""
    return delivery.release(owner_prefix, now)
