"""Escalation policies for lists, read as plain rows: fifty of them are asked for often, and models cost thrice that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from oncall.models import EscalationPolicy, PolicyPerson

Row = dict[str, Any]
Read = Callable[[Row], Any]


def _spelled(prefix: str, column: str) -> Read:
    return lambda row: None if row[column] is None else prefix + row[column]


def _seconds(row: Row) -> int | None:
    return None if row["delay"] is None else int(row["delay"].total_seconds())


def _time(column: str) -> Read:
    return lambda row: None if row[column] is None else row[column].strftime("%H:%M:%SZ")


def _plain(column: str) -> Read:
    return lambda row: row[column]


READ: dict[str, Read] = {
    "id": _spelled("E", "public_id"),
    "escalation_chain_id": _spelled("F", "chain__public_id"),
    "position": _plain("position"),
    "type": lambda row: row["type"] or None,
    "important": _plain("important"),
    "duration": _seconds,
    "persons_to_notify": _plain("persons"),
    "persons_to_notify_next_each_time": _plain("persons"),
    "notify_on_call_from_schedule": _spelled("S", "schedule__public_id"),
    "group_to_notify": _spelled("G", "user_group__public_id"),
    "team_to_notify": _spelled("T", "team__public_id"),
    "action_to_trigger": _spelled("WH", "webhook__public_id"),
    "notify_if_time_from": _time("window_from"),
    "notify_if_time_to": _time("window_to"),
    "num_alerts_in_window": _plain("num_alerts"),
    "num_minutes_in_window": _plain("num_minutes"),
    "severity": _plain("severity"),
}
COLUMNS = (
    "pk",
    "chain_id",
    "public_id",
    "position",
    "type",
    "important",
    "delay",
    "window_from",
    "window_to",
    "num_alerts",
    "num_minutes",
    "severity",
    "chain__public_id",
    "schedule__public_id",
    "user_group__public_id",
    "team__public_id",
    "webhook__public_id",
)


def rows() -> QuerySet[EscalationPolicy, Row]:
    """Return all policies, by chain and position, as rows that `fill` and `write` understand."""
    return EscalationPolicy.objects.order_by("chain_id", "position").values(*COLUMNS)


def fill(found: Iterable[Row]) -> list[Row]:
    """Give each row the ids of its people, in their order, by one query."""
    filled = list(found)
    people: dict[int, list[str]] = defaultdict(list)
    named = PolicyPerson.objects.filter(policy__in=[row["pk"] for row in filled]).order_by("position")
    for policy, user in named.values_list("policy_id", "user__public_id"):
        people[policy].append(f"U{user}")
    for row in filled:
        row["persons"] = people[row["pk"]]
    return filled


def write(row: Row, keys: Callable[[str], frozenset[str]]) -> dict[str, Any]:
    """Return the policy with the keys of its type alone."""
    return {key: read(row) for key, read in _reads(row["type"], keys)}


@lru_cache(maxsize=64)
def _reads(kind: str, keys: Callable[[str], frozenset[str]]) -> tuple[tuple[str, Read], ...]:
    wanted = keys(kind)
    return tuple((key, read) for key, read in READ.items() if key in wanted)
