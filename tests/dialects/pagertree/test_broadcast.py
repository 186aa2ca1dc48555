"""Broadcasts and their answers, `/broadcast`, `/incident`, mass actions and logs (spec/pagertree A9, A13, Part B)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from alerts.models import Alert
from tests import builders
from tests.conftest import World, m
from tests.dialects.pagertree.conftest import T0, Api


@pytest.fixture
def crew(world: World) -> str:
    return f"tem_{builders.team('crew', world.alice, world.bob).public_id}"


@pytest.fixture
def lunch(alice: Api, crew: str) -> Callable[..., Any]:
    """Ask the crew whether they come; return the broadcast."""

    def ask(**fields: Any) -> Any:
        asked = {"subtype": "broadcast", "response_requested": True, "responses": ["Yes", "No", "Late"]}
        return alice.create(crew, **(asked | fields))

    return ask


def test_everybody_answers_and_the_last_answer_counts(
    world: World, alice: Api, bob: Api, lunch: Callable[..., Any]
) -> None:
    sent = lunch()
    assert (sent["status"], sent["responses_recorded"]) == ("open", {})
    first = bob.act("respond", sent, {"value": 1})
    assert first["responses_recorded"] == {bob.id: {"user_id": bob.id, "value": 1, "recorded": T0}}
    world.now += m(1)
    alice.act("respond", sent, {"value": 2})
    again = bob.act("respond", sent, {"value": 0})
    assert again["responses_recorded"] == {
        alice.id: {"user_id": alice.id, "value": 2, "recorded": T0 + 60},
        bob.id: {"user_id": bob.id, "value": 0, "recorded": T0 + 60},
    }
    assert again["status"] == "open"
    lines = [row["content"] for row in bob.get(f"/log?owner_id={sent['id']}&sort=tinyId")["data"]]
    assert [line for line in lines if "Responded" in line] == [
        "Responded: bob: No",
        "Responded: alice: Late",
        "Responded: bob: Yes",
    ]


@pytest.mark.parametrize("body", [{"value": 3}, {"value": -1}, {"value": "0"}, {"value": True}, {"value": 0.0}, {}])
def test_an_answer_that_there_is_not_is_refused(bob: Api, lunch: Callable[..., Any], body: Any) -> None:
    sent = lunch()
    bob.refused(400, "POST", f"/alert/{sent['id']}/respond", body)
    assert bob.get(f"/alert/{sent['id']}")["responses_recorded"] == {}


def test_who_was_not_asked_does_not_answer(carol: Api, lunch: Callable[..., Any]) -> None:
    carol.refused(403, "POST", f"/alert/{lunch()['id']}/respond", {"value": 0})


def test_what_asks_for_no_answer_takes_none(alice: Api, lunch: Callable[..., Any], ops: str) -> None:
    for alert in (alice.create(ops), lunch(response_requested=False)):
        alice.refused(409, "POST", f"/alert/{alert['id']}/respond", {"value": 0})


def test_an_answer_is_taken_until_the_deadlines_very_second(world: World, bob: Api, lunch: Callable[..., Any]) -> None:
    sent = lunch(meta={"response_requested_by": T0 + 900})
    world.now += m(15)
    assert bob.act("respond", sent, {"value": 0})["responses_recorded"][bob.id]["recorded"] == T0 + 900
    world.now += timedelta(seconds=1)
    bob.refused(409, "POST", f"/alert/{sent['id']}/respond", {"value": 1})


def test_a_broadcast_that_was_taken_still_takes_answers_and_a_resolved_one_does_not(
    alice: Api, bob: Api, lunch: Callable[..., Any]
) -> None:
    sent = lunch()
    alice.act("acknowledge", sent)
    assert bob.act("respond", sent, {"value": 0})["responses_recorded"][bob.id]["value"] == 0
    alice.act("resolve", sent)
    bob.refused(409, "POST", f"/alert/{sent['id']}/respond", {"value": 1})


def test_broadcast_is_the_alert_under_another_address(alice: Api, bob: Api, crew: str, ops: str) -> None:
    body = {"title": "Fire drill", "destination_ids": [crew], "subtype": "alert"}
    sent = alice("POST", "/broadcast", body).body
    assert sent["subtype"] == "broadcast"
    assert alice.get(f"/broadcast/{sent['id']}") == alice.get(f"/alert/{sent['id']}") == sent
    other = alice.create(ops)
    assert [row["id"] for row in alice.get("/broadcast")["data"]] == [sent["id"]]
    alice.refused(404, "GET", f"/broadcast/{other['id']}")
    alice.refused(404, "DELETE", f"/broadcast/{other['id']}")
    alice.refused(405, "PUT", f"/broadcast/{sent['id']}", {"title": "x"})
    bob.refused(403, "POST", "/broadcast", body)
    assert alice("DELETE", f"/broadcast/{sent['id']}").status == 204


def test_incident_is_every_alert_that_is_flagged_as_one(alice: Api, ops: str) -> None:
    plain = alice.create(ops, title="a", meta={"k": 1})
    alice.refused(404, "GET", f"/incident/{plain['id']}")
    severe = {"incident": True, "incident_severity": "sev-2", "incident_message": "join"}
    flagged = alice.put(plain, {"meta": severe})
    assert flagged["meta"] == {"k": 1} | severe | {"incident_severity": "SEV-2"}
    made = alice("POST", "/incident", {"title": "b", "destination_ids": [ops], "meta": {"x": 1}}).body
    assert made["meta"] == {"x": 1, "incident": True}
    assert [row["id"] for row in alice.get("/incident")["data"]] == [made["id"], plain["id"]]
    assert alice.ids("meta.incident=true") == [made["id"], plain["id"]]
    taken = alice("POST", f"/incident/{made['id']}/acknowledge").body
    assert taken["status"] == "acknowledged"
    calmed = alice("PUT", f"/incident/{made['id']}", {"meta": {"incident": False}})
    assert (calmed.status, calmed.body["meta"]["incident"]) == (200, False)
    alice.refused(404, "GET", f"/incident/{made['id']}")


def test_the_logs_of_an_incident_are_a_paged_list(alice: Api, ops: str) -> None:
    made = alice("POST", "/incident", {"title": "b", "destination_ids": [ops]}).body
    alice.act("acknowledge", made)
    listed = alice.get(f"/incident/{made['id']}/logs?sort=tinyId&limit=2")
    assert (len(listed["data"]), listed["has_more"]) == (2, True)
    first = listed["data"][0]
    assert first["id"] == f"log_{first['tinyId']:011d}"
    assert (first["content"], first["owner_id"], first["source_id"]) == ("Alert registered", made["id"], alice.id)
    assert alice.get(f"/log/{first['id']}") == first
    assert alice.get(f"/log?id={first['id']}")["total_count"] == 1


@pytest.mark.parametrize(
    "name", ["log_0", "log_1", "log_000000000000", "log_\uff190000000009", "alt_00000000001", "log_x"]
)
def test_an_id_that_no_line_has_is_a_404(alice: Api, ops: str, name: str) -> None:
    alice.create(ops)
    alice.refused(404, "GET", f"/log/{name}")


def test_people_write_into_an_alerts_log(alice: Api, bob: Api, ops: str) -> None:
    alert = alice.create(ops)
    line = bob("POST", "/log", {"content": "I am on it", "owner_id": alert["id"], "source_id": alice.id}).body
    assert (line["content"], line["source_id"], line["type"], line["level"]) == ("I am on it", bob.id, "log", 2)
    newest = bob.get(f"/log?owner_id={alert['id']}&limit=1")["data"]
    assert newest == [line]
    assert bob.get(f"/log?source_id={bob.id}")["data"] == [line]
    bob.refused(400, "POST", "/log", {"owner_id": "alt_NONE"})
    bob.refused(405, "DELETE", f"/log/{line['id']}")


def test_many_alerts_are_moved_each_by_its_own_rules(alice: Api, bob: Api, ops: str) -> None:
    one, two, done = alice.create(ops), alice.create(ops), alice.create(ops)
    alice.act("acknowledge", done)
    ids = [one["id"], done["id"], "alt_NONE", "nonsense", two["id"]]
    answer = bob("POST", "/alert/mass-action", {"type": "acknowledge", "alert_ids": ids})
    assert answer.status == 200
    assert [(row["id"], row["ok"]) for row in answer.body] == [
        (one["id"], True),
        (done["id"], False),
        ("alt_NONE", False),
        ("nonsense", False),
        (two["id"], True),
    ]
    assert answer.body[1]["error"].startswith("alert must be in status")
    assert bob.get(f"/alert/{one['id']}")["acknowledgedby"] == bob.id
    gone = alice("POST", "/alert/mass-action", {"type": "delete", "alert_ids": [one["id"], one["id"]]}).body
    assert [row["ok"] for row in gone] == [True, False]
    assert Alert.objects.count() == 2


@pytest.mark.parametrize("body", [{}, {"type": "explode", "alert_ids": []}, {"type": "delete"}, {"alert_ids": []}])
def test_a_mass_action_says_what_is_missing(alice: Api, body: Any) -> None:
    alice.refused(400, "POST", "/alert/mass-action", body)


def test_a_viewer_reads_and_does_nothing_else(world: World, alice: Api, ops: str) -> None:
    eve = Api(world, builders.person("eve", role="viewer"))
    alert = alice.create(ops)
    eve.refused(403, "POST", "/alert/mass-action", {"type": "delete", "alert_ids": [alert["id"]]})
    eve.refused(403, "POST", "/log", {"content": "x", "owner_id": alert["id"]})
    eve.refused(403, "POST", f"/alert/{alert['id']}/respond", {"value": 0})
    assert eve.get(f"/log?owner_id={alert['id']}")["total_count"] > 0


def test_an_alert_of_a_monitor_names_the_line_it_came_by(world: World, alice: Api, ops: str) -> None:
    by_hand, by_monitor = alice.create(ops), world.alert(world.alice)
    shown = alice.get(f"/alert/alt_{by_monitor.public_id}")
    line = alice.get(f"/log/{shown['s_log_id']}")
    assert (line["owner_id"], line["subtype"]) == (shown["id"], "INCOMING")
    assert alice.ids(f"s_log_id={shown['s_log_id']}") == [shown["id"]]
    assert alice.ids("s_log_id=") == [by_hand["id"]]
    assert alice.ids("s_log_id=log_nonsense") == []
