from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oncall.models import NotificationRule, User
from tests.dialects.oncall.conftest import Api, envelope

PATH = "personal_notification_rules/"


@pytest.fixture
def alice(person: Callable[..., User]) -> str:
    """Return the id of somebody without rules."""
    user = person("alice")
    user.notification_rules.all().delete()
    return f"U{user.public_id}"


def test_a_wait_is_answered_with_its_duration_and_a_notification_without(editor_api: Api, alice: str) -> None:
    wait = editor_api.post(PATH, {"user_id": alice, "type": "wait", "duration": 300, "important": False})
    assert wait == {
        "id": wait["id"],
        "position": 0,
        "user_id": alice,
        "type": "wait",
        "duration": 300,
        "important": False,
    }
    assert wait["id"].startswith("N")
    mail = editor_api.post(PATH, {"user_id": alice, "type": "notify_by_email"})
    assert mail == {"id": mail["id"], "position": 1, "user_id": alice, "type": "notify_by_email", "important": False}
    assert editor_api.get(f"{PATH}{wait['id']}") == wait
    assert editor_api.get(f"{PATH}?user_id={alice}") == envelope(wait, mail)


@pytest.mark.parametrize("kind", [kind for kind in NotificationRule.Kind.values if kind != "wait"])
def test_every_way_to_notify_is_kept(api: Api, alice: str, kind: str) -> None:
    made = api.post(PATH, {"user_id": alice, "type": kind, "important": True})
    assert made == {"id": made["id"], "position": 0, "user_id": alice, "type": kind, "important": True}


def test_a_wait_lasts_five_minutes_unless_it_says_so(api: Api, alice: str) -> None:
    assert api.post(PATH, {"user_id": alice, "type": "wait"})["duration"] == 300
    for duration in (60, 600, "3600", 86400):
        sent = {"user_id": alice, "type": "wait", "duration": duration}
        assert api.post(PATH, sent)["duration"] == int(duration)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"type": None, "user_id": "U1"}, {"detail": "User does not exist"}),
        ({"user_id": 7}, {"detail": "User does not exist"}),
        ({"type": "ring"}, {"type": "Invalid type"}),
        ({"type": ["wait"]}, {"type": "Invalid type"}),
        ({"duration": 59}, {"duration": ['"0:00:59" is not a valid choice.']}),
        ({"duration": 90000}, {"duration": ['"1 day, 1:00:00" is not a valid choice.']}),
        ({"duration": "soon"}, {"detail": "Invalid duration format"}),
        ({"duration": None}, {"detail": "Invalid duration format"}),
        ({"duration": 1e300}, {"detail": "Invalid duration format"}),
        ({"type": "notify_by_sms", "duration": 60}, {"duration": "Duration can't be set"}),
        ({"important": "maybe"}, {"important": ["Must be a valid boolean."]}),
        ({"position": -2}, {"detail": "Invalid value for position field"}),
        ({"position": "x"}, {"position": ["A valid integer is required."]}),
    ],
)
def test_what_a_rule_refuses(api: Api, alice: str, fields: dict[str, Any], refusal: dict[str, Any]) -> None:
    assert api.refused("POST", PATH, {"user_id": alice, "type": "wait", **fields}) == refusal
    assert not NotificationRule.objects.filter(user__username="alice").exists()


def test_a_rule_needs_a_person_and_a_type(api: Api, alice: str) -> None:
    assert api.refused("POST", PATH, {"type": "wait"}) == {"user_id": ["This field is required."]}
    assert api.refused("POST", PATH, {"user_id": alice}) == {"type": "Type is required"}


def test_an_update_changes_what_it_names_but_neither_person_nor_importance(api: Api, admin: User, alice: str) -> None:
    rule = api.post(PATH, {"user_id": alice, "type": "wait", "duration": 60})
    path = f"{PATH}{rule['id']}"
    assert api.put(path, {"important": True, "user_id": f"U{admin.public_id}"}) == rule
    assert api.put(path, {"duration": 900}) == {**rule, "duration": 900}
    assert api.put(path, {"type": "wait"}) == {**rule, "duration": 900}
    mail = api.put(path, {"type": "notify_by_email"})
    assert mail == {"id": rule["id"], "position": 0, "user_id": alice, "type": "notify_by_email", "important": False}
    assert api.refused("PUT", path, {"duration": 60}) == {"duration": "Duration can't be set"}
    assert api("PATCH", path, {"type": "wait"}).body == {**rule, "duration": 300}
    assert api("DELETE", path).status == 204
    assert api("GET", path).status == 404


def test_each_importance_is_a_list_of_its_own(api: Api, alice: str) -> None:
    kinds = ["wait", "notify_by_sms", "notify_by_email"]
    rules = [
        api.post(PATH, {"user_id": alice, "type": kind, "important": important})
        for kind in kinds
        for important in (True, False)
    ]
    assert [rule["position"] for rule in rules] == [0, 0, 1, 1, 2, 2]
    api.put(f"{PATH}{rules[4]['id']}", {"position": 0})
    first = api.post(PATH, {"user_id": alice, "type": "notify_by_slack", "important": True, "position": 0})
    swapped = api.put(f"{PATH}{first['id']}", {"position": 3, "manual_order": True})
    assert swapped["position"] == 3
    listed = api.get(f"{PATH}?user_id={alice}")["results"]
    assert [(rule["important"], rule["position"], rule["type"]) for rule in listed] == [
        (False, 0, "wait"),
        (False, 1, "notify_by_sms"),
        (False, 2, "notify_by_email"),
        (True, 0, "notify_by_sms"),
        (True, 1, "notify_by_email"),
        (True, 2, "wait"),
        (True, 3, "notify_by_slack"),
    ]


def test_rules_are_found_by_person_and_importance(api: Api, admin: User, alice: str) -> None:
    api.post(PATH, {"user_id": alice, "type": "wait", "important": True})
    owner = f"U{admin.public_id}"
    for query, found in [
        ("", [(owner, False), (owner, True), (alice, True)]),
        (f"user_id={alice}", [(alice, True)]),
        ("important=true", [(owner, True), (alice, True)]),
        ("important=false", [(owner, False)]),
        (f"user_id={alice}&important=False", []),
    ]:
        assert [(row["user_id"], row["important"]) for row in api.get(f"{PATH}?{query}")["results"]] == found
    assert api.refused("GET", f"{PATH}?user_id=UNOBODY") == {"detail": "User not found."}
    assert api.refused("GET", f"{PATH}?important=maybe") == {"detail": "Important is not bool"}
