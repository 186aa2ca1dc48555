"""Many payloads of one key at the same instant: one alert, every event, and a resolve that wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from alerts import services
from alerts.models import Alert, Escalation, Event, Integration, LogEntry, Source
from tests import builders
from tests.conftest import World
from tests.races.threads import together

pytestmark = pytest.mark.race

FIRING = {"alert_uid": "disk-1", "title": "Disk is full", "state": "alerting"}
OK = FIRING | {"state": "ok"}


@pytest.fixture
def world(row_locks: None) -> World:
    return World()


@pytest.fixture
def door(world: World) -> Integration:
    return builders.integration(to=world.chain(world.alice))


@pytest.fixture
def post(door: Integration) -> Callable[[Any], tuple[int, str]]:
    """Post a payload as its monitor does; return the status and the id of the alert."""

    def send(body: Any) -> tuple[int, str]:
        path = f"/integrations/v1/{door.type}/{door.token}/"
        answer = Client().post(path, body, content_type="application/json")
        return answer.status_code, answer.headers["X-Tocsin-Alert-Id"]

    return send


def test_eight_payloads_of_one_key_are_one_alert_with_eight_events(post: Callable[[Any], tuple[int, str]]) -> None:
    answers = together(*[lambda: post(FIRING)] * 8)
    alert = Alert.objects.get()
    assert answers == [(200, f"I{alert.public_id}")] * 8
    assert (alert.events_count, alert.events.count()) == (8, 8)
    assert Escalation.objects.count() == 1
    assert LogEntry.objects.filter(kind="registered").count() == 1


def test_payloads_of_eight_keys_do_not_wait_for_each_other(post: Callable[[Any], tuple[int, str]]) -> None:
    answers = together(*[lambda key=key: post(FIRING | {"alert_uid": f"disk-{key}"}) for key in range(8)])
    assert {status for status, _ in answers} == {200}
    assert len({id for _, id in answers}) == Alert.objects.count() == 8


def test_firings_and_resolves_at_once_lose_nothing_and_leave_at_most_one_open(
    post: Callable[[Any], tuple[int, str]],
) -> None:
    for _ in range(5):
        answers = together(*[lambda: post(FIRING), lambda: post(OK)] * 4)
        assert {status for status, _ in answers} == {200}
    assert Event.objects.count() == 40
    assert sum(Alert.objects.values_list("events_count", flat=True)) == 40
    assert Alert.objects.exclude(status="resolved").count() <= 1


@pytest.mark.parametrize("turn", range(5))
def test_a_resolve_wins_over_an_acknowledge_whoever_is_first(
    world: World, door: Integration, post: Callable[[Any], tuple[int, str]], turn: int
) -> None:
    alert = services.receive(door, FIRING, now=world.now).alert

    def take() -> bool:
        row = Alert.objects.get(pk=alert.pk)
        return services.acknowledge(row, by=world.bob, source=Source.ONCALL_API, now=world.now)

    acknowledged, answer = together(take, lambda: post(OK))
    alert.refresh_from_db()
    assert answer == (200, f"I{alert.public_id}")
    assert (alert.status, alert.open_key) == ("resolved", None)
    kinds = list(LogEntry.objects.filter(kind__in=["acknowledged", "resolved"]).values_list("kind", flat=True))
    assert sorted(kinds) == ["acknowledged", "resolved"] if acknowledged else kinds == ["resolved"]
    assert not Escalation.objects.filter(due_at__isnull=False).exists()


def naive_receive(door: Integration, world: World, seen: threading.Barrier) -> None:
    """Look, then write: what would happen without the unique key."""
    found = Alert.objects.filter(integration=door, dedup_key="disk-1", status="open").first()
    seen.wait(10)
    if found is None:
        Alert.objects.create(
            integration=door, dedup_key="disk-1", title="x", created_at=world.now, updated_at=world.now
        )


def test_without_the_key_the_same_payload_opens_several_alerts(world: World, door: Integration) -> None:
    seen = threading.Barrier(8)
    together(*[lambda: naive_receive(door, world, seen)] * 8)
    assert Alert.objects.count() == 8


def naive_count(pk: int, seen: threading.Barrier) -> None:
    """Read, add, write: what would happen without the addition in the database."""
    alert = Alert.objects.get(pk=pk)
    seen.wait(10)
    Alert.objects.filter(pk=pk).update(events_count=alert.events_count + 1)


def test_without_the_addition_in_the_database_events_are_not_counted(world: World, door: Integration) -> None:
    pk = services.receive(door, FIRING, now=world.now).alert.pk
    seen = threading.Barrier(8)
    together(*[lambda: naive_count(pk, seen)] * 8)
    assert Alert.objects.get().events_count == 2
