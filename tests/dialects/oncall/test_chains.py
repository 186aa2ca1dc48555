from __future__ import annotations

from typing import Any

import pytest

from alerts.models import Integration, Route
from oncall.models import EscalationChain, EscalationPolicy
from oncall.services import people, policies
from tests.dialects.oncall.conftest import NOW, Api, envelope

TWICE = {"non_field_errors": ["The fields organization, name must make a unique set."]}


def test_a_chain_is_made_read_changed_and_deleted(api: Api) -> None:
    team = f"T{people.add_team('web').public_id}"
    chain = api.post("escalation_chains/", {"name": "example-chain", "team_id": team, "color": "red"})
    assert chain == {"id": chain["id"], "name": "example-chain", "team_id": team}
    assert chain["id"].startswith("F")
    assert len(chain["id"]) == 13
    assert api.get(f"escalation_chains/{chain['id']}") == chain
    assert api.put(f"escalation_chains/{chain['id']}/", {"name": "new"}) == {**chain, "name": "new"}
    answer = api("PATCH", f"escalation_chains/{chain['id']}", {"team_id": None})
    assert (answer.status, answer.body) == (200, {**chain, "name": "new", "team_id": None})
    assert api("DELETE", f"escalation_chains/{chain['id']}").status == 204
    assert api("GET", f"escalation_chains/{chain['id']}").status == 404
    assert api("DELETE", f"escalation_chains/{chain['id']}").status == 404


@pytest.mark.parametrize("nothing", ["", None, "null"])
def test_no_team_has_three_spellings(api: Api, nothing: Any) -> None:
    assert api.post("escalation_chains", {"name": "x", "team_id": nothing})["team_id"] is None


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({}, {"name": ["This field is required."]}),
        ({"name": None}, {"name": ["This field may not be null."]}),
        ({"name": " "}, {"name": ["This field may not be blank."]}),
        ({"name": "x" * 101}, {"name": ["Ensure this field has no more than 100 characters."]}),
        ({"name": "a\x00b"}, {"name": ["Null characters are not allowed."]}),
        ({"name": "x", "team_id": "TNOSUCHTEAM12"}, {"team_id": ["Object does not exist"]}),
        ({"name": "x", "team_id": 7}, {"team_id": ["Object does not exist"]}),
        ({"name": "x", "team_id": []}, {"team_id": ["Object does not exist"]}),
    ],
)
def test_what_a_chain_refuses(api: Api, body: dict[str, Any], refusal: dict[str, Any]) -> None:
    assert api.refused("POST", "escalation_chains/", body) == refusal
    assert not EscalationChain.objects.exists()


def test_put_wants_the_name_and_patch_does_not(api: Api) -> None:
    chain = api.post("escalation_chains", {"name": "x"})
    path = f"escalation_chains/{chain['id']}"
    assert api.refused("PUT", path, {"team_id": ""}) == {"name": ["This field is required."]}
    assert api("PATCH", path, {}).body == chain


def test_a_name_belongs_to_one_chain(api: Api) -> None:
    api.post("escalation_chains", {"name": "one"})
    two = api.post("escalation_chains", {"name": "two"})
    assert api.refused("POST", "escalation_chains", {"name": "one"}) == TWICE
    for method in ("PUT", "PATCH"):
        assert api.refused(method, f"escalation_chains/{two['id']}", {"name": "one"}) == TWICE
        assert api.put(f"escalation_chains/{two['id']}", {"name": "two"}) == two


def test_chains_are_found_by_exact_name_and_by_team(api: Api) -> None:
    team = f"T{people.add_team('web').public_id}"
    one = api.post("escalation_chains", {"name": "one", "team_id": team})
    two = api.post("escalation_chains", {"name": "One"})
    for query, found in [
        ("name=one", [one]),
        ("name=on", []),
        ("name=", []),
        ("name=one%20", []),
        (f"team_id={team}", [one]),
        ("team_id=null", [two]),
        ("team_id=", [one, two]),
        ("name=One&team_id=null", [two]),
        ("unknown=1", [one, two]),
    ]:
        assert api.get(f"escalation_chains?{query}") == envelope(*found), query
    assert api.refused("GET", "escalation_chains?team_id=TNOSUCHTEAM12") == {
        "team_id": ["Select a valid choice. That choice is not one of the available choices."]
    }


def test_a_deleted_chain_takes_its_policies_along_and_leaves_its_routes_without_one(api: Api) -> None:
    chain = EscalationChain.objects.create(name="x")
    policies.create_policy(chain, type="wait", values={})
    integration = Integration.objects.create(name="i", type="webhook", created_at=NOW)
    route = Route.objects.create(integration=integration, chain=chain, is_default=True)
    assert api("DELETE", f"escalation_chains/F{chain.public_id}").status == 204
    assert not EscalationPolicy.objects.exists()
    route.refresh_from_db()
    assert route.chain is None
