from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.models import Integration
from oncall.models import EscalationChain, EscalationPolicy, Webhook
from oncall.services import people, policies
from tests.dialects.oncall.conftest import NOW, Api, envelope

PATH = "webhooks/"
MINIMAL = {"name": "hook", "url": "https://example.org/{{ alert_group_id }}", "http_method": "POST"}
MINIMAL = {**MINIMAL, "trigger_type": "escalation"}
UNSET = {
    "is_webhook_enabled": True,
    "team": None,
    "data": None,
    "username": None,
    "password": None,
    "authorization_header": None,
    "trigger_template": None,
    "headers": None,
    "forward_all": True,
    "integration_filter": None,
    "preset": None,
}
MASK = "****************"
TWICE = {"non_field_errors": ["The fields name, organization must make a unique set."]}
METHODS = "Must be one of ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']"
TRIGGERS = (
    "trigger_type must one of ['escalation', 'alert group created', 'acknowledge', 'resolve', 'silence', 'unsilence',"
    " 'unresolve', 'unacknowledge', 'status change', 'personal notification']"
)


def make_integration(name: str = "i", **fields: Any) -> str:
    made = Integration.objects.create(name=name, type="webhook", created_at=NOW, **fields)
    return f"C{made.public_id}"


def test_a_webhook_of_the_least_fields_is_answered_whole(api: Api) -> None:
    hook = api.post(PATH, MINIMAL)
    assert hook == {"id": hook["id"], **MINIMAL, **UNSET}
    assert hook["id"].startswith("WH")
    assert len(hook["id"]) == 14
    assert api.get(f"{PATH}{hook['id']}") == hook
    assert api.get("webhooks") == envelope(hook)


def test_a_webhook_with_every_field_comes_back_as_sent_with_its_secrets_masked(api: Api) -> None:
    sent = {
        "name": "all",
        "is_webhook_enabled": False,
        "team": f"T{people.add_team('web').public_id}",
        "url": "https://example.org/",
        "http_method": "PUT",
        "trigger_type": "status change",
        "trigger_template": "{{ alert_payload.a == 'b' }}",
        "headers": '{"X-A": "{{ event.type }}"}',
        "data": "{{ alert_payload | tojson }} \n",
        "username": "u",
        "password": "p",
        "authorization_header": "Bearer x",
        "forward_all": False,
        "integration_filter": [make_integration()],
        "preset": "advanced_webhook",
    }
    hook = api.post(PATH, sent)
    assert hook == {"id": hook["id"], **sent, "password": MASK, "authorization_header": MASK}
    row = Webhook.objects.get()
    assert (row.password, row.authorization_header) == ("p", "Bearer x")


def test_what_was_answered_may_be_sent_back(api: Api) -> None:
    hook = api.post(PATH, {**MINIMAL, "password": "p", "authorization_header": "Bearer x"})
    assert api.put(f"{PATH}{hook['id']}", hook) == hook
    row = Webhook.objects.get()
    assert (row.password, row.authorization_header) == ("p", "Bearer x")
    changed = api.put(f"{PATH}{hook['id']}", {"password": "q", "authorization_header": ""})
    assert changed == {**hook, "authorization_header": None}
    assert Webhook.objects.get().password == "q"


def test_a_mask_that_hides_nothing_is_nothing(api: Api) -> None:
    hook = api.post(PATH, {**MINIMAL, "password": MASK, "authorization_header": MASK})
    assert (hook["password"], hook["authorization_header"]) == (None, None)


def test_an_update_keeps_what_it_does_not_name(api: Api) -> None:
    team = f"T{people.add_team('web').public_id}"
    hook = api.post(PATH, {**MINIMAL, "team": team, "integration_filter": [make_integration()]})
    path = f"{PATH}{hook['id']}"
    assert api.put(path, {"name": "new"}) == {**hook, "name": "new"}
    assert api("PATCH", path, {"is_webhook_enabled": False}).body == {
        **hook,
        "name": "new",
        "is_webhook_enabled": False,
    }
    nothings: tuple[Any, ...] = (None, [])
    for nothing in nothings:
        api.put(path, {"integration_filter": hook["integration_filter"]})
        assert api.put(path, {"integration_filter": nothing})["integration_filter"] is None
    assert api.put(path, {"team": ""})["team"] is None


@pytest.mark.parametrize("field", ["trigger_template", "headers", "data", "username", "password", "preset"])
def test_the_empty_text_is_null(api: Api, field: str) -> None:
    assert api.post(PATH, {**MINIMAL, field: ""})[field] is None


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_every_verb_is_kept(api: Api, method: str) -> None:
    assert api.post(PATH, {**MINIMAL, "http_method": method})["http_method"] == method


