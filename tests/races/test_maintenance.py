"""Alerts that come in while a maintenance ends are ended with it or ask people; none is left between."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from alerts import services
from alerts.models import Alert, Heartbeat, Maintenance, Source
from alerts.services.heartbeats import miss_due
from tests import builders
from tests.conftest import World, m
from tests.races.threads import together

pytestmark = pytest.mark.race


@pytest.fixture
def world(row_locks: None) -> World:
    return World()


def test_no_alert_is_gathered_by_a_maintenance_that_is_over(world: World) -> None:
    door = builders.integration(to=world.chain(world.alice))
    mode = Maintenance.Mode.MAINTENANCE
    services.start_maintenance(door, mode=mode, duration=m(60), by=None, source=Source.CONSOLE, now=world.now)
    fires: list[Callable[[], object]] = [partial(world.fire, door, alert_uid=f"disk-{key}") for key in range(8)]
    fires.insert(4, lambda: services.stop_maintenance(door, by=None, source=Source.CONSOLE, now=world.now))
    results = together(*fires)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert Alert.objects.exclude(title="Maintenance of formatted_webhook").count() == 8
    assert set(Alert.objects.values_list("status", flat=True)) <= {"resolved", "open"}


def test_pings_and_a_miss_at_once_leave_one_state(world: World) -> None:
    door = builders.integration("webhook", to=world.chain(world.alice))
    services.ping(door, now=world.now)
    now = world.now + m(10)
    from_clock = [lambda: miss_due(now)] * 2
    assert not [
        result
        for result in together(*from_clock, *[lambda: services.ping(door, now=now)] * 4)
        if isinstance(result, Exception)
    ]
    assert Heartbeat.objects.get().status == "alive"
    assert set(Alert.objects.values_list("status", flat=True)) <= {"resolved"}
