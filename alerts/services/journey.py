"""The way of an alert through routers, from its destinations to its receivers. Changes no row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from alerts import router_rules
from alerts.models import Alert, Router, TeamRouter
from alerts.router_actions import Fold, Outcome, RulesError

DEEPEST = 10  # routers one after the other (spec/pagertree C7)


@dataclass
class Journey:
    """What the routers on the way asked for, together."""

    receivers: list[str] = field(default_factory=list)
    delay: timedelta = timedelta()
    ignored: bool = False
    fold: Fold | None = None
    incident: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    stakeholders: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)  # routers

    @property
    def is_silent(self) -> bool:
        """A rule records the alert, and no other destination wants it."""
        return self.ignored and not self.receivers


@dataclass(frozen=True, slots=True)
class Way:
    """What was passed to get here: routers, and teams whose router was asked already."""

    routers: tuple[int, ...] = ()
    teams: frozenset[str] = frozenset()


def travel(alert: Alert, payload: Any, *, now: datetime) -> Journey | None:
    """Return where the alert goes; None when no router lies on its way."""
    if alert.subtype != Alert.Subtype.ALERT:
        return None
    teams = _team_routers(alert.destinations)
    if not teams and not any(item.startswith("rtr_") for item in alert.destinations):
        return None
    journey = Journey()
    _walk(alert.destinations, journey, _facts(alert, payload, now), now, Way())
    return journey


def _team_routers(destinations: Iterable[str]) -> dict[str, Router]:
    """Return the router of each team among the destinations that has one."""
    ids = [item.removeprefix("tem_") for item in destinations if item.startswith("tem_")]
    rows = TeamRouter.objects.filter(team__public_id__in=ids).select_related("team", "router") if ids else ()
    return {f"tem_{row.team.public_id}": row.router for row in rows}


def _facts(alert: Alert, payload: Any, now: datetime) -> dict[str, Any]:
    """Return what rules may ask about."""
    source = alert.source_user
    facts = {
        "id": f"alt_{alert.public_id}",
        "title": alert.title,
        "description": alert.description,
        "urgency": alert.urgency,
        "type": "alert",
        "subtype": alert.subtype,
        "tags": alert.tags,
        "meta": alert.meta,
        "additional_data": alert.additional_data,
        "thirdparty_id": alert.thirdparty_id,
        "destination_ids": alert.destinations,
        "source_id": f"usr_{source.public_id}" if source else f"int_{alert.integration.public_id}",
        "created": int(now.timestamp()),
    }
    return {"alert": facts} if payload is None else {"alert": facts, "log": {"data": payload}}


def _walk(destinations: Iterable[str], journey: Journey, facts: dict[str, Any], now: datetime, way: Way) -> None:
    wanted = list(destinations)
    teams = _team_routers(item for item in wanted if item not in way.teams)
    for item in wanted:
        router = teams.get(item)
        if router is None and not item.startswith("rtr_"):
            if item not in journey.receivers:
                journey.receivers.append(item)
        elif found := router or _find(item, journey):
            own = item if router else None
            if _may_enter(found, item, journey, way):
                journey.seen.add(found.pk)
                next_ones = _pass(found, own, journey, facts, now)
                teams_passed = way.teams | {own} if own else way.teams
                _walk(next_ones, journey, facts, now, Way((*way.routers, found.pk), teams_passed))


def _find(item: str, journey: Journey) -> Router | None:
    found = Router.objects.filter(public_id=item.removeprefix("rtr_")).first()
    if found is None:
        journey.problems.append(f"There is no router {item} any more.")
    return found


def _may_enter(router: Router, item: str, journey: Journey, way: Way) -> bool:
    """A router is asked once: it would say the same again. Circles and endless chains are said."""
    if router.pk in way.routers:
        journey.problems.append(f"Router {router.name} leads back to itself.")
        return False
    if len(way.routers) == DEEPEST:
        journey.problems.append(f"More than {DEEPEST} routers one after the other: {item} is not reached.")
        return False
    return router.pk not in journey.seen


def _pass(router: Router, team: str | None, journey: Journey, facts: dict[str, Any], now: datetime) -> list[str]:
    """Ask one router; return where it sends the alert. Unmatched alerts of a team stay with it."""
    outcome = _asked(router, facts, journey, now)
    journey.problems += outcome.problems
    found = f"rule {outcome.rule}" if outcome.rule else "no rule matches"
    journey.lines.append(f"{router.name}: {found}.")
    journey.delay = max(journey.delay, outcome.delay)
    journey.incident |= dict(outcome.incident)
    journey.values |= dict(outcome.values)
    journey.stakeholders += outcome.stakeholders
    if outcome.fold:
        journey.fold = Fold(f"{router.pk}:{outcome.fold.fingerprint}", outcome.fold.window)
    if outcome.is_silent:
        journey.ignored = True
        return []
    if outcome.receivers:
        return list(outcome.receivers)
    default = team or router.default_receiver
    if not default:
        journey.problems.append(f"Router {router.name} has no default receiver.")
    return [default] if default else []


def _asked(router: Router, facts: dict[str, Any], journey: Journey, now: datetime) -> Outcome:
    if not router.enabled:
        return Outcome()
    try:
        return router_rules.decide(router_rules.parse(router.rules), facts, now=now)
    except (RulesError, ValueError) as exc:  # saved by an older version
        return Outcome(problems=(f"Router {router.name} cannot be read: {exc}",))
