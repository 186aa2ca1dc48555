"""Take due notifications under a lease, and say which of them are no longer wanted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from alerts.models import Assignment, LogEntry
from base.process import owner
from paging import limits
from paging.models import Notification

Status = Notification.Status
Purpose = Notification.Purpose


@dataclass(frozen=True, slots=True)
class Claimed:
    """Rows that are ours until `lease`, unless another owner takes them; the number of rows that were due."""

    rows: list[Notification]
    lease: datetime
    due: int


def claim(now: datetime, *, limit: int, without: Iterable[str] = ()) -> Claimed:
    """Lease due notifications in one short transaction; end those that nobody wants any more.

    Those of the channels `without` are left where they are."""
    due = Notification.objects.filter(due_at__lte=now)
    if full := list(without):
        due = due.exclude(channel__in=full)
    lease = now + timedelta(seconds=settings.LEASE_SECONDS)
    if not due.exists():
        return Claimed([], lease, 0)  # looking takes no write lock on SQLite
    with transaction.atomic():
        related = (
            "alert__integration",
            "assignment",
            "user",
            "contact_method",
            "webhook",
            "log_entry__actor",
            "alert__team",
            "stakeholder",
        )
        rows = list(
            due.order_by("due_at", "pk")
            .select_related(*related)
            .select_for_update(skip_locked=True, of=("self",))[:limit]
        )
        stale = [row for row in rows if is_stale(row)]
        stale_pks = {row.pk for row in stale}
        late = _late([row for row in rows if row.pk not in stale_pks])
        late_pks = {row.pk for row in late}
        wanted = limits.sift([row for row in rows if row.pk not in stale_pks and row.pk not in late_pks], now)
        _end(stale, Status.STALE)
        limits.free(stale, now)
        _end(late, Status.SKIPPED)
        LogEntry.objects.bulk_create([_left_out(row, now) for row in late])
        Notification.objects.filter(pk__in=[row.pk for row in wanted]).update(
            due_at=lease, lease_owner=owner(), attempts_count=F("attempts_count") + 1
        )
    for row in wanted:
        row.attempts_count += 1
    return Claimed(wanted, lease, len(rows))


def is_stale(row: Notification) -> bool:
    """Tell whether the alert moved on since this was planned (decisions.md, Fence). News and webhooks always go."""
    if row.purpose != Purpose.PAGE:
        return False
    if row.assignment and row.assignment.answer != Assignment.Answer.NONE:
        return True
    return bool(row.alert and (row.alert.has_ended or (row.run is not None and row.run != row.alert.run)))


def _late(rows: list[Notification]) -> list[Notification]:
    """Return what a downtime has piled up: to one person by one address, only the newest is still sent."""
    newest: dict[tuple[int | None, str, str], Notification] = {}
    late = []
    for row in rows:
        if row.purpose != Purpose.PAGE or row.attempts_count or row.assignment_id is None:
            continue
        key = (row.assignment_id, row.channel, row.address)
        if earlier := newest.get(key):
            late.append(earlier)
        newest[key] = row
    return late


def _end(rows: list[Notification], status: Status) -> None:
    if rows:
        Notification.objects.filter(pk__in=[row.pk for row in rows]).update(status=status, due_at=None, lease_owner="")


def _left_out(row: Notification, now: datetime) -> LogEntry:
    text = f"{row.user} is told once by {row.channel}: the clock was late, and two messages were due."
    detail = {"user": row.user_id, "notification": row.pk}
    return LogEntry(
        alert_id=cast("int", row.alert_id),
        at=now,
        kind=LogEntry.Kind.OVERLAP,
        run=row.run or 1,
        text=text,
        detail=detail,
    )


def give_back(rows: Iterable[Notification], lease: datetime, now: datetime) -> int:
    """Make leased rows due again that were never tried."""
    return _ours(rows, lease).update(due_at=now, lease_owner="", attempts_count=F("attempts_count") - 1)


def release(owner_prefix: str, now: datetime) -> int:
    """Make due again what owners that begin so have leased: they are dead. Return how many."""
    if not owner_prefix:
        return 0
    leased = Notification.objects.filter(due_at__gt=now, lease_owner__startswith=owner_prefix)
    return leased.update(due_at=now, lease_owner="")


def held(rows: Iterable[Notification], lease: datetime) -> set[int]:
    """Lock and return the keys of those rows whose lease is still ours. To be called in a transaction."""
    return set(_ours(rows, lease).select_for_update().values_list("pk", flat=True))


def _ours(rows: Iterable[Notification], lease: datetime) -> QuerySet[Notification]:
    return Notification.objects.filter(pk__in=[row.pk for row in rows], lease_owner=owner(), due_at=lease)
