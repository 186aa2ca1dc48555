"""Every documented filter of the long lists goes by an index, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict

from alerts.api.grafana import group_rows
from alerts.api.grafana.alert_groups import AlertGroupFilter, AlertGroupViewSet
from alerts.api.grafana.alerts import EventFilter, EventViewSet
from alerts.models import Alert, Integration, Route
from oncall.api import policy_rows
from oncall.api.policies import PolicyFilter
from oncall.models import EscalationChain
from tests import builders
from tests.conftest import World


@pytest.fixture
def ids(world: World) -> dict[str, str]:
    """The ids that filters name; few rows would be read whole, so PostgreSQL is told not to."""
    team, chain = builders.team("web"), world.chain(world.alice)
    door = builders.integration(to=chain, team=team)
    alert = world.fire(door)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    route = Route.objects.get()
    return {
        "alert": f"I{alert.public_id}",
        "door": f"C{Integration.objects.get().public_id}",
        "route": f"R{route.public_id}",
        "team": f"T{team.public_id}",
        "chain": f"F{EscalationChain.objects.get().public_id}",
    }


def plan_of(queryset: QuerySet[Any], filter_set: Any, query: str) -> str:
    found = filter_set(QueryDict(query), queryset=queryset)
    assert found.is_valid(), found.errors
    return str(found.qs[:50].explain())


def reads_whole(plan: str, table: str) -> bool:
    lines = [line.strip() for line in plan.splitlines()]
    whole = (f"Seq Scan on {table}", f"SCAN {table}")
    return any(word in line and "INDEX" not in line for line in lines for word in whole)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "id={alert}",
        "route_id={route}",
        "integration_id={door}",
        "team_id={team}",
        "team_id=null",
        "state=new",
        "state=acknowledged",
        "state=resolved",
        "state=silenced",
        "label=team:web",
        "label=team:web&label=env:prod",
        "started_at=2030-01-07T09:00:00_2030-01-07T10:00:00",
        "integration_id={door}&state=new",
    ],
)
def test_alert_groups_are_found_by_an_index(ids: dict[str, str], query: str) -> None:
    groups = group_rows.rows(AlertGroupViewSet.queryset.all())
    plan = plan_of(groups, AlertGroupFilter, query.format(**ids))
    assert not reads_whole(plan, Alert._meta.db_table), plan


@pytest.mark.parametrize("query", ["", "state=new", "integration_id={door}", "route_id={route}", "team_id={team}"])
def test_a_page_of_alert_groups_is_read_in_its_order_and_not_sorted(ids: dict[str, str], query: str) -> None:
    plan = plan_of(group_rows.rows(AlertGroupViewSet.queryset.all()), AlertGroupFilter, query.format(**ids))
    assert "TEMP B-TREE" not in plan, plan
    assert connection.vendor != "postgresql" or "alerts_alert_" in plan


@pytest.mark.parametrize("query", ["", "id={alert}", "alert_group_id={alert}", "search=disk"])
def test_alerts_are_found_by_an_index(ids: dict[str, str], query: str) -> None:
    plan = plan_of(EventViewSet.queryset.all(), EventFilter, query.format(**ids))
    rows = plan.replace("SCAN alerts_event_search", "")
    ordered = "" if query else "SCAN alerts_event"  # the whole list, in the order of its key
    assert not reads_whole(rows.replace(ordered, "") if ordered else rows, "alerts_event"), plan


@pytest.mark.parametrize("query", ["", "escalation_chain_id={chain}"])
def test_policies_are_found_and_read_in_order_by_an_index(ids: dict[str, str], query: str) -> None:
    plan = plan_of(policy_rows.rows(), PolicyFilter, query.format(**ids))
    assert not reads_whole(plan, "oncall_escalationpolicy"), plan
    assert "TEMP B-TREE" not in plan, plan
