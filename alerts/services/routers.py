"""Send an alert on its way through routers: whom it reaches, when, or that it reaches nobody (spec/pagertree C7)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from alerts import router_rules
from alerts.models import Alert, Folding, LogEntry, Router, TeamRouter
from alerts.router_actions import Fold, RulesError
from alerts.services import escalations, stakeholders
from alerts.services.advance import advance_now
from alerts.services.destinations import first_team, unknown_destinations
from alerts.services.journey import Journey, travel
from base.errors import Invalid
from oncall.models import Team

Kind = LogEntry.Kind
Status = Alert.Status


def begin(alert: Alert, *, payload: Any = None, important: frozenset[str] = frozenset(), now: datetime) -> None:
    """Route a new alert and ask the first people, inside the caller's transaction; the alert is reloaded."""
    journey = travel(alert, payload, now=now)
    if journey is None:
        _ask(alert, now, important)
        return
    _change(alert, journey)
    for text in journey.lines:
        escalations.log(alert, Kind.ROUTED, now, text=text)
    for text in journey.problems:
        escalations.log(alert, Kind.STEP_FAILED, now, text=text)
    alert.refresh_from_db()
    if journey.is_silent:
        _suppress(alert, now)
    elif journey.fold is None or not _folded(alert, journey.fold, now):
        _deliver(alert, journey, now)
    alert.refresh_from_db()


def _change(alert: Alert, journey: Journey) -> None:
    """Write what the rules set."""
    changes: dict[str, Any] = dict(journey.values)
    if "title" in changes:
        changes["title"] = changes["title"][:500]
    if journey.incident:
        changes["meta"] = alert.meta | journey.incident
    changes["receivers"] = journey.receivers
    wanted = [*alert.stakeholders, *(item for item in journey.stakeholders if item not in alert.stakeholders)]
    gone = stakeholders.unknown_stakeholders(journey.stakeholders) if journey.stakeholders else []
    changes["stakeholders"] = stakeholders.with_teams([item for item in wanted if item not in gone], journey.receivers)
    if alert.team_id is None and (team := first_team(journey.receivers)):
        changes["team"] = team
    Alert.objects.filter(pk=alert.pk).update(**changes)


def _suppress(alert: Alert, now: datetime) -> None:
    """Record the alert and ask nobody. A person's next one of the same id is a new one; a monitor's still joins."""
    changes: dict[str, Any] = {} if alert.dedup_key else {"open_key": None}
    Alert.objects.filter(pk=alert.pk).update(status=Status.SUPPRESSED, updated_at=now, **changes)
    escalations.log(alert, Kind.SUPPRESSED, now, text="A router's rule records it: nobody is asked.")


def _folded(alert: Alert, fold: Fold, now: datetime) -> bool:
    """Fold the alert under the first of its kind; False when it is the first itself."""
    fingerprint = hashlib.sha256(fold.fingerprint.encode()).hexdigest()
    Folding.objects.filter(until__lte=now).delete()
    Folding.objects.filter(fingerprint=fingerprint, parent__status__in=Alert.ENDED).delete()
    try:
        with transaction.atomic():
            Folding.objects.create(fingerprint=fingerprint, parent=alert, until=now + fold.window)
    except IntegrityError:
        standing = Folding.objects.select_related("parent").filter(fingerprint=fingerprint).first()
        if standing is None:  # its first alert was deleted at this very moment
            return False
        first = standing.parent
        Alert.objects.filter(pk=alert.pk).update(status=Status.AGGREGATING, parent=first, updated_at=now)
        text = f"Folded under alert {first.pk}: {first.title}"
        escalations.log(alert, Kind.AGGREGATED, now, text=text, detail={"parent": f"alt_{first.public_id}"})
        return True
    return False


def _deliver(alert: Alert, journey: Journey, now: datetime) -> None:
    if not journey.receivers:
        _drop(alert, now)
    elif journey.delay:
        until = now + journey.delay
        Alert.objects.filter(pk=alert.pk).update(status=Status.ROUTABLE, routable_until=until, updated_at=now)
        text = f"Nobody is asked before {until:%Y-%m-%d %H:%M:%S} UTC."
        escalations.log(alert, Kind.ROUTED, now, text=text, detail={"until": until.isoformat()})
    else:
        _ask(alert, now)


def _ask(alert: Alert, now: datetime, important: frozenset[str] = frozenset()) -> None:
    advance_now(escalations.start(alert, now=now, important=important), now=now)
    alert.refresh_from_db()
    stakeholders.tell_assigned(alert, now=now)


def _drop(alert: Alert, now: datetime) -> None:
    Alert.objects.filter(pk=alert.pk).update(status=Status.DROPPED, dropped_at=now, updated_at=now)
    escalations.log(alert, Kind.DROPPED, now, text="It could not be routed to anybody.", announce=True)


def end_delay(alert: Alert, *, now: datetime) -> bool:
    """Ask the receivers of a delayed alert now; False when it is not delayed any more."""
    waiting = Alert.objects.filter(pk=alert.pk, status=Status.ROUTABLE)
    if not waiting.update(status=Status.OPEN, routable_until=None, updated_at=now):
        return False
    alert.refresh_from_db()
    escalations.log(alert, Kind.ROUTED, now, text="The delay is over.")
    _ask(alert, now)
    return True


@transaction.atomic
def save_router(router: Router | None, values: Mapping[str, Any], *, now: datetime) -> Router:
    """Make a router or change what is given. Raises Invalid for rules that cannot be used or name what is not there."""
    row = router or Router(created_at=now)
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = now
    _check(row)
    row.save(update_fields=[*values, "updated_at"] if router else None)
    return row


def _check(row: Router) -> None:
    try:
        rules = router_rules.parse(row.rules)
    except RulesError as exc:
        raise Invalid(f"rules: {str(exc).removeprefix('rules: ')}", field="rules") from exc
    named = [*router_rules.receivers_of(rules), *([row.default_receiver] if row.default_receiver else [])]
    own = f"rtr_{row.public_id}"
    if unknown := [item for item in unknown_destinations(named) if item != own]:
        raise Invalid(f"rules: there is no destination '{unknown[0]}'", field="rules")
    if unknown := stakeholders.unknown_stakeholders(router_rules.stakeholders_of(rules)):
        raise Invalid(f"rules: there is no stakeholder '{unknown[0]}'", field="rules")


def set_team_router(team: Team, router: Router | None) -> None:
    """Let a team's alerts pass a router first; None: they come as they are."""
    TeamRouter.objects.filter(team=team).delete()
    if router is not None:
        TeamRouter.objects.create(team=team, router=router)
