"""What became of a try: the decision, and the rows that keep it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from base import metrics
from paging import fallbacks, leases, proofs, receipts
from paging.channels import registry
from paging.channels.base import Message, Receipt, SendError
from paging.messages import BUNDLE
from paging.models import Attempt, Notification

Status = Notification.Status
DEFAULT_BACK_OFF = (5, 15, 30, 60, 300)
LONGEST_PAUSE = 300  # seconds: a provider that asks for more is tried again all the same


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
    asked_for = min(tried.result.retry_after, LONGEST_PAUSE)
    return Verdict(Attempt.Outcome.RETRY, timedelta(seconds=max(back_off[tried.row.attempts_count - 1], asked_for)))


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
    accepted = [(one.row, one.result.provider) for one, verdict in verdicts if verdict.outcome == Attempt.Outcome.SENT]
    receipts.expect(accepted, now)
    proofs.settle([(one.row, one.result) for one, _ in verdicts], now)
    failures = [(one, verdict) for one, verdict in verdicts if verdict.outcome not in done]
    for one, verdict in failures:
        again = verdict.retry_in is not None
        status, due_at = (Status.PENDING, now + verdict.retry_in) if verdict.retry_in else (Status.FAILED, None)
        _update([one.row], status=status, due_at=due_at, lease_owner="", error=_answer(one))
        if not again:
            one.row.status = Status.FAILED
    fallbacks.fall_back([one.row for one, verdict in failures if verdict.retry_in is None], now)


def _update(rows: Iterable[Notification], **changes: object) -> None:
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(**changes)


def _remember(verdicts: list[tuple[Tried, Verdict]]) -> None:
    """Keep what was sent, in one statement for all."""
    rows = []
    for one, _ in verdicts:
        if one.message is not None:
            stood_for = {name: pks for name, pks in (one.row.content or {}).items() if name == BUNDLE}
            one.row.content = stood_for | {n: _storable(value) for n, value in one.message.content().items()}
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
