"""Beyond its limit an integration loses nothing: what would be kept is counted where it belongs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from alerts import services
from alerts.models import Alert, IngestWindow, Integration
from alerts.services import limits
from tests import builders
from tests.conftest import World, m
from tests.dialects.oncall_runtime.conftest import Monitor, at, monitor

__all__ = ["at", "monitor"]


@pytest.fixture
def door(world: World) -> Integration:
    return builders.integration(to=world.chain(world.alice), ingest_limit=2)


def notes(alert: Alert) -> list[str]:
    return list(alert.log.filter(kind="deduplicated").values_list("text", flat=True))


def test_up_to_the_limit_every_event_is_kept(world: World, door: Integration) -> None:
    for _ in range(2):
        alert = world.fire(door)
    assert (alert.events.count(), notes(alert)) == (2, [])


def test_beyond_it_a_firing_is_counted_on_its_alert(world: World, door: Integration) -> None:
    for _ in range(5):
        alert = world.fire(door)
    alert.refresh_from_db()
    assert (alert.events.count(), alert.events_count) == (2, 5)
    assert notes(alert) == ["Over the limit of 2 events in five minutes: 3 counted and not kept."]
    window = IngestWindow.objects.get()
    assert (window.received, window.coalesced) == (5, 3)


def test_a_new_problem_is_an_alert_all_the_same(world: World, door: Integration) -> None:
    for number in range(5):
        world.fire(door, alert_uid=f"disk-{number}")
    assert Alert.objects.count() == 5


def test_what_ends_or_takes_an_alert_is_kept(world: World) -> None:
    door = builders.integration("pagerduty", ingest_limit=1)
    for action in ("trigger", "trigger", "acknowledge"):
        alert = services.receive(door, {"event_action": action, "dedup_key": "k"}, now=world.now).alert
    assert (alert.status, alert.events.count()) == ("acknowledged", 2)
    alert = services.receive(door, {"event_action": "resolve", "dedup_key": "k"}, now=world.now).alert
    assert (alert.status, alert.events.count()) == ("resolved", 3)


def test_after_five_minutes_it_begins_anew(world: World, door: Integration) -> None:
    for _ in range(3):
        alert = world.fire(door)
    world.now += m(5)
    world.fire(door)
    world.fire(door)
    world.fire(door)
    assert alert.events.count() == 4
    assert len(notes(alert)) == 2
    assert IngestWindow.objects.get().received == 3


def test_each_integration_is_counted_by_itself(world: World, door: Integration) -> None:
    other = builders.integration(name="other", ingest_limit=2)
    for _ in range(3):
        world.fire(door)
    alert = world.fire(other)
    assert alert.events.count() == 1
    assert IngestWindow.objects.get(integration=other).received == 1


def test_the_installations_limit_holds_where_an_integration_has_none(world: World, settings: Any) -> None:
    settings.TOCSIN_INGEST_LIMIT = 1
    limited, free = builders.integration(name="a"), builders.integration(name="b", ingest_limit=0)
    for _ in range(3):
        first, second = world.fire(limited), world.fire(free)
    assert (first.events.count(), second.events.count()) == (1, 3)


def test_without_a_limit_nothing_is_counted(world: World) -> None:
    world.fire(builders.integration())
    assert not IngestWindow.objects.exists()


def test_only_a_backlog_turns_a_new_problem_away(
    world: World, door: Integration, monitor: Callable[[Integration], Monitor], at: Callable[[], None]
) -> None:
    for uid in "abc":
        world.fire(door, alert_uid=uid)
    world.now += limits.UNSAFE
    at()
    assert monitor(door)({"alert_uid": "d"}).status == 200
    world.now += timedelta(microseconds=1)
    at()
    answer = monitor(door)({"alert_uid": "e"})
    assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
    assert monitor(door)({"alert_uid": "d"}).status == 200
    assert monitor(door)({"alert_uid": "d", "state": "ok"}).status == 200
    assert not Alert.objects.filter(thirdparty_id="e").exists()
