"""Integrations: every field, what null means, and the words of each refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import services
from alerts.ingest import TYPES
from alerts.models import Integration, Route
from oncall.models import User
from tests import builders
from tests.conftest import World
from tests.dialects.oncall.conftest import Api, envelope
from tests.dialects.oncall_runtime.conftest import Monitor

CallAs = Callable[[User], Api]
NO_TEMPLATES = {
    "grouping_key": None,
    "resolve_signal": None,
    "acknowledge_signal": None,
    "source_link": None,
    "slack": {"title": None, "message": None, "image_url": None},
    "web": {"title": None, "message": None, "image_url": None},
    "telegram": {"title": None, "message": None, "image_url": None},
    "sms": {"title": None},
    "phone_call": {"title": None},
    "email": {"title": None, "message": None},
    "mobile_app": {"title": None, "message": None},
}


@pytest.fixture
def made(admin_api: Api) -> Any:
    return admin_api.post("integrations", {"name": "Prometheus", "type": "alertmanager"})


def test_a_created_integration_is_answered_in_full_and_read_back_alike(admin_api: Api, made: Any) -> None:
    row, route = Integration.objects.get(), Route.objects.get()
    assert made == {
        "id": f"C{row.public_id}",
        "name": "Prometheus",
        "description_short": None,
        "team_id": None,
        "link": f"https://tocsin.example.org/integrations/v1/alertmanager/{row.token}/",
        "inbound_email": None,
        "type": "alertmanager",
        "default_route": {
            "id": f"R{route.public_id}",
            "escalation_chain_id": None,
            "slack": {"channel_id": None, "enabled": True},
            "telegram": {"id": None, "enabled": False},
        },
        "templates": NO_TEMPLATES,
        "heartbeat": {"link": f"https://tocsin.example.org/integrations/v1/alertmanager/{row.token}/heartbeat/"},
        "maintenance_mode": None,
        "maintenance_started_at": None,
        "maintenance_end_at": None,
        "labels": [],
        "dynamic_labels": [],
    }
    assert len(row.token) == 25
    assert admin_api.get(f"integrations/{made['id']}") == made
    assert admin_api.get("integrations") == envelope(made)


def test_the_link_takes_alerts_at_once(admin_api: Api, made: Any) -> None:
    monitor = Monitor(Integration.objects.get(), admin_api.client)
    path = made["link"].removeprefix("https://tocsin.example.org")
    assert monitor({"groupKey": "k", "status": "firing", "alerts": []}, path=path).status == 200


def test_everything_can_be_given_at_creation(world: World, admin_api: Api) -> None:
    team, chain = builders.team("web"), world.chain(world.alice)
    body = {
        "name": "Shop",
        "type": "webhook",
        "description_short": "The shop's own",
        "team_id": f"T{team.public_id}",
        "templates": {"grouping_key": "{{ payload.id }}", "web": {"title": "{{ payload.t }}"}},
        "default_route": {"escalation_chain_id": f"F{chain.public_id}", "slack": {"channel_id": "C1"}},
    }
    shown = admin_api.post("integrations", body)
    assert (shown["description_short"], shown["team_id"]) == ("The shop's own", f"T{team.public_id}")
    assert shown["default_route"]["escalation_chain_id"] == f"F{chain.public_id}"
    assert shown["default_route"]["slack"] == {"channel_id": "C1", "enabled": True}
    assert shown["templates"]["grouping_key"] == "{{ payload.id }}"
    assert shown["templates"]["web"] == {"title": "{{ payload.t }}", "message": None, "image_url": None}
    assert Integration.objects.get().templates == {"grouping_key": "{{ payload.id }}", "web_title": "{{ payload.t }}"}


def test_an_integration_without_a_name_gets_a_free_one(admin_api: Api) -> None:
    names = [admin_api.post("integrations", {"type": "webhook"})["name"] for _ in range(12)]
    assert names[0] == "Webhook :bell:"
    assert names[-2:] == ["Webhook 11", "Webhook 12"]
    assert len(set(names)) == 12


@pytest.mark.parametrize("type", ["alertmanager", "grafana_alerting", "webhook", "formatted_webhook"])
def test_each_type_can_be_made(admin_api: Api, type: str) -> None:
    assert admin_api.post("integrations", {"type": type})["type"] == type


@pytest.mark.parametrize(
    ("type", "text"),
    [
        ("nothing", "Invalid integration type"),
        ("", "Invalid integration type"),
        (7, "Invalid integration type"),
        ([], "Invalid integration type"),
        ("maintenance", "Invalid integration type"),
        ("legacy_alertmanager", "This integration type is deprecated"),
        ("direct_paging", "Direct paging integrations can't be created"),
    ],
)
def test_other_types_are_refused(admin_api: Api, type: Any, text: str) -> None:
    assert admin_api.refused("POST", "integrations", {"type": type}) == {"detail": text}


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({}, {"type": ["This field is required."]}),
        ({"type": "webhook", "name": ""}, {"name": ["This field may not be blank."]}),
        ({"type": "webhook", "name": None}, {"name": ["This field may not be null."]}),
        (
            {"type": "webhook", "name": "x" * 201},
            {"name": ["Ensure this field has no more than 200 characters."]},
        ),
        (
            {"type": "webhook", "description_short": "x" * 251},
            {"description_short": ["Ensure this field has no more than 250 characters."]},
        ),
        ({"type": "webhook", "team_id": "TX"}, {"team_id": ["Object does not exist"]}),
        (
            {"type": "webhook", "default_route": {"escalation_chain_id": "FX"}},
            {"default_route": {"escalation_chain_id": ["Object does not exist"]}},
        ),
    ],
)
def test_values_that_cannot_be_used_are_refused(admin_api: Api, body: Any, answer: Any) -> None:
    assert admin_api.refused("POST", "integrations", body) == answer
    assert not Integration.objects.exists()


TAKEN = {"detail": "An integration with this name already exists for this team"}


def test_a_name_is_unique_within_its_team(admin_api: Api, made: Any) -> None:
    body = {"name": "Prometheus", "type": "webhook"}
    assert admin_api.refused("POST", "integrations", body) == TAKEN
    team = f"T{builders.team('web').public_id}"
    in_team = admin_api.post("integrations", body | {"team_id": team})
    assert admin_api.refused("POST", "integrations", body | {"team_id": team}) == TAKEN
    assert admin_api.refused("PUT", f"integrations/{in_team['id']}", {"team_id": None}) == TAKEN
    other = admin_api.post("integrations", body | {"name": "Other"})
    assert admin_api.refused("PATCH", f"integrations/{other['id']}", {"name": "Prometheus"}) == TAKEN
    assert admin_api.put(f"integrations/{made['id']}", {"name": "Prometheus"})["name"] == "Prometheus"


def test_the_name_of_a_deleted_integration_is_free(admin_api: Api, made: Any) -> None:
    assert admin_api("DELETE", f"integrations/{made['id']}").status == 204
    assert admin_api.post("integrations", {"name": "Prometheus", "type": "webhook"})["id"] != made["id"]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_leaves_alone_what_is_not_sent(world: World, admin_api: Api, made: Any, method: str) -> None:
    chain = f"F{world.chain(world.alice).public_id}"
    path = f"integrations/{made['id']}"
    admin_api.put(path, {"description_short": "kept", "default_route": {"escalation_chain_id": chain}})
    answer = admin_api(method, path, {"name": "New", "type": "webhook", "default_route": {"telegram": {"id": "7"}}})
    assert answer.status == 200
    route = {**made["default_route"], "escalation_chain_id": chain, "telegram": {"id": "7", "enabled": False}}
    assert answer.body == {**made, "name": "New", "description_short": "kept", "default_route": route}
    assert admin_api.get(path) == answer.body


def test_null_takes_a_template_back_to_the_default(admin_api: Api, made: Any) -> None:
    path = f"integrations/{made['id']}"

    def put(templates: Any) -> Any:
        return admin_api.put(path, {"templates": templates})["templates"]

    slack = {"title": "a", "message": "b"}
    assert put({"grouping_key": "k", "slack": slack, "sms": {"title": "c"}})["slack"] == {**slack, "image_url": None}
    assert put({"slack": {"title": None}})["slack"] == {"title": None, "message": "b", "image_url": None}
    assert put({"slack": None})["slack"] == NO_TEMPLATES["slack"]
    assert put({})["grouping_key"] == "k"
    assert put({"grouping_key": None})["sms"] == {"title": "c"}
    assert put(None) == NO_TEMPLATES
    assert Integration.objects.get().templates == {}


@pytest.mark.parametrize(
    ("templates", "text"),
    [
        ({"grouping_key": "{{ a"}, "Invalid grouping_key template data"),
        ({"resolve_signal": "{% if %}"}, "Invalid resolve_signal template data"),
        ({"grouping_key": 7}, "Invalid grouping_key template data"),
        ({"slack": {"title": "{{ a"}}, "invalid slack title template"),
        ({"phone_call": {"title": "{% x %}"}}, "invalid phone_call title template"),
        ({"sms": {"message": "a"}}, "Invalid template data"),
        ({"pigeon": {"title": "a"}}, "Invalid template data"),
        ({"slack": "a"}, "Invalid template data"),
        ([], "Invalid template data"),
        ("a", "Invalid template data"),
    ],
)
def test_a_broken_template_is_refused_in_its_own_words(admin_api: Api, made: Any, templates: Any, text: str) -> None:
    path = f"integrations/{made['id']}"
    assert admin_api.refused("PUT", path, {"name": "New", "templates": templates}) == {"detail": text}
    assert admin_api.get(path) == made


def test_a_template_decides_what_an_alert_is_called(admin_api: Api, made: Any) -> None:
    admin_api.put(f"integrations/{made['id']}", {"templates": {"web": {"title": "{{ payload.x }}!"}}})
    monitor = Monitor(Integration.objects.get(), admin_api.client)
    monitor({"x": "Fire", "status": "firing", "alerts": []})
    assert admin_api.get("alert_groups")["results"][0]["title"] == "Fire!"


def test_a_deleted_integration_is_gone_from_the_api(admin_api: Api, made: Any) -> None:
    path = f"integrations/{made['id']}"
    assert (admin_api("DELETE", path).status, admin_api("DELETE", path).status) == (204, 404)
    assert admin_api("GET", path).body == {"detail": "Not found."}
    assert admin_api.get("integrations") == envelope()
    assert admin_api.get("routes") == envelope(size=25)


def test_the_direct_paging_integration_is_shown_and_stays(world: World, admin_api: Api) -> None:
    services.direct_paging(now=world.now)
    shown = admin_api.get("integrations")["results"][0]
    assert (shown["type"], shown["link"]) == ("direct_paging", None)
    text = "Direct paging integrations can't be deleted"
    assert admin_api.refused("DELETE", f"integrations/{shown['id']}") == {"detail": text}


def test_integrations_are_found_by_name_and_team_in_the_order_of_their_creation(admin_api: Api) -> None:
    team = f"T{builders.team('web').public_id}"
    for name, owner in (("b", None), ("a", None), ("a", team)):
        admin_api.post("integrations", {"type": "webhook", "name": name, "team_id": owner})

    def found(query: str) -> list[tuple[str, str | None]]:
        return [(each["name"], each["team_id"]) for each in admin_api.get(f"integrations?{query}")["results"]]

    assert found("") == [("b", None), ("a", None), ("a", team)]
    assert found("name=a") == [("a", None), ("a", team)]
    assert found("name=A") == []
    assert found(f"team_id={team}") == [("a", team)]
    assert found("team_id=null&name=a") == [("a", None)]


@pytest.mark.parametrize("role", ["viewer", "editor"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_only_an_admin_configures(call_as: CallAs, made: Any, role: str, method: str) -> None:
    api = call_as(builders.person("vera", role=role))
    assert api.get(f"integrations/{made['id']}")["name"] == made["name"]
    answer = api(method, "integrations" if method == "POST" else f"integrations/{made['id']}", {"type": "webhook"})
    assert (answer.status, answer.body) == (403, {"detail": "You do not have permission to perform this action."})


@pytest.mark.parametrize("count", [1, 50])
def test_a_list_costs_the_same_however_long_it_is(world: World, admin_api: Api, count: int) -> None:
    for number in range(count):
        chain = world.chain(world.alice)
        builders.integration(name=f"{number}", to=chain, team=builders.team(f"team-{number}"))
    with CaptureQueriesContext(connection) as queries:
        assert len(admin_api.get("integrations")["results"]) == count
    assert len(queries) == 5  # the key, the count, the page, the default routes, the maintenances


def test_a_viewer_sees_no_address(world: World, call_as: CallAs, admin_api: Api, made: Any, settings: Any) -> None:
    settings.TOCSIN_INBOUND_EMAIL_DOMAIN = "alerts.example.org"
    mail = admin_api.post("integrations", {"type": "inbound_email"})
    looking = call_as(builders.person("vera", role="viewer"))
    secrets = {"link": None, "inbound_email": None, "heartbeat": None}
    assert looking.get(f"integrations/{made['id']}") == made | secrets
    assert looking.get("integrations")["results"] == [made | secrets, mail | secrets]


def test_every_kind_of_monitor_is_offered(admin_api: Api) -> None:
    for slug, kind in TYPES.items():
        if not kind.is_internal:
            assert admin_api.post("integrations", {"type": slug})["type"] == slug
