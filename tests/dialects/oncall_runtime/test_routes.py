"""Routes: their fields, their order, and the words of each refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert, Integration, Route
from oncall.models import EscalationChain, User
from tests import builders
from tests.conftest import World
from tests.dialects.oncall.conftest import Api
from tests.dialects.oncall_runtime.conftest import Monitor

CallAs = Callable[[User], Api]


@pytest.fixture
def chain(world: World) -> EscalationChain:
    return world.chain(world.alice)


@pytest.fixture
def door(world: World) -> Integration:
    return builders.integration()


@pytest.fixture
def post(admin_api: Api, door: Integration, chain: EscalationChain) -> Callable[..., Any]:
    """Make a route."""

    def make(expression: str, **more: Any) -> Any:
        ids = {"integration_id": f"C{door.public_id}", "escalation_chain_id": f"F{chain.public_id}"}
        return admin_api.post("routes", {**ids, "routing_regex": expression, **more})

    return make


def order(api: Api) -> list[tuple[str | None, int]]:
    return [(each["routing_regex"], each["position"]) for each in api.get("routes")["results"]]


def test_a_created_route_is_answered_in_full_and_read_back_alike(
    admin_api: Api, door: Integration, chain: EscalationChain, post: Callable[..., Any]
) -> None:
    made = post("disk", slack={"channel_id": "C1", "enabled": False})
    row = Route.objects.get(is_default=False)
    assert made == {
        "id": f"R{row.public_id}",
        "integration_id": f"C{door.public_id}",
        "escalation_chain_id": f"F{chain.public_id}",
        "routing_type": "regex",
        "routing_regex": "disk",
        "position": 0,
        "is_the_last_route": False,
        "slack": {"channel_id": "C1", "enabled": False},
        "telegram": {"id": None, "enabled": False},
    }
    assert admin_api.get(f"routes/{made['id']}") == made


def test_the_default_route_is_listed_last_and_has_no_expression(admin_api: Api, post: Callable[..., Any]) -> None:
    post("disk")
    listed = admin_api.get("routes")
    assert listed["page_size"] == 25
    assert [each["is_the_last_route"] for each in listed["results"]] == [False, True]
    assert listed["results"][1]["routing_regex"] is None


@pytest.mark.parametrize(
    ("more", "places"),
    [
        ({}, [("a", 0), ("b", 1), ("c", 2), ("new", 3)]),
        ({"position": -1}, [("a", 0), ("b", 1), ("c", 2), ("new", 3)]),
        ({"position": 1}, [("a", 0), ("new", 1), ("b", 2), ("c", 3)]),
        ({"position": 9}, [("a", 0), ("b", 1), ("c", 2), ("new", 9)]),
        ({"position": 1, "manual_order": True}, [("a", 0), ("new", 1), ("c", 2), ("b", 3)]),
    ],
)
def test_a_new_route_goes_where_it_is_told(
    admin_api: Api, post: Callable[..., Any], more: Any, places: list[tuple[str, int]]
) -> None:
    for expression in "abc":
        post(expression)
    post("new", **more)
    assert order(admin_api) == [*places, (None, 0)]


@pytest.mark.parametrize(
    ("more", "places"),
    [
        ({"position": 0}, [("c", 0), ("a", 1), ("b", 2)]),
        ({"position": 0, "manual_order": True}, [("c", 0), ("b", 1), ("a", 2)]),
        ({}, [("a", 0), ("b", 1), ("c", 2)]),
    ],
)
def test_a_route_moves_where_it_is_told(
    admin_api: Api, post: Callable[..., Any], more: Any, places: list[tuple[str, int]]
) -> None:
    moved = [post(expression) for expression in "abc"][-1]
    shown = admin_api.put(f"routes/{moved['id']}", more)
    assert order(admin_api) == [*places, (None, 0)]
    assert shown == admin_api.get(f"routes/{moved['id']}")


def test_integrations_have_orders_of_their_own(
    admin_api: Api, chain: EscalationChain, post: Callable[..., Any]
) -> None:
    post("a")
    other = builders.integration(name="other")
    ids = {"integration_id": f"C{other.public_id}", "escalation_chain_id": None}
    made = admin_api.post("routes", {**ids, "routing_regex": "b", "position": 0})
    assert (made["position"], made["escalation_chain_id"]) == (0, None)
    assert order(admin_api) == [("a", 0), (None, 0), ("b", 0), (None, 0)]


@pytest.mark.parametrize(
    ("more", "answer"),
    [
        ({"position": -2}, {"detail": "Invalid value for position field"}),
        ({"position": 2**31}, {"detail": "Invalid value for position field"}),
        ({"position": "x"}, {"position": ["A valid integer is required."]}),
        ({"routing_regex": "("}, {"non_field_errors": ["Regular expression is incorrect"]}),
        (
            {"routing_regex": "{{ a", "routing_type": "jinja2"},
            {"non_field_errors": ["Jinja template is incorrect"]},
        ),
        ({"routing_type": "labels"}, {"non_field_errors": ["Expression type is incorrect"]}),
        ({"routing_type": "x"}, {"detail": "Invalid route type"}),
        ({"routing_type": 7}, {"detail": "Invalid route type"}),
        ({"routing_regex": "x" * 1025}, {"routing_regex": ["Ensure this field has no more than 1024 characters."]}),
        ({"routing_regex": ""}, {"routing_regex": ["This field may not be blank."]}),
        ({"routing_regex": None}, {"routing_regex": ["This field may not be null."]}),
        ({"escalation_chain_id": "FX"}, {"escalation_chain_id": ["Object does not exist"]}),
        ({"integration_id": "CX"}, {"integration_id": ["Object does not exist"]}),
        ({"slack": "x"}, {"slack": {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]}}),
    ],
)
def test_values_that_cannot_be_used_are_refused(admin_api: Api, door: Integration, more: Any, answer: Any) -> None:
    ids = {"integration_id": f"C{door.public_id}", "escalation_chain_id": None, "routing_regex": "disk"}
    assert admin_api.refused("POST", "routes", {**ids, **more}) == answer
    assert Route.objects.count() == 1


@pytest.mark.parametrize("field", ["integration_id", "escalation_chain_id", "routing_regex"])
def test_what_a_route_needs_is_said(admin_api: Api, door: Integration, field: str) -> None:
    body = {"integration_id": f"C{door.public_id}", "escalation_chain_id": None, "routing_regex": "disk"}
    del body[field]
    assert admin_api.refused("POST", "routes", body) == {field: ["This field is required."]}


def test_a_change_leaves_alone_what_is_not_sent(admin_api: Api, post: Callable[..., Any]) -> None:
    made = post("disk", slack={"channel_id": "C1"})
    path = f"routes/{made['id']}"
    changed = admin_api.put(path, {"routing_type": "jinja2", "slack": {"enabled": False}})
    assert changed == {**made, "routing_type": "jinja2", "slack": {"channel_id": "C1", "enabled": False}}
    assert admin_api.put(path, {"escalation_chain_id": None}) == {**changed, "escalation_chain_id": None}


def test_the_expression_is_checked_in_the_type_that_it_gets(admin_api: Api, post: Callable[..., Any]) -> None:
    made = post("a{{")
    refusal = {"non_field_errors": ["Jinja template is incorrect"]}
    assert admin_api.refused("PUT", f"routes/{made['id']}", {"routing_type": "jinja2"}) == refusal


def test_a_route_stays_with_its_integration(admin_api: Api, post: Callable[..., Any]) -> None:
    made = post("disk")
    other = builders.integration(name="other")
    assert admin_api.put(f"routes/{made['id']}", {"integration_id": f"C{other.public_id}"}) == made


def test_of_the_default_route_only_chain_and_chats_change(
    admin_api: Api, post: Callable[..., Any], chain: EscalationChain
) -> None:
    post("disk")
    default = admin_api.get("routes")["results"][1]
    sent = {**default, "escalation_chain_id": f"F{chain.public_id}", "telegram": {"enabled": True}}
    changed = admin_api.put(f"routes/{default['id']}", sent)
    assert changed == {**sent, "telegram": {"id": None, "enabled": True}}
    forced = {"routing_regex": "x", "routing_type": "jinja2", "position": 0}
    assert admin_api.put(f"routes/{default['id']}", forced) == changed


def test_the_default_route_cannot_be_deleted_and_others_can(admin_api: Api, post: Callable[..., Any]) -> None:
    made = post("disk")
    default = admin_api.get("routes")["results"][1]
    text = {"detail": "Unable to delete default filter"}
    assert admin_api.refused("DELETE", f"routes/{default['id']}") == text
    assert admin_api("DELETE", f"routes/{made['id']}").status == 204
    assert order(admin_api) == [(None, 0)]


def test_routes_are_found_by_integration_and_expression(
    admin_api: Api, door: Integration, post: Callable[..., Any]
) -> None:
    post("disk")
    builders.integration(name="other")

    def found(query: str) -> list[str | None]:
        return [each["routing_regex"] for each in admin_api.get(f"routes?{query}")["results"]]

    assert found("") == ["disk", None, None]
    assert found(f"integration_id=C{door.public_id}") == ["disk", None]
    assert found("routing_regex=disk") == ["disk"]
    assert found("routing_regex=dis") == found("integration_id=CX") == []


def test_the_first_route_that_matches_gets_the_alert(
    admin_api: Api, door: Integration, post: Callable[..., Any]
) -> None:
    last = post("disk")
    first = post("{{ payload.title == 'disk' }}", routing_type="jinja2", position=0)
    monitor = Monitor(door, admin_api.client)
    for number, title in enumerate(("disk", "a disk", "net")):
        monitor({"title": title, "alert_uid": str(number)})
    default = admin_api.get("routes")["results"][2]
    shown = admin_api.get("alert_groups")["results"]
    assert [each["route_id"] for each in shown] == [default["id"], last["id"], first["id"]]
    assert Alert.objects.count() == 3


@pytest.mark.parametrize("role", ["viewer", "editor"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_only_an_admin_configures(call_as: CallAs, post: Callable[..., Any], role: str, method: str) -> None:
    made = post("disk")
    api = call_as(builders.person("vera", role=role))
    assert api.get(f"routes/{made['id']}") == made
    answer = api(method, "routes" if method == "POST" else f"routes/{made['id']}", {})
    assert (answer.status, answer.body) == (403, {"detail": "You do not have permission to perform this action."})


@pytest.mark.parametrize("count", [1, 50])
def test_a_list_costs_the_same_however_long_it_is(world: World, admin_api: Api, count: int) -> None:
    for number in range(count):
        builders.integration(name=f"{number}", to=world.chain(world.alice))
    with CaptureQueriesContext(connection) as queries:
        assert len(admin_api.get("routes?perpage=50")["results"]) == count
    assert len(queries) == 3  # the key, the count, the page
