"""Who wants to know, without being asked to act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from alerts.models import Alert, LogEntry, Stakeholder

RELATIONS = ("users", "teams")


def unknown_stakeholders(ids: Iterable[str]) -> list[str]:
    """Return those of the spelled ids that do not exist, in order."""
    wanted = list(ids)
    found = Stakeholder.objects.filter(public_id__in=[item.removeprefix("stk_") for item in wanted])
    known = {f"stk_{public_id}" for public_id in found.values_list("public_id", flat=True)}
    return [item for item in wanted if item not in known]


def of_team(team_pk: int) -> list[str]:
    """Return the spelled ids of the groups that want to hear of a team's alerts."""
    rows = Stakeholder.objects.filter(teams=team_pk).order_by("pk")
    return [f"stk_{public_id}" for public_id in rows.values_list("public_id", flat=True)]


def with_teams(ids: Iterable[str], destinations: Iterable[str]) -> list[str]:
    """Return these groups and those of every team among the destinations, each once."""
    teams = [bare for prefix, _, bare in (item.partition("_") for item in destinations) if prefix == "tem"]
    rows = (
        Stakeholder.objects.filter(teams__public_id__in=teams).order_by("pk") if teams else Stakeholder.objects.none()
    )
    more = [f"stk_{public_id}" for public_id in rows.values_list("public_id", flat=True)]
    return list(dict.fromkeys([*ids, *more]))


def tell_assigned(alert: Alert, *, now: datetime) -> None:
    """Promise the stakeholders of a new alert to hear of it, if it found somebody to ask."""
    if alert.stakeholders and alert.status == Alert.Status.OPEN:
        LogEntry.objects.filter(alert=alert, kind=LogEntry.Kind.REGISTERED).update(announce_at=now)


@transaction.atomic
def save_stakeholder(stakeholder: Stakeholder | None, values: Mapping[str, Any], *, now: datetime) -> Stakeholder:
    """Make a group, or change what is given: the model's fields, and lists of users and teams."""
    row = stakeholder or Stakeholder(created_at=now)
    columns = {name: value for name, value in values.items() if name not in RELATIONS}
    for name, value in columns.items():
        setattr(row, name, value)
    row.updated_at = now
    row.save(update_fields=[*columns, "updated_at"] if stakeholder else None)
    for name in RELATIONS:
        if name in values:
            getattr(row, name).set(values[name])
    return row
