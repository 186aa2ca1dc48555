"""What becomes of the people who were asked: their plans, and their refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from alerts.lifecycle import Door, Verb, is_allowed
from alerts.models import Alert, Assignment, Escalation, LogEntry, Source
from alerts.services import escalations
from alerts.services.advance import advance_now
from base.errors import Conflict, Forbidden
from oncall.models import User
from oncall.plan import Plan, Type

Answer = Assignment.Answer


def assignments_planned(ends_at: Mapping[int, datetime]) -> None:
    """Note when the last personal rule of each assignment runs; paging has planned its notifications."""
    by_instant: dict[datetime, list[int]] = {}
    for pk, instant in ends_at.items():
        by_instant.setdefault(instant, []).append(pk)
    for instant, pks in by_instant.items():
        Assignment.objects.filter(pk__in=pks).update(due_at=None, ends_at=instant)


def nobody_reachable(assignments: Iterable[int], *, now: datetime) -> None:
    """Close the assignments of people whom no channel reaches; where nobody else is asked the escalation moves on."""
    rows = Assignment.objects.filter(pk__in=list(assignments), answer=Answer.NONE)
    concerned = set(rows.values_list("escalation", flat=True))
    rows.update(answer=Answer.CLOSED, answered_at=now, due_at=None, ends_at=now)
    hurry(concerned, now=now)


def hurry(escalation_pks: Iterable[int], *, now: datetime) -> list[Escalation]:
    """Make those escalations due now in which nobody is asked any more and only a wait is left to run out."""
    waiting = Escalation.objects.filter(
        pk__in=list(escalation_pks), status__in=(Escalation.Status.RUNNING, Escalation.Status.ENDING), due_at__gt=now
    ).exclude(assignments__answer=Answer.NONE)
    hurried = [row for row in waiting if _only_waits(row)]
    Escalation.objects.filter(pk__in=[row.pk for row in hurried]).update(due_at=now)
    return hurried


def _only_waits(row: Escalation) -> bool:
    """A time window is a rule about the clock, not about people: a refusal does not cut it short."""
    if row.status == Escalation.Status.ENDING or row.cursor == 0:
        return row.status == Escalation.Status.ENDING
    return Plan.from_json(row.snapshot).steps[row.cursor - 1].type != Type.TIME_WINDOW


@transaction.atomic
def reject(alert: Alert, *, by: User, source: Source, now: datetime, door: Door = Door.DOMAIN) -> None:
    """Say "not me": the last refusal of a step moves the escalation on at once, in this transaction.

    Raises Conflict when the alert is not open, Forbidden when that person is not being asked."""
    locked = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    mine = locked.assignments.filter(user=by, answer=Answer.NONE)
    paged = mine.filter(escalation__direct=True)
    if not is_allowed(Verb.REJECT, locked.status, door) and not paged.exists():
        raise Conflict(f"The alert is {locked.get_status_display().lower()}; only a firing one can be rejected.")
    if locked.subtype == Alert.Subtype.BROADCAST:
        raise Forbidden("A broadcast is for everybody; nobody can reject it.")
    mine = mine.filter(Q(run=locked.run) | Q(escalation__direct=True))
    concerned = set(mine.values_list("escalation", flat=True))
    if not mine.update(answer=Answer.REJECTED, answered_at=now, due_at=None):
        raise Forbidden("You are not being asked to take this alert.")
    Alert.objects.filter(pk=alert.pk).update(updated_at=now)
    escalations.log(locked, LogEntry.Kind.REJECTED, now, by=by, source=source)
    if hurried := hurry(concerned, now=now):
        advance_now(hurried, now=now)
    alert.refresh_from_db()
