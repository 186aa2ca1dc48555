"""Labels: an integration's own and those read out of payloads, on alerts, in filters and in routes."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.models import AlertLabel, Integration
from tests import builders
from tests.conftest import World
from tests.dialects.oncall.conftest import Api
from tests.dialects.oncall_runtime.conftest import group_id


def pair(key: str, value: str) -> dict[str, Any]:
    return {"key": {"id": key, "name": key}, "value": {"id": value, "name": value}}


@pytest.fixture
def door(world: World) -> Integration:
    fixed, read = {"team": "web", "env": "?"}, {"env": "{{ payload.env }}", "host": "{{ payload.host }}"}
    return builders.integration(to=world.chain(world.alice), labels=fixed, dynamic_labels=read)


def test_a_new_alert_has_its_integration_s_labels_and_those_of_its_payload(
    world: World, editor: Api, door: Integration
) -> None:
    alert = world.fire(door, env="prod", host="web1")
    found = editor.get(f"alert_groups/{group_id(alert)}")["labels"]
    assert found == [pair("env", "prod"), pair("host", "web1"), pair("team", "web")]


@pytest.mark.parametrize("value", ["", "None", "NONE", "x" * 201])
def test_a_value_that_says_nothing_drops_its_label(world: World, editor: Api, door: Integration, value: str) -> None:
    alert = world.fire(door, env=value, host="web1")
    assert editor.get(f"alert_groups/{group_id(alert)}")["labels"] == [pair("host", "web1"), pair("team", "web")]


def test_a_template_that_fails_drops_its_label_and_not_the_alert(world: World, door: Integration) -> None:
    door.dynamic_labels = {"env": "{{ payload.a.b.c }}"}
    assert [str(label) for label in world.fire(door).labels.all()] == ["team:web"]


def test_an_alert_has_fifteen_labels_at_most_in_the_order_of_their_keys(world: World, door: Integration) -> None:
    door.labels = {f"k{number:02}": "v" for number in range(20)}
    world.fire(door, env="prod")
    assert AlertLabel.objects.count() == 15
    assert list(AlertLabel.objects.values_list("key", flat=True))[:3] == ["env", "k00", "k01"]


def test_labels_are_computed_from_the_first_event_alone(world: World, door: Integration) -> None:
    alert = world.fire(door, env="prod")
    world.fire(door, env="test")
    assert [str(label) for label in alert.labels.all()] == ["env:prod", "team:web"]


def test_alert_groups_are_found_by_all_of_their_labels(world: World, editor: Api, door: Integration) -> None:
    prod = world.fire(door, alert_uid="1", env="prod", host="a:b")
    test = world.fire(door, alert_uid="2", env="test")

    def found(query: str) -> list[str]:
        return [each["id"] for each in editor.get(f"alert_groups?{query}")["results"]]

    assert found("label=team:web") == [group_id(test), group_id(prod)]
    assert found("label=team:web&label=env:prod") == [group_id(prod)]
    assert found("label=env:prod&label=env:test") == []
    assert found("label=env") == found("label=a:b:c") == [group_id(test), group_id(prod)]


def test_routes_and_titles_see_the_labels(world: World, door: Integration) -> None:
    door.routes.create(type="jinja2", expression="{{ labels.env == 'prod' }}", chain=world.chain(world.bob), position=0)
    door.templates = {"web_title": "{{ labels.env }}: {{ payload.title }}"}
    alert = world.fire(door, env="prod")
    world.settle()
    assert alert.title == "prod: Disk is full"
    assert [name for _, name in world.asked] == ["bob"]


def test_labels_are_set_and_read_as_clients_write_them(admin_api: Api) -> None:
    labels = [{"key": {"name": "team"}, "value": {"name": "web"}}]
    dynamic = [{"key": {"name": "env"}, "value": {"name": "{{ payload.env }}"}}]
    made = admin_api.post("integrations", {"type": "webhook", "labels": labels, "dynamic_labels": dynamic})
    assert made["labels"] == [pair("team", "web")]
    assert made["dynamic_labels"] == [pair("env", "{{ payload.env }}")]
    kept = admin_api.put(f"integrations/{made['id']}", {"name": "x"})
    assert kept["labels"] == made["labels"]
    assert admin_api.put(f"integrations/{made['id']}", {"labels": []})["labels"] == []


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("labels", "x"),
        ("labels", ["x"]),
        ("labels", [{"key": {"name": "a"}}]),
        ("labels", [{"key": {"name": ""}, "value": {"name": "b"}}]),
        ("labels", [{"key": {"name": "a"}, "value": {"name": "b" * 201}}]),
        ("labels", [{"key": {"name": str(n)}, "value": {"name": "b"}} for n in range(16)]),
        ("dynamic_labels", [{"key": {"name": "a"}, "value": {"name": "{{ b"}}]),
    ],
)
def test_what_is_no_label_is_refused_on_its_field(admin_api: Api, field: str, sent: Any) -> None:
    assert list(admin_api.refused("POST", "integrations", {"type": "webhook", field: sent})) == [field]
