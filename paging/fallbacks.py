"""When a message has failed for good: the next way to the person, at once, or the next person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import cast

from alerts import services
from alerts.models import Alert, LogEntry
from oncall.models import ContactMethod
from paging import limits, reach
from paging.channels import registry
from paging.models import Notification

Status = Notification.Status
TOLD_ANYWAY = timedelta(seconds=60)
Way = tuple[str, str, int | None]  # channel, address, contact method


def fall_back(rows: Sequence[Notification], now: datetime) -> None:
    """Say in the log that a message has failed, and try the person's next contact method at once."""
    limits.free(rows, now)
    failed = [row for row in rows if row.alert_id]
    if not failed:
        return
    _lock_alerts(failed)
    next_ones, log, lost = [], [], []
    methods = _methods(failed)
    spent, told = _spent_and_told(failed, now)
    for row in failed:
        way = _next_way(row, methods.get(row.user_id or 0, []), spent)
        log.append(_line(row, way, now))
        if way is None and row.assignment_id:
            lost.append(row.assignment_id)
        elif way is not None and _key(row, way) not in told:
            next_ones.append(_again(row, way, now))
            told.add(_key(row, way))
    Notification.objects.bulk_create(next_ones, ignore_conflicts=True)
    LogEntry.objects.bulk_create(log)
    if lost:
        services.nobody_reachable(_given_up(lost), now=now)


def _lock_alerts(rows: Iterable[Notification]) -> None:
    """Take the alerts first, as every verb does: who waits for whom is then never a circle."""
    alerts = Alert.objects.filter(pk__in={row.alert_id for row in rows if row.alert_id}).order_by("pk")
    list(alerts.select_for_update(no_key=True).values_list("pk", flat=True))


def _methods(rows: Iterable[Notification]) -> dict[int, list[Way]]:
    users = {row.user_id for row in rows if row.user_id}
    found: dict[int, list[ContactMethod]] = {}
    for method in ContactMethod.objects.filter(user_id__in=users).order_by("pk"):
        found.setdefault(method.user_id, []).append(method)
    channels = registry.person_channels()
    return {user: reach.usable(own, channels) for user, own in found.items()}


def _key(row: Notification, way: tuple[object, ...]) -> tuple[object, ...]:
    """Return what makes two messages the same: the request, the person and the address."""
    return row.assignment_id, row.log_entry_id, row.user_id, way[0], way[1]


def _spent_and_told(
    rows: Iterable[Notification], now: datetime
) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]]]:
    """Return what has failed for the same requests, and what is told just now anyway."""
    alerts = {row.alert_id for row in rows if row.alert_id}
    spent, told = set(), set()
    for row in Notification.objects.filter(alert_id__in=alerts).exclude(status__in=[Status.STALE, Status.SKIPPED]):
        key, at = _key(row, (row.channel, row.address)), row.sent_at or row.due_at
        if row.status in (Status.FAILED, Status.UNKNOWN):
            spent.add(key)
        elif at is not None and abs(at - now) < TOLD_ANYWAY:
            told.add(key)
    return spent, told


def _next_way(row: Notification, ways: Iterable[Way], spent: set[tuple[object, ...]]) -> Way | None:
    return next((way for way in ways if _key(row, way) not in spent), None)


def _again(row: Notification, way: Way, now: datetime) -> Notification:
    channel, address, method_pk = way
    return Notification(
        alert_id=row.alert_id,
        assignment_id=row.assignment_id,
        log_entry_id=row.log_entry_id,
        user_id=row.user_id,
        contact_method_id=method_pk,
        stakeholder_id=row.stakeholder_id,
        reason=row.reason,
        fallback_of=row,
        purpose=row.purpose,
        channel=channel,
        address=address,
        important=row.important,
        run=row.run,
        dedup=f"f{row.pk}",
        due_at=now,
        created_at=now,
    )


def _line(row: Notification, way: Way | None, now: datetime) -> LogEntry:
    who = f"{row.user} by {row.channel} at {row.address}" if row.user_id else f"{row.channel} {row.address}"
    if way is not None:
        kind, rest = LogEntry.Kind.FELL_BACK, f"{way[0]} at {way[1]} is tried at once."
    elif row.user_id:
        kind, rest = LogEntry.Kind.UNREACHABLE, "there is no other way to reach them."
    else:
        kind, rest = LogEntry.Kind.STEP_FAILED, "it is not tried again."
    text = f"{who} failed: {rest}"
    return LogEntry(
        alert_id=cast("int", row.alert_id),
        at=now,
        kind=kind,
        run=row.run or 1,
        text=text,
        detail={"notification": row.pk},
    )


def _given_up(assignments: Iterable[int]) -> list[int]:
    """Return the assignments of which no message arrived and none is to come."""
    alive = Notification.objects.filter(
        assignment_id__in=list(assignments), status__in=[Status.PENDING, Status.SENT, Status.KEPT, Status.UNKNOWN]
    )
    busy = set(alive.values_list("assignment_id", flat=True))
    return [pk for pk in assignments if pk not in busy]
