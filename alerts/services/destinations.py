"""Whom an alert may be aimed at: people, teams, schedules and routers, by their spelled ids (spec/pagertree A7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet

from alerts.models import Router
from oncall.models import Schedule, Team, User


def _rows(prefix: str) -> QuerySet[User] | QuerySet[Team] | QuerySet[Schedule] | QuerySet[Router] | None:
    match prefix:
        case "usr":
            return User.objects.all()
        case "tem":
            return Team.objects.all()
        case "skd":
            return Schedule.objects.all()
        case "rtr":
            return Router.objects.filter(type=Router.Type.ROUTER)
    return None


def unknown_destinations(destinations: Iterable[str]) -> list[str]:
    """Return those that do not exist, in order, by one query for each kind."""
    by_prefix: dict[str, set[str]] = defaultdict(set)
    wanted = list(destinations)
    for destination in wanted:
        prefix, _, bare = destination.partition("_")
        by_prefix[prefix].add(bare)
    found = set()
    for prefix, ids in by_prefix.items():
        rows = _rows(prefix)
        if rows is not None:
            found |= {f"{prefix}_{bare}" for bare in rows.filter(public_id__in=ids).values_list("public_id", flat=True)}
    return [destination for destination in wanted if destination not in found]


def first_team(destinations: Iterable[str]) -> Team | None:
    """Return the team whose alert it is: that of the first destination which is a team."""
    for destination in destinations:
        prefix, _, bare = destination.partition("_")
        if prefix == "tem":
            return Team.objects.filter(public_id=bare).first()
    return None
