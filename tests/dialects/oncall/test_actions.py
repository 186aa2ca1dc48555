from __future__ import annotations

from typing import Any

import pytest

from oncall.services import people
from tests.dialects.oncall.conftest import Api, envelope

MASK = "****************"


def test_an_action_is_a_webhook_in_other_words(api: Api) -> None:
    made = api.post("actions", {"name": "x", "url": "https://example.org/"})
    assert made == {
        "id": made["id"],
        "name": "x",
        "is_webhook_enabled": True,
        "team_id": None,
        "data": None,
        "user": None,
        "password": None,
        "authorization_header": None,
        "trigger_template": None,
        "headers": None,
        "url": "https://example.org/",
        "forward_whole_payload": True,
        "http_method": "POST",
        "trigger_type": "escalation",
        "integration_filter": None,
    }
    hook = api.get(f"webhooks/{made['id']}")
    assert (hook["name"], hook["username"], hook["forward_all"], hook["preset"]) == ("x", None, True, None)
    assert api.get("actions?name=x") == envelope(made)
    assert api.get("actions?name=y") == envelope()


def test_an_action_is_changed_and_deleted(api: Api) -> None:
    team = f"T{people.add_team('web').public_id}"
    made = api.post("actions", {"name": "x", "url": "https://example.org/", "user": "u", "password": "p"})
    sent = {"team_id": team, "user": "v", "forward_whole_payload": False, "trigger_type": "resolve"}
    assert api.put(f"actions/{made['id']}", sent) == {**made, **sent, "password": MASK}
    assert api.get(f"webhooks/{made['id']}")["team"] == team
    assert api.get(f"actions?team_id={team}")["count"] == 1
    assert api("DELETE", f"actions/{made['id']}").status == 204
    assert api("GET", f"webhooks/{made['id']}").status == 404


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"name": None}, {"name": ["This field may not be null."]}),
        ({"url": "{{"}, None),
        ({"trigger_type": "alarm"}, None),
        ({"team_id": "TNOSUCHTEAM12"}, {"team_id": ["Object does not exist"]}),
        ({"user": "x" * 101}, {"user": ["Ensure this field has no more than 100 characters."]}),
        ({"forward_whole_payload": "maybe"}, {"forward_whole_payload": ["Must be a valid boolean."]}),
    ],
)
def test_what_an_action_refuses(api: Api, fields: dict[str, Any], refusal: dict[str, Any] | None) -> None:
    body = api.refused("POST", "actions", {"name": "x", "url": "https://example.org/", **fields})
    assert refusal is None or body == refusal


def test_an_editor_makes_no_actions(editor_api: Api) -> None:
    assert editor_api("POST", "actions", {"name": "x", "url": "https://example.org/"}).status == 403
