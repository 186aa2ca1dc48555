"""Page people or a team by name: with a new alert, or onto one that runs already (decisions.md, Direct page)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from alerts.models import Alert, Event, LogEntry, Source
from alerts.models.integrations import Urgency
from alerts.services import escalations
from alerts.services.advance import advance_now
from alerts.services.create import create_alert
from alerts.services.integrations import direct_paging
from base.errors import Conflict
from base.ids import new_public_id
from oncall.models import Team, User
from oncall.plan import ASKS, Plan
from oncall.selectors import team_plan, user_plan

RESOLVED = "Cannot add responders for a resolved alert group"


@dataclass(frozen=True, slots=True)
class Paged:
    """A person to page, and whether by their important rules."""

    user: User
    important: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says. An empty title says who pages whom."""

    title: str = ""
    message: str = ""
    source_url: str = ""


@transaction.atomic
def page_with_alert(
    said: Said, *, people: Sequence[Paged], team: Team | None, important: bool, by: User, source: Source, now: datetime
) -> Alert:
    """Open an alert that asks these people, or the team by its plan, at once; `important` is the team's."""
    door = direct_paging(team, now=now)
    title = said.title or f"{by.username} is paging {_names(people, team)} to join escalation"
    destinations = [f"tem_{team.public_id}"] if team else [f"usr_{each.user.public_id}" for each in people]
    alert, _ = create_alert(
        title=title,
        destinations=destinations,
        important=frozenset(f"usr_{each.user.public_id}" for each in people if each.important),
        by=by,
        source=source,
        now=now,
        integration=door,
        team=team,
        urgency=Urgency.HIGH if important and team else Urgency.MEDIUM,
        description=said.message or None,
        source_url=said.source_url or None,
        events_count=1,
        last_event_at=now,
    )
    payload = _payload(alert, said, title, by, important or any(each.important for each in people))
    Event.objects.create(alert=alert, received_at=now, payload=payload)
    _log(alert, people, team, important=important, by=by, source=source, now=now)
    return alert


@transaction.atomic
def page_onto(
    alert: Alert,
    *,
    people: Sequence[Paged],
    team: Team | None,
    important: bool,
    by: User,
    source: Source,
    now: datetime,
) -> None:
    """Page more people onto an alert, acknowledged and silenced ones too, at once.

    An acknowledgement by anybody after it stops it; an earlier one does not. Raises Conflict when the alert has ended,
    Invalid when the team has nobody."""
    locked = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    if locked.has_ended:
        raise Conflict(RESOLVED)
    plans = [user_plan(each.user, important=each.important) for each in people]
    if team is not None:
        plans.append(_urged(team_plan(team, now), important=important))
    _log(locked, people, team, important=important, by=by, source=source, now=now)
    advance_now([escalations.begin_directly(locked, plan, now=now) for plan in plans], now=now)
    Alert.objects.filter(pk=alert.pk).update(updated_at=now)


def _urged(plan: Plan, *, important: bool) -> Plan:
    if not important:
        return plan
    return replace(plan, steps=tuple(replace(step, important=step.type in ASKS) for step in plan.steps))


def _names(people: Sequence[Paged], team: Team | None) -> str:
    return team.name if team else ", ".join(each.user.username for each in people)


def _payload(alert: Alert, said: Said, title: str, by: User, important: bool) -> dict[str, Any]:
    return {
        "oncall": {
            "title": title,
            "message": said.message,
            "uid": new_public_id(),
            "author_username": by.username,
            "permalink": said.source_url or alert.console_url,
            "important": important,
        }
    }


def _log(
    alert: Alert,
    people: Sequence[Paged],
    team: Team | None,
    *,
    important: bool,
    by: User,
    source: Source,
    now: datetime,
) -> None:
    kind = LogEntry.Kind.DIRECT_PAGE
    found: list[tuple[str, dict[str, object]]] = [
        (each.user.username, {"user": f"U{each.user.public_id}", "important": each.important}) for each in people
    ]
    if team is not None:
        found.append((team.name, {"team": f"T{team.public_id}", "important": important}))
    for name, detail in found:
        text = f"{name}{', important' if detail['important'] else ''}"
        escalations.log(alert, kind, now, by=by, source=source, text=text, detail=detail)
