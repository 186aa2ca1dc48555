"""Run the due steps of escalations: one batch, one short transaction, no network (house.md section 4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from alerts.models import Alert, Assignment, Escalation, LogEntry, Source
from alerts.services import endings, moves
from alerts.services.steps import Progress, run_steps
from base import faults
from base.batches import work
from oncall.plan import Plan
from oncall.selectors import Roster

Status = Escalation.Status
BACK_OFF = timedelta(seconds=30)
UNPLANNED_CHECK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """The people an escalation still waits for."""

    unplanned: int  # assignments whose notifications are not planned yet
    last: datetime | None  # when the last personal rule runs


@dataclass
class Batch:
    """What a batch of steps wants written."""

    now: datetime
    roster: Roster
    assignments: list[Assignment] = field(default_factory=list)
    log: list[LogEntry] = field(default_factory=list)
    progress: dict[tuple[object, ...], list[int]] = field(default_factory=lambda: defaultdict(list))
    ended: list[Escalation] = field(default_factory=list)
    resolved: list[Alert] = field(default_factory=list)
    dropped: list[Alert] = field(default_factory=list)
    asked: dict[int, Asked] = field(default_factory=dict)


def advance_due(now: datetime, limit: int) -> int:
    """Run up to `limit` due escalations in one transaction and return how many there were.

    A row that fails is logged, pushed away and shown; it never blocks the others."""
    if not Escalation.objects.filter(due_at__lte=now).exists():
        return 0  # looking takes no write lock on SQLite
    done = work(
        lambda: _claim(now, limit), lambda rows: _advance(rows, now), lambda row, error: _push_away(row, error, now)
    )
    faults.point("steps-committed")
    return done


def _claim(now: datetime, limit: int) -> list[Escalation]:
    due = Escalation.objects.filter(due_at__lte=now).order_by("due_at", "pk").select_related("alert")
    return list(due.select_for_update(skip_locked=True, of=("self", "alert"))[:limit])


def _push_away(row: Escalation, error: Exception, now: datetime) -> None:
    text = f"{type(error).__name__}: {error}"[:500]
    delay = BACK_OFF * min(2**row.failures, 20)
    Escalation.objects.filter(pk=row.pk).update(due_at=now + delay, failures=row.failures + 1, error=text)
    if row.failures == 0:
        said = f"A step cannot run: {text}. It is tried again."
        LogEntry.objects.create(alert_id=row.alert_id, at=now, kind=LogEntry.Kind.STEP_FAILED, run=row.run, text=said)


def advance_now(rows: Iterable[Escalation], *, now: datetime) -> None:
    """Run these escalations inside the caller's transaction, which holds their alert."""
    pks = [row.pk for row in rows]
    _advance(list(Escalation.objects.filter(pk__in=pks, due_at__lte=now).select_related("alert")), now)


def _advance(rows: Sequence[Escalation], now: datetime) -> None:
    if not rows:
        return
    batch = Batch(now, Roster(now), asked=_who_is_asked(rows))
    for row in rows:
        _advance_one(row, batch)
    Assignment.objects.bulk_create(batch.assignments)
    LogEntry.objects.bulk_create(batch.log)
    for (cursor, pass_number, status, due_at), pks in batch.progress.items():
        ended_at = None if status in Escalation.LIVE else now
        Escalation.objects.filter(pk__in=pks).update(
            cursor=cursor,
            pass_number=pass_number,
            status=status,
            due_at=due_at,
            ended_at=ended_at,
            failures=0,
            error="",
        )
    if batch.dropped:
        endings.mark_dropped([alert.pk for alert in batch.dropped], now)
    for alert in batch.resolved:
        moves.resolve(alert, by=None, source=Source.ESCALATION, now=now, text="The escalation chain resolves it.")
    if batch.ended:
        endings.drop_or_repeat(batch.ended, now)
    faults.point("steps-written")


def _who_is_asked(rows: Sequence[Escalation]) -> dict[int, Asked]:
    """Return, in one query, whom each escalation still waits for."""
    unanswered = Assignment.objects.filter(escalation__in=rows, answer=Assignment.Answer.NONE).order_by()
    found = unanswered.values("escalation").annotate(
        unplanned=Count("pk", filter=Q(due_at__isnull=False)), last=Max("ends_at")
    )
    return {row["escalation"]: Asked(row["unplanned"], row["last"]) for row in found}


def _advance_one(row: Escalation, batch: Batch) -> None:
    alert = row.alert
    if (row.run != alert.run and not row.direct) or alert.has_ended:
        _put(batch, row, Status.STOPPED, None)
        return
    if row.status == Status.ENDING:
        _close(row, batch)
        return
    if _is_refused(row, batch):
        _finish(row, batch)
        return
    progress = run_steps(row, batch.roster, now=batch.now)
    if progress.drops:
        batch.dropped.append(alert)
    batch.assignments += progress.assignments
    batch.log += progress.log
    row.cursor, row.pass_number = progress.cursor, progress.pass_number
    if progress.resolves:
        batch.resolved.append(row.alert)
        _put(batch, row, Status.FINISHED, None)
    elif progress.over:
        _end(row, progress, batch)
    else:
        _put(batch, row, Status.PAUSED if progress.paused else Status.RUNNING, progress.due_at)


def _is_refused(row: Escalation, batch: Batch) -> bool:
    """A plan that insists on one person ends when that person said no or cannot be reached at all."""
    begun = bool(row.cursor or row.pass_number)
    return begun and row.pk not in batch.asked and Plan.from_json(row.snapshot).insists


def _put(batch: Batch, row: Escalation, status: Status, due_at: datetime | None) -> None:
    batch.progress[row.cursor, row.pass_number, status, due_at].append(row.pk)


def _end(row: Escalation, progress: Progress, batch: Batch) -> None:
    """No step is left: whoever was asked has until the final time-out, unless the chain ended with a wait."""
    if not progress.assignments and row.pk not in batch.asked:
        _finish(row, batch)
    elif progress.ended_with_wait and not progress.assignments:
        _close(row, batch)
    else:
        timeout = timedelta(seconds=row.snapshot["final_timeout"])
        _put(batch, row, Status.ENDING, progress.base + timeout)


def _close(row: Escalation, batch: Batch) -> None:
    """The final time-out is over: wait for the last personal rule, then finish (decisions.md, Dropped when)."""
    asked = batch.asked.get(row.pk)
    if asked and asked.unplanned:
        _put(batch, row, Status.ENDING, batch.now + UNPLANNED_CHECK)
    elif asked and asked.last and asked.last > batch.now:
        _put(batch, row, Status.ENDING, asked.last)
    else:
        _finish(row, batch)


def _finish(row: Escalation, batch: Batch) -> None:
    batch.log.append(
        LogEntry(
            alert=row.alert,
            at=batch.now,
            kind=LogEntry.Kind.ESCALATION_FINISHED,
            run=row.run,
            text=f"{row.snapshot['name']}: everybody was asked.",
            detail={"destination": row.destination},
        )
    )
    batch.ended.append(row)
    _put(batch, row, Status.FINISHED, None)