@pytest.mark.parametrize("trigger", Webhook.Trigger.values)
def test_every_trigger_is_kept(api: Api, trigger: str) -> None:
    assert api.post(PATH, {**MINIMAL, "trigger_type": trigger})["trigger_type"] == trigger


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"name": "x" * 101}, {"name": ["Ensure this field has no more than 100 characters."]}),
        ({"url": ""}, {"url": ["This field may not be blank."]}),
        ({"url": None}, {"url": ["This field may not be null."]}),
        ({"http_method": "HEAD"}, {"http_method": [METHODS]}),
        ({"http_method": ["POST"]}, {"http_method": [METHODS]}),
        ({"trigger_type": "incident declared"}, {"detail": TRIGGERS}),
        ({"trigger_type": {}}, {"detail": TRIGGERS}),
        ({"trigger_type": None}, {"trigger_type": ["This field may not be null."]}),
        ({"username": "x" * 101}, {"username": ["Ensure this field has no more than 100 characters."]}),
        ({"password": "x" * 1001}, {"password": ["Ensure this field has no more than 1000 characters."]}),
        (
            {"authorization_header": "x" * 2001},
            {"authorization_header": ["Ensure this field has no more than 2000 characters."]},
        ),
        ({"team": "TNOBODY"}, {"team": ["Object does not exist"]}),
        ({"forward_all": "maybe"}, {"forward_all": ["Must be a valid boolean."]}),
        ({"integration_filter": "CX"}, {"integration_filter": ['Expected a list of items but got type "str".']}),
        (
            {"integration_filter": ["CNOBODY", 7]},
            {"integration_filter": ["Integration does not exist {'CNOBODY', '7'}"]},
        ),
        ({"preset": "pagerduty"}, {"preset": ["Preset webhooks must be modified through web UI"]}),
        ({"preset": ["x"]}, {"preset": ["Preset webhooks must be modified through web UI"]}),
    ],
)
def test_what_a_webhook_refuses(api: Api, fields: dict[str, Any], refusal: dict[str, Any]) -> None:
    assert api.refused("POST", PATH, {**MINIMAL, **fields}) == refusal
    assert not Webhook.objects.exists()


def test_name_address_verb_and_trigger_are_required(api: Api) -> None:
    required = ["This field is required."]
    assert api.refused("POST", PATH, {}) == dict.fromkeys(MINIMAL, required)


@pytest.mark.parametrize("field", ["url", "trigger_template", "headers", "data"])
@pytest.mark.parametrize("text", ["{{ unclosed", "{% if %}", "x" * 50_001])
def test_a_template_that_cannot_be_compiled_is_refused(api: Api, field: str, text: str) -> None:
    refusal = api.refused("POST", PATH, {**MINIMAL, field: text})
    assert list(refusal) == [field]
    assert refusal[field][0].startswith("Template Error: ")
    assert api.post(PATH, {**MINIMAL, field: "{{ nowhere.to.be.found }}"})


def test_the_simple_preset_decides_verb_trigger_and_body(api: Api) -> None:
    sent = {"name": "simple", "url": "https://example.org/", "preset": "simple_webhook"}
    hook = api.post(PATH, {**sent, "forward_all": False})
    assert hook == {"id": hook["id"], **MINIMAL, **UNSET, **sent}
    assert api.put(f"{PATH}{hook['id']}", {"http_method": "GET", "trigger_type": "resolve"}) == hook


def test_a_name_belongs_to_one_webhook_until_it_is_deleted(api: Api) -> None:
    hook = api.post(PATH, MINIMAL)
    assert api.refused("POST", PATH, MINIMAL) == TWICE
    other = api.post(PATH, {**MINIMAL, "name": "other"})
    assert api.refused("PUT", f"{PATH}{other['id']}", {"name": "hook"}) == TWICE
    assert api("DELETE", f"{PATH}{hook['id']}").status == 204
    assert api.put(f"{PATH}{other['id']}", {"name": "hook"})["name"] == "hook"


def test_a_deleted_webhook_is_gone_and_policies_have_none(api: Api, time_machine: Any) -> None:
    time_machine.move_to(datetime(2030, 1, 7, 10, tzinfo=UTC), tick=False)
    hook = api.post(PATH, MINIMAL)
    row = Webhook.objects.get()
    policies.create_policy(EscalationChain.objects.create(name="x"), type="trigger_webhook", values={"webhook": row})
    assert api("DELETE", f"{PATH}{hook['id']}").status == 204
    assert api("GET", f"{PATH}{hook['id']}").status == 404
    assert api.get(PATH) == envelope()
    assert EscalationPolicy.objects.get().webhook is None
    row.refresh_from_db()
    assert row.deleted_at == datetime(2030, 1, 7, 10, tzinfo=UTC)


def test_webhooks_are_found_by_exact_name_and_by_team(api: Api) -> None:
    team = f"T{people.add_team('web').public_id}"
    one = api.post(PATH, {**MINIMAL, "name": "one", "team": team})
    two = api.post(PATH, {**MINIMAL, "name": "two"})
    for query, found in [("name=one", [one]), ("name=o", []), (f"team_id={team}", [one]), ("team_id=null", [two])]:
        assert api.get(f"webhooks?{query}") == envelope(*found)
