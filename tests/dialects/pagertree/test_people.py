"""`/team`, `/user`, `/schedule`, `/event`, `/account` (spec/pagertree Part B)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oncall.models import Team
from tests import builders
from tests.conftest import World, m
from tests.dialects.pagertree.conftest import T0, Api

DAY = 86_400


@pytest.fixture
def crew(alice: Api, bob: Api) -> Callable[..., Any]:
    """Make a team of Alice and Bob; return it."""

    def make(**fields: Any) -> Any:
        body = {"name": "Crew", "admin_ids": [alice.id], "member_user_ids": [alice.id, bob.id]} | fields
        answer = alice("POST", "/team", body)
        assert answer.status == 200, answer
        return answer.body

    return make


def test_a_team_is_made_with_a_schedule_read_changed_and_deleted(
    alice: Api, bob: Api, carol: Api, crew: Callable[..., Any]
) -> None:
    made = crew()
    assert (made["admin_ids"], made["member_user_ids"]) == ([alice.id], [alice.id, bob.id])
    assert made["schedule_id"].startswith("skd_")
    assert made["preferences"] == {
        "drop_notifications": "none",
        "handoff_notifications": "none",
        "drop_notification_user_ids": [],
        "handoff_notification_user_ids": [],
    }
    path = f"/team/{made['id']}"
    assert bob.get(path) == made
    told = {"drop_notifications": "specific_users", "drop_notification_user_ids": [carol.id]}
    changed = alice("PUT", path, {"preferences": told, "member_user_ids": [carol.id]}).body
    assert changed["preferences"] == made["preferences"] | told
    assert (changed["member_user_ids"], changed["name"]) == ([carol.id], "Crew")
    assert alice.get(f"/team?member_user_ids={carol.id}")["total_count"] == 1
    assert alice.get(f"/team?member_user_ids={bob.id}")["total_count"] == 0
    bob.refused(403, "PUT", path, {"name": "x"})
    alice.refused(409, "POST", "/team", {"name": "Crew", "admin_ids": [alice.id], "member_user_ids": [alice.id]})
    assert alice("DELETE", path).status == 204
    alice.refused(404, "GET", path)


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ({}, 3),
        ({"name": "x", "admin_ids": [], "member_user_ids": []}, 2),
        ({"name": "x", "admin_ids": ["usr_NO"], "member_user_ids": ["usr_NO"]}, 2),
    ],
)
def test_a_team_needs_a_name_admins_and_members(alice: Api, body: Any, count: int) -> None:
    assert len(alice.refused(400, "POST", "/team", body)) == count


@pytest.mark.parametrize(
    "preferences", [{"drop_notifications": "everybody"}, {"drop_notification_user_ids": ["usr_NO"]}, []]
)
def test_preferences_that_there_are_not_are_refused(alice: Api, crew: Callable[..., Any], preferences: Any) -> None:
    alice.refused(400, "PUT", f"/team/{crew()['id']}", {"preferences": preferences})


def test_a_team_has_a_router_and_stakeholders(alice: Api, bob: Api, crew: Callable[..., Any]) -> None:
    router = alice("POST", "/router", {"name": "R", "default_receiver": bob.id}).body["id"]
    group = alice("POST", "/stakeholder", {"name": "S", "user_ids": [bob.id]}).body["id"]
    made = crew(router_id=router, stakeholder_ids=[group])
    assert (made["router_id"], made["stakeholder_ids"]) == (router, [group])
    assert alice.create(made["id"])["stakeholder_ids"] == [group]
    assert alice("PUT", f"/team/{made['id']}", {"router_id": None}).body["router_id"] is None


def test_who_is_on_call_now_is_a_bare_array(world: World, alice: Api, bob: Api, crew: Callable[..., Any]) -> None:
    made = crew()
    assert alice.get(f"/team/{made['id']}/current-oncall") == []
    team = Team.objects.get(public_id=made["id"][4:])
    team.schedule = builders.always_on_call("days", world.bob)
    team.save()
    assert alice.get(f"/team/{made['id']}/current-oncall") == [
        {
            "schedule_id": [f"skd_{team.schedule.public_id}"],
            "attendees": [bob.id],
            "layer": 1,
            "start": T0 - 9 * 3600,
            "end": T0 + 15 * 3600,
            "timezone": "UTC",
        }
    ]


def test_the_members_of_a_team_are_a_paged_list(alice: Api, bob: Api, crew: Callable[..., Any]) -> None:
    listed = alice.get(f"/team/{crew()['id']}/members?limit=1&sort=tinyId")
    assert ([row["id"] for row in listed["data"]], listed["has_more"], listed["total_count"]) == ([alice.id], True, 2)


def test_a_person_is_shown_without_any_secret(alice: Api, bob: Api) -> None:
    shown = alice.get(f"/user/{bob.id}")
    assert shown["emails"] == [{"email": "bob@example.org", "verified": True, "blocked": False}]
    assert shown["roles"] == {"admin": False, "broadcast": False, "admin_billing": False}
    assert (shown["name"], shown["preferences"]) == ("bob", {"timezone": "UTC"})
    assert "password" not in json.dumps(shown)
    assert alice.get("/user?email=BOB&ops=email:beginsWith")["data"] == [shown]


def test_people_change_themselves_and_admins_everybody(alice: Api, bob: Api, carol: Api) -> None:
    mine = bob("PUT", f"/user/{bob.id}", {"name": "Robert", "preferences": {"timezone": "Europe/Paris"}}).body
    assert (mine["name"], mine["preferences"]) == ("Robert", {"timezone": "Europe/Paris"})
    bob.refused(403, "PUT", f"/user/{carol.id}", {"name": "x"})
    bob.refused(403, "PUT", f"/user/{bob.id}", {"roles": {"admin": True}})
    bob.refused(400, "PUT", f"/user/{bob.id}", {"preferences": {"timezone": "Mars/Base"}})
    bob.refused(400, "PUT", f"/user/{bob.id}", {"emails": [{"email": "new@example.org"}]})
    assert alice("PUT", f"/user/{bob.id}", {"roles": {"admin": True}}).body["roles"]["admin"] is True


def test_an_admin_makes_removes_and_places_people(alice: Api, bob: Api, crew: Callable[..., Any]) -> None:
    made = alice("POST", "/user", {"name": "Dan", "emails": [{"email": "dan@example.org"}]}).body
    assert (made["name"], made["emails"][0]["email"], made["roles"]["admin"]) == ("Dan", "dan@example.org", False)
    team = crew()["id"]
    assert alice("POST", f"/user/{made['id']}/add-to-teams", {"team_ids": [team]}).status == 200
    assert made["id"] in alice.get(f"/team/{team}")["member_user_ids"]
    alice.refused(409, "POST", "/user", {"name": "Dan", "emails": ["DAN@example.org"]})
    alice.refused(400, "POST", "/user", {"name": "Dan", "emails": ["nonsense"]})
    bob.refused(403, "POST", "/user", {"name": "x", "emails": ["x@example.org"]})
    bob.refused(403, "DELETE", f"/user/{made['id']}")
    alice.refused(409, "DELETE", f"/user/{alice.id}")
    assert alice("DELETE", f"/user/{made['id']}").status == 204
    alice.refused(404, "GET", f"/user/{made['id']}")


def test_a_schedule_shows_a_window_and_is_flushed(world: World, alice: Api, bob: Api) -> None:
    made = alice("POST", "/schedule", {"name": "Empty"}).body
    assert (made["name"], made["type"], made["repeat"], made["rules"]) == ("Empty", "on_call", 0, [])
    full = builders.always_on_call("days", world.bob)
    path = f"/schedule/skd_{full.public_id}"
    for method in ("GET", "POST"):
        window = alice(method, f"{path}/window-events?start={T0}&end={T0 + DAY}").body
        assert [(row["start"], row["end"], row["attendees"]) for row in window["data"]] == [
            (T0, T0 + 15 * 3600, [bob.id]),
            (T0 + 15 * 3600, T0 + DAY, [bob.id]),
        ]
    for query in ("", f"start={T0}", f"start={T0}&end={T0}", f"start={T0}&end={T0 + 93 * DAY}", "start=x&end=y"):
        alice.refused(400, "GET", f"{path}/window-events?{query}")
    (event,) = alice.get("/event")["data"]
    assert (event["schedule_id"], event["attendees"], event["repeat"]) == ([path[10:]], [bob.id], True)
    assert event["end"] - event["start"] == DAY
    assert alice.get(f"/event/{event['id']}") == event
    bob.refused(403, "DELETE", f"{path}/flush")
    assert alice("DELETE", f"{path}/flush").status == 200
    assert alice.get("/event")["total_count"] == 0
    assert alice("PUT", path, {"name": "Nights"}).body["name"] == "Nights"
    assert alice("DELETE", path).status == 204


def test_the_account_is_the_installation(alice: Api, bob: Api, sid: str) -> None:
    shown = bob.get(f"/account/{sid}")
    assert (shown["id"], shown["sid"], shown["name"]) == (sid, sid, "Tocsin")
    assert alice("PUT", f"/account/{sid}", {"name": "Acme"}).body["name"] == "Acme"
    bob.refused(403, "PUT", f"/account/{sid}", {"name": "x"})
    alice.refused(404, "GET", "/account/acc_OTHER")


def test_lists_cost_the_same_however_long_they_are(world: World, alice: Api, crew: Callable[..., Any]) -> None:
    for number in range(3):
        crew(name=f"Crew {number}")
        builders.always_on_call(f"s{number}", world.bob)
        world.now += m(1)

    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            alice.get(path)
        return len(queries)

    for path in ("/team", "/user", "/schedule", "/event", "/log", "/integration"):
        assert cost(f"{path}?limit=1") == cost(f"{path}?limit=100"), path
