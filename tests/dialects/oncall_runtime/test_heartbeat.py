"""The address that monitors ping."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from alerts import services
from alerts.models import Alert, Heartbeat, Integration
from tests import builders
from tests.conftest import World, m
from tests.dialects.oncall_runtime.conftest import Monitor

Monitors = Callable[[Integration], Monitor]


@pytest.fixture
def door(world: World) -> Integration:
    return builders.integration("webhook", to=world.chain(world.alice))


@pytest.fixture
def monitor_of_door(door: Integration, monitor: Monitors) -> Monitor:
    return monitor(door)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("method", "body"), [("GET", ":)"), ("POST", ""), ("HEAD", "")])
def test_a_ping_is_noted_and_answered(
    world: World,
    door: Integration,
    monitor_of_door: Monitor,
    at: Callable[[], None],
    method: str,
    body: str,
    slash: str,
) -> None:
    at()
    answer = monitor_of_door.send("", path=f"{monitor_of_door.path}heartbeat{slash}", method=method)
    row = Heartbeat.objects.get(integration=door)
    assert (answer.status, answer.body if method != "HEAD" else "") == (200, body)
    assert (row.status, row.last_ping_at, row.due_at) == ("alive", world.now, world.now + timedelta(minutes=10))
    assert not Alert.objects.exists()


@pytest.mark.parametrize("body", ["{", "hello", '{"state": "alerting"}'])
def test_what_a_ping_says_does_not_matter(door: Integration, monitor_of_door: Monitor, body: str) -> None:
    answer = monitor_of_door.send(body, "text/plain", f"{monitor_of_door.path}heartbeat/")
    assert (answer.status, answer.body) == (200, "")
    assert Heartbeat.objects.get().status == "alive"


def test_an_unknown_token_is_a_403(monitor_of_door: Monitor) -> None:
    path = f"/integrations/v1/webhook/{'x' * 25}/heartbeat/"
    assert monitor_of_door.send("", path=path).status == 403


def test_the_token_of_a_deleted_integration_is_a_403(world: World, door: Integration, monitor_of_door: Monitor) -> None:
    services.delete_integration(door, now=world.now)
    assert monitor_of_door.send("", path=f"{monitor_of_door.path}heartbeat/").status == 403


def test_a_key_for_another_type_is_a_400(monitor_of_door: Monitor) -> None:
    path = f"{monitor_of_door.path}heartbeat/".replace("/webhook/", "/zabbix/")
    answer = monitor_of_door.send("", path=path)
    assert (answer.status, answer.body) == (400, "This url is for integration with Webhook.Key is for Webhook")


def test_a_type_without_a_heartbeat_is_a_404(world: World, monitor: Monitors) -> None:
    pinging = monitor(builders.integration("sentry"))
    assert pinging.send("", path=f"{pinging.path}heartbeat/").status == 404
    assert not Heartbeat.objects.exists()


def test_pings_do_not_count_against_the_limit(world: World, monitor: Monitors, at: Callable[[], None]) -> None:
    at()
    door = builders.integration("webhook", ingest_limit=1)
    pinging = monitor(door)
    for _ in range(3):
        assert pinging.send("", path=f"{pinging.path}heartbeat/").status == 200
    pinging({"a": 1})
    pinging({"a": 1})
    assert (door.ingest_window.received, door.ingest_window.coalesced) == (2, 1)


def test_a_missed_one_is_an_alert_until_the_next_ping(
    world: World, monitor_of_door: Monitor, at: Callable[[], None]
) -> None:
    at()
    monitor_of_door.send("", path=f"{monitor_of_door.path}heartbeat/")
    world.pass_time(m(10))
    assert world.asked == [(m(10), "alice")]
    at()
    monitor_of_door.send("", path=f"{monitor_of_door.path}heartbeat/")
    assert Alert.objects.get().status == "resolved"
