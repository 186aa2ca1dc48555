"""Several clocks at one set of escalations: every step once, none waited for."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import transaction

from alerts import services
from alerts.models import Alert, Assignment, Escalation, LogEntry, Source
from alerts.services import advance
from oncall.models import User
from tests import builders
from tests.conftest import World
from tests.races.threads import together

pytestmark = pytest.mark.race


@pytest.fixture
def world(row_locks: None) -> World:
    return World()


def fire(world: World, number: int) -> None:
    door = builders.integration(to=world.chain(world.alice, timedelta(minutes=5), world.bob))
    for key in range(number):
        world.fire(door, alert_uid=f"disk-{key}")


def drain(world: World, limit: int) -> int:
    done = 0
    while count := services.advance_due(world.now, limit):
        done += count
    return done


def test_four_clocks_run_fifty_escalations_each_once(world: World) -> None:
    fire(world, 50)
    counts = together(*[lambda: drain(world, 3)] * 4)
    assert sum(counts) == 50
    assert Assignment.objects.count() == 50
    assert LogEntry.objects.filter(kind="step").count() == 100


def test_a_clock_steps_over_a_row_that_another_one_holds(world: World) -> None:
    fire(world, 2)
    first = Escalation.objects.order_by("due_at", "pk").first()
    assert first is not None
    with transaction.atomic():
        Escalation.objects.select_for_update().get(pk=first.pk)
        assert together(lambda: services.advance_due(world.now, 10)) == [1]
    first.refresh_from_db()
    assert first.cursor == 0


def naive_advance(world: World, seen: threading.Barrier) -> int:
    """Read, then write: what would happen without the claim."""
    rows = list(Escalation.objects.filter(due_at__lte=world.now).select_related("alert"))
    seen.wait(10)
    Assignment.objects.bulk_create(
        Assignment(alert=row.alert, escalation=row, user=world.alice, run=1, step=pass_by, asked_at=world.now)
        for row in rows
        for pass_by in [threading.get_ident() % 30_000]
    )
    Escalation.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=None)
    return len(rows)


def test_without_the_claim_the_same_steps_are_run_twice(world: World) -> None:
    fire(world, 20)
    seen = threading.Barrier(2)
    together(*[lambda: naive_advance(world, seen)] * 2)
    assert Assignment.objects.count() == 40


def test_an_acknowledge_waits_for_a_running_step_and_then_ends_what_it_asked(world: World) -> None:
    fire(world, 1)
    alert = Alert.objects.get()
    claimed, acknowledged = threading.Event(), threading.Event()

    def step() -> None:
        with transaction.atomic():
            rows = advance._claim(world.now, 10)
            claimed.set()
            assert not acknowledged.wait(0.3)
            advance._advance(rows, world.now)

    def take() -> None:
        claimed.wait(10)
        assert services.acknowledge(alert, by=world.bob, source=Source.CONSOLE, now=world.now)
        acknowledged.set()

    assert together(step, take) == [None, None]
    assert Escalation.objects.get().status == "stopped"
    assert Assignment.objects.get().answer == "closed"
    assert drain(world, 10) == 0


def test_of_many_people_who_take_an_alert_exactly_one_gets_it(world: World) -> None:
    fire(world, 1)
    pk = Alert.objects.get().pk
    people = [world.alice, world.bob, world.carol] * 2

    def take(person: User) -> bool:
        return services.acknowledge(
            Alert.objects.get(pk=pk),
            by=person,
            source=Source.CONSOLE,
            now=world.now,
        )

    results = together(*[lambda who=who: take(who) for who in people])
    assert sorted(results) == [False] * 5 + [True]
    alert = Alert.objects.get(pk=pk)
    assert alert.holder == people[results.index(True)]
    assert LogEntry.objects.filter(kind="acknowledged").count() == 1


def test_resolve_wins_over_a_concurrent_acknowledge(world: World) -> None:
    fire(world, 10)

    def both(verb: str) -> list[bool]:
        act = getattr(services, verb)
        return [
            act(alert, by=world.bob, source=Source.CONSOLE, now=world.now) for alert in Alert.objects.order_by("pk")
        ]

    resolved, _ = together(lambda: both("resolve"), lambda: both("acknowledge"))
    assert resolved == [True] * 10
    assert set(Alert.objects.values_list("status", flat=True)) == {"resolved"}


def test_a_round_robin_never_gives_two_alerts_that_start_together_to_the_same_person(world: World) -> None:
    turn = world.chain({"type": "notify_person_next_each_time", "persons": [world.alice, world.bob, world.carol]})
    door = builders.integration(to=turn)
    for key in range(3):
        world.fire(door, alert_uid=f"disk-{key}")
    together(*[lambda: services.advance_due(world.now, 1)] * 3)
    drain(world, 10)
    asked = Assignment.objects.values_list("user__username", flat=True)
    assert sorted(asked) == ["alice", "bob", "carol"]
