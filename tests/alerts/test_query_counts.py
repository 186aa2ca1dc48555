"""What the clock's hot paths cost, in queries: fixed numbers, however many rows are due."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import clock, services
from tests import builders
from tests.conftest import World, m


def queries_of(act: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def fire(world: World, number: int, *steps: Any) -> None:
    door = builders.integration(to=world.chain(*steps), name=f"door {number}")
    for key in range(number):
        world.fire(door, alert_uid=f"disk-{key}")


@pytest.mark.parametrize("number", [1, 10, 40])
def test_a_step_that_asks_somebody_costs_the_same_for_one_and_for_forty(number: int, world: World) -> None:
    fire(world, number, [world.alice, world.bob], m(5), world.carol)
    assert queries_of(lambda: services.advance_due(world.now, 200)) == 9


@pytest.mark.parametrize("number", [1, 10, 40])
def test_asking_whoever_is_on_call_costs_the_same_for_one_and_for_forty(number: int, world: World) -> None:
    fire(world, number, builders.always_on_call("Primary", world.alice), m(5))
    assert queries_of(lambda: services.advance_due(world.now, 200)) == 19


@pytest.mark.parametrize("number", [1, 10, 40])
def test_dropping_costs_the_same_for_one_and_for_forty(number: int, world: World) -> None:
    fire(world, number, world.alice)
    world.settle()
    assert queries_of(lambda: services.advance_due(world.now + m(5), 200)) == 12


def test_looking_for_due_rows_when_there_are_none_only_reads(world: World) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert clock.tick(world.now) == 0
        clock.next_due()
    statements = [query["sql"].split()[0] for query in captured]
    assert set(statements) == {"SELECT"}
