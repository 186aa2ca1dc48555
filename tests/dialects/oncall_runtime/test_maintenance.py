"""Maintenance over the API: its answers, its refusals, who may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from alerts.models import Alert, Integration, Maintenance
from oncall.models import User
from tests import builders
from tests.conftest import World, m
from tests.dialects.oncall.conftest import Api
from tests.dialects.oncall_runtime.conftest import group_id


@pytest.fixture
def door(world: World, at: Callable[[], None]) -> Integration:
    at()
    return builders.integration(name="Shop", to=world.chain(world.alice))


@pytest.fixture
def path(door: Integration) -> str:
    return f"integrations/C{door.public_id}"


def shown(body: Any) -> tuple[Any, ...]:
    return tuple(body[f"maintenance_{name}"] for name in ("mode", "started_at", "end_at"))


RUNNING = ("maintenance", "2030-01-07T09:00:00Z", "2030-01-07T10:00:00Z")


def test_a_started_one_is_shown_until_it_is_stopped(admin_api: Api, path: str) -> None:
    answer = admin_api("POST", f"{path}/maintenance_start", {"mode": "maintenance", "duration": 3600})
    assert (answer.status, shown(answer.body)) == (200, RUNNING)
    assert shown(admin_api.get(path)) == shown(admin_api.get("integrations")["results"][0]) == RUNNING
    answer = admin_api("POST", f"{path}/maintenance_stop")
    assert (answer.status, shown(answer.body)) == (200, (None, None, None))
    assert admin_api("POST", f"{path}/maintenance_stop").status == 200


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"mode": "debug"}, {"duration": ["Invalid duration"]}),
        ({"mode": "debug", "duration": None}, {"duration": ["Invalid duration"]}),
        ({"mode": "debug", "duration": 0}, {"duration": ["Invalid duration"]}),
        ({"mode": "debug", "duration": "soon"}, {"duration": ["Invalid duration"]}),
        ({"mode": "debug", "duration": True}, {"duration": ["Invalid duration"]}),
        ({"mode": "debug", "duration": 10**15}, {"duration": ["Invalid duration"]}),
        ({"duration": 60}, {"mode": ["Unknown mode"]}),
        ({"mode": "nap", "duration": 60}, {"mode": ["Unknown mode"]}),
        ({"mode": None, "duration": 60}, {"mode": ["Unknown mode"]}),
        ({"mode": ["debug"], "duration": 60}, {"mode": ["Unknown mode"]}),
    ],
)
def test_what_cannot_be_used_is_named(admin_api: Api, path: str, body: Any, refusal: Any) -> None:
    assert admin_api.refused("POST", f"{path}/maintenance_start", body) == refusal
    assert not Maintenance.objects.exists()


def test_a_second_one_is_refused(admin_api: Api, path: str) -> None:
    asked = {"mode": "debug", "duration": 60}
    assert admin_api("POST", f"{path}/maintenance_start", asked).status == 200
    assert admin_api.refused("POST", f"{path}/maintenance_start", asked) == {"detail": "Already on maintenance"}


def test_only_an_admin_may(world: World, call: Callable[[User], Api], path: str) -> None:
    for verb in ("maintenance_start", "maintenance_stop"):
        assert call(world.bob)("POST", f"{path}/{verb}", {"mode": "debug", "duration": 60}).status == 403
    assert not Maintenance.objects.exists()


def test_its_alert_is_a_group_that_only_ends(world: World, admin_api: Api, door: Integration, path: str) -> None:
    admin_api("POST", f"{path}/maintenance_start", {"mode": "maintenance", "duration": 3600})
    child = world.fire(door)
    gathering = Alert.objects.get(title="Maintenance of Shop")
    group = f"alert_groups/{group_id(gathering)}"
    assert admin_api.get(group)["state"] == "firing"
    refusal = {"detail": "Can't acknowledge a maintenance alert group"}
    assert admin_api.refused("POST", f"{group}/acknowledge") == refusal
    assert admin_api("POST", f"{group}/resolve").status == 200
    child.refresh_from_db()
    assert child.status == "resolved"
    assert shown(admin_api.get(path)) == (None, None, None)


def test_the_integration_that_holds_it_is_not_listed(admin_api: Api, path: str) -> None:
    admin_api("POST", f"{path}/maintenance_start", {"mode": "maintenance", "duration": 3600})
    assert Integration.objects.filter(type="maintenance").exists()
    assert [row["name"] for row in admin_api.get("integrations")["results"]] == ["Shop"]


def test_it_is_over_by_itself(world: World, admin_api: Api, path: str, at: Callable[[], None]) -> None:
    admin_api("POST", f"{path}/maintenance_start", {"mode": "maintenance", "duration": 3600})
    world.pass_time(m(60))
    at()
    assert shown(admin_api.get(path)) == (None, None, None)
