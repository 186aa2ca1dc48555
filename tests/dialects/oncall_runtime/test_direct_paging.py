"""`POST /escalation`: people or a team, a new alert or one there is, and every refusal."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.models import Alert, Assignment, Event
from tests import builders
from tests.conftest import World
from tests.dialects.oncall.conftest import Answer, Api
from tests.dialects.oncall_runtime.conftest import group_id


def page(api: Api, **body: Any) -> Answer:
    return api("POST", "escalation/", body)


def user(person: Any, *, important: bool = False) -> dict[str, Any]:
    return {"id": f"U{person.public_id}", "important": important}


def asked() -> list[tuple[str, bool]]:
    return list(Assignment.objects.order_by("pk").values_list("user__username", "important"))


def test_people_are_paged_with_a_new_alert_group(world: World, editor: Api) -> None:
    answer = page(editor, users=[user(world.alice), user(world.carol, important=True)], title="Help <me>", message="?")
    alert = Alert.objects.get()
    assert answer.status == 200
    assert answer.body == editor.get(f"alert_groups/{group_id(alert)}")
    oncall = answer.body["last_alert"]["payload"]["oncall"]
    assert len(oncall.pop("uid")) == 12
    assert oncall == {
        "title": "Help <me>",
        "message": "?",
        "author_username": "bob",
        "permalink": alert.console_url,
        "important": True,
    }
    assert (answer.body["title"], answer.body["state"], answer.body["alerts_count"]) == ("Help <me>", "firing", 1)
    assert asked() == [("alice", False), ("carol", True)]


def test_without_a_title_it_says_who_pages_whom(world: World, editor: Api) -> None:
    answer = page(editor, users=[user(world.alice), user(world.carol)], team=None)
    assert answer.body["title"] == "bob is paging alice, carol to join escalation"


def test_a_team_is_paged_by_its_plan_under_its_own_direct_paging_integration(world: World, editor: Api) -> None:
    team = builders.team("web", escalation_chain=world.chain([world.alice, world.carol]))
    answer = page(editor, team=f"T{team.public_id}", important_team_escalation=True, title="Help")
    alert = Alert.objects.get()
    assert answer.body["team_id"] == f"T{team.public_id}"
    assert (alert.integration.type, alert.integration.team) == ("direct_paging", team)
    assert asked() == [("alice", True), ("carol", True)]


def test_people_are_paged_onto_an_acknowledged_alert_group(world: World, editor: Api) -> None:
    alert = world.fire(builders.integration())
    world.act("acknowledge", alert)
    answer = page(editor, users=[user(world.carol)], alert_group_id=group_id(alert))
    assert (answer.status, answer.body["id"], answer.body["state"]) == (200, group_id(alert), "acknowledged")
    assert asked() == [("carol", False)]


NOBODY = {"detail": "No team or user(s) specified"}


@pytest.mark.parametrize("body", [{}, {"users": []}, {"users": [], "team": None, "title": "x"}])
def test_somebody_has_to_be_named(editor: Api, body: dict[str, Any]) -> None:
    assert editor.refused("POST", "escalation", body) == NOBODY


def test_users_and_team_exclude_each_other(world: World, editor: Api) -> None:
    team = builders.team("web", world.bob)
    body = {"users": [user(world.alice)], "team": f"T{team.public_id}"}
    refused = editor.refused("POST", "escalation", body)
    assert refused == {"non_field_errors": ["users and team are mutually exclusive"]}
    assert not Alert.objects.exists()


@pytest.mark.parametrize("word", ["title", "message", "source_url"])
def test_an_alert_group_and_words_exclude_each_other(world: World, editor: Api, word: str) -> None:
    alert = world.fire(builders.integration())
    body = {"users": [user(world.alice)], "alert_group_id": group_id(alert), word: "https://example.org/"}
    text = "alert_group_id and (title, message, source_url) are mutually exclusive"
    assert editor.refused("POST", "escalation", body) == {"non_field_errors": [text]}


def test_an_unknown_alert_group_is_named(world: World, editor: Api) -> None:
    refused = editor.refused("POST", "escalation", {"users": [user(world.alice)], "alert_group_id": "IXYZ"})
    assert refused == {"non_field_errors": ["Alert group IXYZ does not exist"]}


def test_an_unknown_user_is_named(world: World, editor: Api) -> None:
    refused = editor.refused("POST", "escalation", {"users": [{"id": "UXYZ", "important": False}]})
    assert refused == {"users": [{"non_field_errors": ["User UXYZ does not exist"]}]}


def test_importance_is_said_for_each_person(world: World, editor: Api) -> None:
    refused = editor.refused("POST", "escalation", {"users": [{"id": f"U{world.alice.public_id}"}]})
    assert refused == {"users": [{"important": ["This field is required."]}]}


def test_a_resolved_alert_group_is_refused(world: World, editor: Api) -> None:
    alert = world.fire(builders.integration())
    world.act("resolve", alert)
    refused = editor.refused("POST", "escalation", {"users": [user(world.alice)], "alert_group_id": group_id(alert)})
    assert refused == {"detail": "Cannot add responders for a resolved alert group"}


def test_a_viewer_pages_nobody(world: World, call_as: Any) -> None:
    viewer = builders.person("vera", role="viewer")
    assert page(call_as(viewer), users=[user(world.alice)]).status == 403
    assert not Event.objects.exists()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_pages_can_only_be_sent(editor: Api, method: str) -> None:
    assert editor(method, "escalation").status == 405
