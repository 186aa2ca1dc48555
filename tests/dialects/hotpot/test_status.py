"""What becomes of a request, and everything that can be wrong with it: told afterwards, all of it at once."""

from __future__ import annotations

import re
from typing import Any

import pytest

from alerts.models import Alert
from oncall.models import User
from paging import pages
from paging.models import Page
from tests import builders
from tests.conftest import World
from tests.dialects.hotpot.conftest import Api

BLANK = ["title can't be blank", "text can't be blank", "recipient can't be blank"]


def process_all(world: World) -> None:
    for pk in Page.objects.filter(outcome="pending").values_list("pk", flat=True):
        pages.process(pk, now=world.now)


def test_a_request_is_pending_then_accepted(api: Api, world: World) -> None:
    request_id = api.queue("person", title="a", text="b", recipient="bob@example.org")
    pending = api.status(request_id)
    assert pending == {
        "message_request_id": request_id,
        "status": "pending",
        "status_message": "Waiting to be processed",
        "errors": [],
        "message_id": None,
    }
    process_all(world)
    accepted = api.status(request_id)
    assert list(accepted) == ["message_request_id", "status", "status_message", "errors", "message_id"]
    assert re.fullmatch(r"page_[0-9a-hjkmnp-tv-z]{26}", accepted["message_id"])
    assert accepted | {"message_id": None} == pending | {
        "status": "accepted",
        "status_message": "Page queued for delivery!",
    }


def test_accepted_stays_accepted_with_the_same_id(api: Api, world: World) -> None:
    request_id = api.page("person", recipient="bob@example.org")
    before = api.status(request_id)
    world.act("acknowledge", api.alert(request_id), world.bob)
    world.act("resolve", api.alert(request_id), world.bob)
    assert api.status(request_id) == before


@pytest.mark.parametrize("payload", ["[]", '"x"', "null", "1", "true", "[1]", "0.5", "9" * 5000])
def test_json_that_is_no_object_is_queued_and_fails(api: Api, world: World, payload: str) -> None:
    answer = api.send("POST", "/page/person", payload.encode())
    assert answer.status == 200
    process_all(world)
    assert api.status(answer.body["hotpot_request_id"])["errors"] == ["The body must be a JSON object"]


@pytest.mark.parametrize("kind", ["person", "team"])
def test_an_empty_object_fails_with_three_errors(api: Api, kind: str) -> None:
    assert api.errors(kind) == BLANK


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"title": " ", "text": "\t", "recipient": ""}, BLANK),
        ({"title": None, "text": None, "recipient": None}, BLANK),
        ({"title": 5}, ["title must be a string"]),
        ({"text": {"a": 1}}, ["text must be a string"]),
        ({"recipient": ["bob@example.org"]}, ["recipient must be a string"]),
        ({"title": "x" * 256}, ["title is too long (maximum is 255 characters)"]),
        ({"text": "x" * (64 * 1024 + 1)}, ["text is too long (maximum is 65536 bytes)"]),
        ({"recipient": "nobody@example.com"}, ["No user found with email nobody@example.com"]),
        ({"urgency": "urgent"}, ["urgency must be one of low, medium, high"]),
        ({"urgency": 1}, ["urgency must be one of low, medium, high"]),
        ({"urgency": ""}, ["urgency must be one of low, medium, high"]),
        ({"source_url": "nope"}, ["source_url is not a valid URL"]),
        ({"source_url": "javascript:alert(1)"}, ["source_url is not a valid URL"]),
        ({"source_url": 7}, ["source_url is not a valid URL"]),
        (
            {"title": "", "urgency": "x", "source_url": "x", "recipient": "ghost@example.org"},
            [
                "title can't be blank",
                "urgency must be one of low, medium, high",
                "source_url is not a valid URL",
                "No user found with email ghost@example.org",
            ],
        ),
    ],
)
def test_each_problem_is_told_afterwards_and_all_at_once(api: Api, fields: Any, errors: list[str]) -> None:
    body = {"title": "a", "text": "b", "recipient": "bob@example.org"} | fields
    assert sorted(api.errors("person", **body)) == sorted(errors)
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "x" * 255},
        {"text": "x" * 64 * 1024},
        {"urgency": None, "source_url": None},
        {"urgency": "HIGH", "source_url": "https://grafana.example.org/d/1?a=b#c"},
        {"source_url": ""},
        {"recipient": "  BOB@Example.org "},
        {"nonsense": [1, {"a": 2}], "id": 10**400},
    ],
)
def test_what_is_at_the_limit_or_unknown_is_accepted(api: Api, fields: Any) -> None:
    assert api.status(api.page("person", **{"recipient": "bob@example.org"} | fields))["status"] == "accepted"


