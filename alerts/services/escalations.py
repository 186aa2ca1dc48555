"""Start, stop and restart the escalations of an alert."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.models import Alert, Assignment, Escalation, LogEntry, Source
from alerts.services.destinations import first_team
from base.errors import Invalid, NotFound
from base.ids import new_public_id
from oncall.models import Schedule, Team, User
from oncall.plan import Plan
from oncall.selectors import members_plan, page_plan, plan_of, schedule_plan, team_plan, user_plan

RESTART_GRACE = timedelta(seconds=10)  # time to undo and take it again without paging anybody
Live = Escalation.Status


def plan_for(destination: str, alert: Alert, now: datetime, *, important: bool = False) -> Plan:
    """Return what a destination such as `usr_…` means now.

    Raises NotFound when it is gone, Invalid when it leads to nobody."""
    prefix, _, public_id = destination.partition("_")
    important = important or alert.is_important
    match prefix:
        case "usr":
            if user := User.objects.filter(public_id=public_id, is_active=True).first():
                insists = alert.subtype == Alert.Subtype.PAGE and not alert.meta.get("test")
                return (page_plan if insists else user_plan)(user, important=important)
        case "tem":
            teams = Team.objects.select_related("escalation_chain", "schedule", "backstop")
            if team := teams.filter(public_id=public_id).first():
                return members_plan(team) if alert.subtype == Alert.Subtype.BROADCAST else team_plan(team, now)
        case "skd":
            if schedule := Schedule.objects.filter(public_id=public_id).first():
                return schedule_plan(schedule, important=important)
    raise NotFound(f"There is no destination {destination}.", code=destination)


def start(
    alert: Alert, *, now: datetime, delay: timedelta = timedelta(), important: frozenset[str] = frozenset()
) -> list[Escalation]:
    """Start what the newest owner, the alert's destinations or its route ask for, due after `delay`.

    `important` names the destinations that are asked by important rules however urgent the alert is; a restart asks
    them so again. Nobody to ask is logged."""
    if wanted := [alert.handoffs[-1]["to"]] if alert.handoffs else alert.receivers or alert.destinations:
        return _start_destinations(alert, wanted, now, delay, important or _were_important(alert))
    chain = alert.route.chain if alert.route is not None else None
    if chain is None:
        reason = "the route has no escalation chain" if alert.route is not None else "the route was deleted"
        log(alert, LogEntry.Kind.NOBODY_ASKED, now, text=f"Nobody is asked: {reason}.")
        return []
    return [_begin(alert, f"F{chain.public_id}", plan_of(chain), now, delay)]


def _were_important(alert: Alert) -> frozenset[str]:
    asked = alert.escalations.values_list("destination", "snapshot") if alert.run > 1 else ()
    return frozenset(to for to, plan in asked if any(step.get("important") for step in plan["steps"]))


def _start_destinations(
    alert: Alert, wanted: list[str], now: datetime, delay: timedelta, important: frozenset[str]
) -> list[Escalation]:
    started = []
    for destination in wanted:
        try:
            plan = plan_for(destination, alert, now, important=destination in important)
        except (NotFound, Invalid) as exc:
            text = f"Nobody is asked at {destination}: {exc.message}"
            log(alert, LogEntry.Kind.STEP_FAILED, now, text=text, detail={"destination": destination})
            plan = Plan(exc.message, ())
        started.append(_begin(alert, destination, plan, now, delay))
    return started


def begin_directly(alert: Alert, plan: Plan, *, now: datetime) -> Escalation:
    """Start a page onto a running alert, due at once: it goes on whatever its status, until it is answered."""
    return _begin(alert, f"page_{new_public_id()}", plan, now, timedelta(), direct=True)


def _begin(
    alert: Alert, destination: str, plan: Plan, now: datetime, delay: timedelta, *, direct: bool = False
) -> Escalation:
    return Escalation.objects.create(
        alert=alert,
        run=alert.run,
        destination=destination,
        direct=direct,
        snapshot=plan.to_json(),
        started_at=now,
        due_at=now + delay,
    )


def stop(alert: Alert, *, now: datetime, taken_by: User | None = None, pages: bool = True) -> None:
    """End everything that still asks somebody; the person who took the alert is said to have answered.

    `pages` says whether direct pages end too (decisions.md, Direct page)."""
    running = alert.escalations.filter(status__in=Escalation.LIVE)
    unanswered = alert.assignments.filter(answer=Assignment.Answer.NONE)
    if not pages:
        running, unanswered = running.filter(direct=False), unanswered.filter(escalation__direct=False)
    running.update(status=Live.STOPPED, due_at=None, ended_at=now)
    if taken_by is not None:
        unanswered.filter(user=taken_by).update(answer=Assignment.Answer.ACKNOWLEDGED, answered_at=now, due_at=None)
    unanswered.update(answer=Assignment.Answer.CLOSED, answered_at=now, due_at=None)


def note_team(alert: Alert, taken_by: User) -> None:
    """Make the alert that team's through which the person who took it was asked (spec/pagertree A7)."""
    if sum(destination.startswith("tem_") for destination in alert.destinations) < 2 or alert.handoffs:
        return
    asked = alert.assignments.filter(
        user=taken_by, answer=Assignment.Answer.ACKNOWLEDGED, escalation__destination__startswith="tem_"
    )
    destination = asked.order_by("-pk").values_list("escalation__destination", flat=True).first()
    if destination is not None and (team := first_team([destination])):
        Alert.objects.filter(pk=alert.pk).update(team=team)
        alert.team = team


def log(
    alert: Alert,
    kind: LogEntry.Kind,
    now: datetime,
    *,
    by: User | None = None,
    source: Source = Source.CLOCK,
    text: str = "",
    detail: dict[str, object] | None = None,
    announce: bool = False,
) -> LogEntry:
    """Write one line; `announce` promises that others hear of it."""
    return LogEntry.objects.create(
        alert=alert,
        at=now,
        kind=kind,
        actor=by,
        source=source,
        run=alert.run,
        text=text,
        detail=detail or {},
        announce_at=now if announce else None,
    )
