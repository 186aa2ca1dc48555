"""A group that a monitor tells part by part ends with its last part."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from alerts import services
from alerts.models import Alert, Integration
from tests import builders
from tests.alerts.payloads import member
from tests.conftest import World


@pytest.fixture
def door(world: World) -> Integration:
    return builders.integration("grafana", to=world.chain(world.alice))


def say(world: World, door: Integration, *parts: dict[str, Any]) -> list[services.Received]:
    return services.receive_all(door, {"alerts": list(parts)}, now=world.now)


def test_all_parts_of_a_body_are_one_alert_of_the_same_name(world: World, door: Integration) -> None:
    stored = say(world, door, member("web1"), member("web2"))
    assert [row.is_new for row in stored] == [True, False]
    assert Alert.objects.get().events.count() == 2


def test_it_ends_when_the_last_part_has_ended(world: World, door: Integration) -> None:
    say(world, door, member("web1"), member("web2"))
    say(world, door, member("web1", status="resolved"))
    assert Alert.objects.get().status == "open"
    say(world, door, member("web2", status="resolved"))
    assert Alert.objects.get().status == "resolved"


def test_a_part_that_fires_again_keeps_it_open(world: World, door: Integration) -> None:
    say(world, door, member("web1"), member("web2"))
    say(world, door, member("web1", status="resolved"), member("web1"))
    say(world, door, member("web2", status="resolved"))
    assert Alert.objects.get().status == "open"


def test_a_body_is_taken_in_whole_or_not_at_all(
    world: World, door: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError("the disk is full")

    monkeypatch.setattr(import_module("alerts.services.receive"), "_join", fail)
    with pytest.raises(OSError, match="full"):
        say(world, door, member("web1"), member("web2"))
    assert not Alert.objects.exists()


def test_a_rule_of_its_own_ends_at_once(world: World, door: Integration) -> None:
    rule = {"ruleName": "Disk", "state": "alerting", "title": "[Alerting] Disk"}
    services.receive_all(door, rule, now=world.now)
    services.receive_all(door, rule | {"state": "ok"}, now=world.now)
    assert Alert.objects.get().status == "resolved"