def test_the_optional_fields_reach_the_alert(api: Api) -> None:
    text = "Ünïcode 🥪 " + "x" * 10_000
    url = "https://example.org/sandwich"
    alert = api.alert(api.page("person", recipient="bob@example.org", text=text, urgency="high", source_url=url))
    assert (alert.title, alert.description, alert.urgency, alert.source_url) == ("Jammed", text, "high", url)
    assert (alert.subtype, alert.source_user) == ("page", api.user)
    assert api.alert(api.page("person", recipient="bob@example.org")).urgency == "medium"


def test_of_a_key_that_comes_twice_the_last_wins(api: Api, world: World) -> None:
    raw = b'{"title": "first", "title": "last", "text": "b", "recipient": "bob@example.org"}'
    request_id = api.send("POST", "/page/person", raw).body["hotpot_request_id"]
    process_all(world)
    assert api.alert(request_id).title == "last"


def test_characters_that_a_database_cannot_keep_are_replaced(api: Api, world: World) -> None:
    raw = rb'{"title": "a\u0000b\ud800", "text": "b", "recipient": "bob@example.org"}'
    request_id = api.send("POST", "/page/person", raw).body["hotpot_request_id"]
    process_all(world)
    assert api.alert(request_id).title == "a\ufffdb\ufffd"


def test_the_same_body_twice_is_two_pages(api: Api) -> None:
    first, second = (api.page("person", recipient="bob@example.org") for _ in range(2))
    assert first != second
    assert api.alert(first) != api.alert(second)


def test_people_who_left_or_only_read_cannot_be_paged(api: Api, world: World) -> None:
    User.objects.filter(pk=world.bob.pk).update(is_active=False)
    builders.person("vera", role="viewer")
    body = {"title": "a", "text": "b"}
    assert api.errors("person", **body, recipient="bob@example.org") == ["No user found with email bob@example.org"]
    assert api.errors("person", **body, recipient="vera@example.org") == [
        "vera@example.org may not be paged: a viewer only reads"
    ]


def test_a_team_that_nobody_can_be_found_for_fails_with_the_reason(api: Api) -> None:
    builders.team("bare")
    builders.team("empty", schedule=builders.always_on_call("empty"))
    body = {"title": "a", "text": "b"}
    assert api.errors("team", **body, recipient="nope") == ["No team found with slug nope"]
    assert api.errors("team", **body, recipient="bare") == ["Team bare has no schedule and no escalation chain"]
    assert api.errors("team", **body, recipient="empty") == ["Team empty has nobody on call"]
    assert not Alert.objects.exists()


def test_a_chain_that_asks_nobody_fails_and_leaves_no_alert(api: Api, world: World) -> None:
    chain = world.chain(builders.always_on_call("empty"))
    team = builders.team("ops", escalation_chain=chain)
    body = {"title": "a", "text": "b", "recipient": "ops"}
    assert api.errors("team", **body) == ["Team ops has nobody on call"]
    assert not Alert.objects.exists()
    team.backstop = world.carol
    team.save(update_fields=["backstop"])
    alert = api.alert(api.page("team", recipient="ops"))
    assert (world.asked, alert.team) == ([(world.now - world.start, "carol")], team)
