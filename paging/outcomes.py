"""What became of a try: the decision, and the rows that keep it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction

from alerts import services
from alerts.models import LogEntry
from base import metrics
from oncall.models import ContactMethod
from paging import leases, reach
from paging.channels import registry
from paging.channels.base import Message, Receipt, SendError
from paging.models import Attempt, Notification

Status = Notification.Status
DEFAULT_BACK_OFF = (5, 15, 30, 60, 300)


@dataclass(frozen=True, slots=True)
class Tried:
    """One try, as it ended."""

    row: Notification
    message: Message | None
    result: Receipt | SendError
    took: timedelta


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from a try."""

    outcome: Attempt.Outcome
    retry_in: timedelta | None = None


def judge(tried: Tried, back_off: Sequence[int]) -> Verdict:
    """Decide: done, again after a while, or failed for good."""
    if isinstance(tried.result, Receipt):
        return Verdict(Attempt.Outcome.KEPT if tried.result.outcome == "kept" else Attempt.Outcome.SENT)
    if tried.result.permanent or tried.row.attempts_count > len(back_off):
        return Verdict(Attempt.Outcome.FAILED)
    return Verdict(Attempt.Outcome.RETRY, timedelta(seconds=back_off[tried.row.attempts_count - 1]))


def record(tried: Iterable[Tried], *, lease: datetime, now: datetime) -> None:
    """Write down how tries ended, all in one transaction; those whose lease was lost are left to who holds it."""
    by_pk = {one.row.pk: one for one in tried}
    verdicts: list[tuple[Tried, Verdict]] = []
    with transaction.atomic():
        ours = leases.held([one.row for one in by_pk.values()], lease)
        verdicts = [(one, judge(one, _back_off(one.row))) for pk, one in by_pk.items() if pk in ours]
        _write(verdicts, now)
    for one, verdict in verdicts:
        metrics.notifications.labels(one.row.channel, verdict.outcome.value).inc()


def _back_off(row: Notification) -> Sequence[int]:
    channel = registry.CHANNELS.get(row.channel)
    return channel.back_off if channel else DEFAULT_BACK_OFF


def _write(verdicts: list[tuple[Tried, Verdict]], now: datetime) -> None:
    Attempt.objects.bulk_create([_attempt(one, verdict, now) for one, verdict in verdicts])
    done = {Attempt.Outcome.SENT: Status.SENT, Attempt.Outcome.KEPT: Status.KEPT}
    for outcome, status in done.items():
        rows = [one.row for one, verdict in verdicts if verdict.outcome == outcome]
        if rows:
            _update(rows, status=status, due_at=None, sent_at=now, lease_owner="", error="")
    _remember(verdicts)
    failures = [(one, verdict) for one, verdict in verdicts if verdict.outcome not in done]
    for one, verdict in failures:
        again = verdict.retry_in is not None
        status, due_at = (Status.PENDING, now + verdict.retry_in) if verdict.retry_in else (Status.FAILED, None)
        _update([one.row], status=status, due_at=due_at, lease_owner="", error=_answer(one))
        if not again:
            one.row.status = Status.FAILED
    fall_back([one.row for one, verdict in failures if verdict.retry_in is None], now)


def _update(rows: Iterable[Notification], **changes: object) -> None:
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(**changes)


def _remember(verdicts: list[tuple[Tried, Verdict]]) -> None:
    """Keep what was sent, in one statement for all."""
    rows = []
    for one, _ in verdicts:
        if one.message is not None:
            one.row.content = {name: _storable(value) for name, value in one.message.content().items()}
            rows.append(one.row)
    Notification.objects.bulk_update(rows, ["content"])


def _attempt(one: Tried, verdict: Verdict, now: datetime) -> Attempt:
    return Attempt(
        notification=one.row,
        number=one.row.attempts_count,
        at=now,
        outcome=verdict.outcome,
        provider=one.result.provider[:50],
        answer=_answer(one),
        took=one.took,
    )


def _answer(one: Tried) -> str:
    return str(_storable(one.result.answer))


def _storable(value: Any) -> Any:
    """PostgreSQL keeps no NUL characters; what a server answers may hold them."""
    return value.replace("\x00", "") if isinstance(value, str) else value


def fall_back(rows: Sequence[Notification], now: datetime) -> None:
    """Say in the log that a message has failed, and try the person's next contact method at once."""
    failed = [row for row in rows if row.alert_id]
    if not failed:
        return
    next_ones, log, lost = [], [], []
    methods = _methods(failed)
    spent = _spent(failed)
    for row in failed:
        method = _next_method(row, methods.get(row.user_id or 0, []), spent) if row.user_id else None
        log.append(_line(row, method, now))
        if method is not None:
            next_ones.append(_again(row, method, now))
        elif row.assignment_id:
            lost.append(row.assignment_id)
    Notification.objects.bulk_create(next_ones, ignore_conflicts=True)
    LogEntry.objects.bulk_create(log)
    if lost:
        services.nobody_reachable(_given_up(lost), now=now)


Way = tuple[str, str, int | None]  # channel, address, contact method


def _methods(rows: Iterable[Notification]) -> dict[int, list[Way]]:
    users = {row.user_id for row in rows if row.user_id}
    found: dict[int, list[ContactMethod]] = {}
    for method in ContactMethod.objects.filter(user_id__in=users).order_by("pk"):
        found.setdefault(method.user_id, []).append(method)
    channels = registry.person_channels()
    return {user: reach.usable(own, channels) for user, own in found.items()}


def _origin(row: Notification) -> tuple[int | None, int | None, int | None]:
    return row.assignment_id, row.log_entry_id, row.user_id


def _spent(rows: Iterable[Notification]) -> set[tuple[object, ...]]:
    """Return what has failed for the same request, or is on its way as a fallback of it."""
    alerts = {row.alert_id for row in rows if row.alert_id}
    found = Notification.objects.filter(alert_id__in=alerts).exclude(status=Status.STALE)
    return {
        (row.assignment_id, row.log_entry_id, row.user_id, row.channel, row.address)
        for row in found.only("assignment_id", "log_entry_id", "user_id", "channel", "address", "status", "fallback_of")
        if row.status == Status.FAILED or (row.fallback_of_id and row.status == Status.PENDING)
    }


def _next_method(row: Notification, methods: Iterable[Way], spent: set[tuple[object, ...]]) -> Way | None:
    for way in methods:
        key = (*_origin(row), *way[:2])
        if key not in spent and way[:2] != (row.channel, row.address):
            return way
    return None


def _again(row: Notification, way: Way, now: datetime) -> Notification:
    channel, address, method_pk = way
    return Notification(
        alert_id=row.alert_id,
        assignment_id=row.assignment_id,
        log_entry_id=row.log_entry_id,
        user_id=row.user_id,
        contact_method_id=method_pk,
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
        assignment_id__in=list(assignments), status__in=[Status.PENDING, Status.SENT, Status.KEPT]
    )
    busy = set(alive.values_list("assignment_id", flat=True))
    return [pk for pk in assignments if pk not in busy]
