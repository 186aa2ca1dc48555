"""Due assignments become notifications: who is asked is told by the rules that person made."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from alerts import services
from alerts.models import Assignment, LogEntry
from base import faults
from base.batches import BatchSize, work
from oncall.models import ContactMethod, NotificationRule
from paging import quiet, reach
from paging.channels import registry
from paging.models import Notification

BATCH = BatchSize(target=timedelta(milliseconds=50), most=200)
OVERLAP = timedelta(seconds=60)
PUSHED_AWAY_FOR = timedelta(seconds=30), timedelta(hours=1)  # at least and at most


@dataclass(slots=True)
class Batch:
    """What one transaction writes."""

    notifications: list[Notification] = field(default_factory=list)
    log: list[LogEntry] = field(default_factory=list)
    ends: dict[int, datetime] = field(default_factory=dict)
    unreachable: list[int] = field(default_factory=list)


def plan_due(now: datetime) -> int:
    """Turn due assignments into notifications, one batch in one transaction; return how many were due."""
    if not Assignment.objects.filter(due_at__lte=now).exists():
        return 0  # looking takes no write lock on SQLite
    with BATCH.measured() as limit:
        done = work(
            lambda: _claim(now, limit), lambda rows: _plan(rows, now), lambda row, error: _push(row, error, now)
        )
        faults.point("plan-committed")
        return BATCH.did(done)


def _claim(now: datetime, limit: int) -> list[Assignment]:
    """Lock assignments with their alerts: an acknowledgement locks the alert first, so neither waits for the other."""
    due = (
        Assignment.objects.filter(due_at__lte=now)
        .order_by("due_at", "pk")
        .select_related("alert", "user", "escalation")
    )
    return list(due.select_for_update(skip_locked=True, of=("self", "alert"))[:limit])


def _plan(rows: Sequence[Assignment], now: datetime) -> None:
    wanted = [row for row in rows if not _is_stale(row)]
    batch = Batch(ends={row.pk: now for row in rows})
    rules, methods = _rules(wanted), _methods(wanted)
    told = _already_told(wanted)
    for row in wanted:
        found = _reach(row, rules[row.user_id], methods[row.user_id])
        _write_down(row, found, told, batch, now)
    batch.log += quiet.hold(batch.notifications, {row.pk: row for row in wanted})
    Notification.objects.bulk_create(batch.notifications, ignore_conflicts=True)
    LogEntry.objects.bulk_create(batch.log)
    services.assignments_planned(batch.ends)
    if batch.unreachable:
        services.nobody_reachable(batch.unreachable, now=now)
    faults.point("plan-written")


def _is_stale(row: Assignment) -> bool:
    of_older_run = row.run != row.alert.run and not row.escalation.direct
    return of_older_run or row.alert.has_ended or row.answer != Assignment.Answer.NONE


def _rules(rows: Sequence[Assignment]) -> dict[int, list[NotificationRule]]:
    found = NotificationRule.objects.filter(user_id__in={row.user_id for row in rows}).order_by("position", "pk")
    by_user: dict[int, list[NotificationRule]] = defaultdict(list)
    for rule in found:
        by_user[rule.user_id].append(rule)
    return by_user


def _methods(rows: Sequence[Assignment]) -> dict[int, list[ContactMethod]]:
    found = ContactMethod.objects.filter(user_id__in={row.user_id for row in rows}).order_by("pk")
    by_user: dict[int, list[ContactMethod]] = defaultdict(list)
    for method in found:
        by_user[method.user_id].append(method)
    return by_user


Told = tuple[int, int, int, str]  # alert, run, person, channel


def _already_told(rows: Sequence[Assignment]) -> dict[Told, list[tuple[int, datetime]]]:
    """Return, per alert, run, person and channel, which assignment tells or told them when.

    What an older run or an answered request left behind is told to nobody, and so stands in nobody's way."""
    found = Notification.objects.filter(
        Q(due_at=None) | Q(assignment__answer=Assignment.Answer.NONE),
        alert_id__in={row.alert_id for row in rows},
        user_id__in={row.user_id for row in rows},
        purpose=Notification.Purpose.PAGE,
        status__in=[Notification.Status.PENDING, Notification.Status.SENT, Notification.Status.KEPT],
    ).values_list("alert_id", "assignment__run", "user_id", "channel", "assignment_id", "due_at", "sent_at")
    told: dict[Told, list[tuple[int, datetime]]] = defaultdict(list)
    for alert_id, run, user_id, channel, assignment_id, due_at, sent_at in found:
        if at := due_at or sent_at:
            told[alert_id, run, user_id, channel].append((assignment_id, at))
    return told


def _reach(row: Assignment, rules: list[NotificationRule], methods: list[ContactMethod]) -> reach.Reach:
    if not row.user.is_active:
        return reach.unreachable(f"{row.user} is not active any more.")
    if not row.user.may_be_asked:
        return reach.unreachable(f"{row.user} may not be asked: {row.user.get_role_display()}.")
    return reach.plan(
        str(row.user), rules=rules, methods=methods, channels=registry.person_channels(), important=row.important
    )


def _write_down(
    row: Assignment,
    found: reach.Reach,
    told: dict[Told, list[tuple[int, datetime]]],
    batch: Batch,
    now: datetime,
) -> None:
    """Add one person's notifications and findings to the batch."""
    batch.ends[row.pk] = now + found.ends
    batch.log += [_line(row, finding.kind, finding.text, now) for finding in found.findings]
    if not found.planned:
        batch.unreachable.append(row.pk)
    for index, planned in enumerate(found.planned):
        due_at = now + planned.offset
        notification = _notification(row, planned, index=index, due_at=due_at, now=now)
        others = told[row.alert_id, row.run, row.user_id, planned.channel]
        if _overlaps(row.pk, due_at, others):
            notification.status, notification.due_at = Notification.Status.SKIPPED, None
            text = f"{row.user} is told by {planned.channel} already: a second message within 60 s is left out."
            batch.log.append(_line(row, LogEntry.Kind.OVERLAP, text, now))
        else:
            others.append((row.pk, due_at))
        batch.notifications.append(notification)


def _overlaps(assignment_id: int, due_at: datetime, others: Iterable[tuple[int, datetime]]) -> bool:
    return any(other != assignment_id and abs(due_at - at) < OVERLAP for other, at in others)


def _notification(
    row: Assignment, planned: reach.Planned, *, index: int, due_at: datetime, now: datetime
) -> Notification:
    return Notification(
        alert_id=row.alert_id,
        assignment_id=row.pk,
        user_id=row.user_id,
        contact_method_id=planned.contact_method_id,
        channel=planned.channel,
        address=planned.address,
        important=row.important,
        run=None if row.escalation.direct else row.run,  # only an answer stops a direct page
        dedup=f"a{row.pk}:{index}",
        due_at=due_at,
        created_at=now,
    )


def _line(row: Assignment, kind: str, text: str, now: datetime) -> LogEntry:
    detail = {"user": row.user_id, "assignment": row.pk}
    return LogEntry(alert_id=row.alert_id, at=now, kind=kind, run=row.run, text=text, detail=detail)


def _push(row: Assignment, error: Exception, now: datetime) -> None:
    """Try again later: the wait doubles, since it is as long as the row has been waiting."""
    least, most = PUSHED_AWAY_FOR
    Assignment.objects.filter(pk=row.pk).update(due_at=now + min(most, max(least, now - row.asked_at)))
    text = f"{row.user} could not be told: {type(error).__name__}: {error}"[:500]
    LogEntry.objects.bulk_create([_line(row, LogEntry.Kind.STEP_FAILED, text, now)])
