"""The life of an alert through the PagerTree API, as somebody would probe it who holds nothing but the contract."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert, LogEntry
from tests import builders
from tests.conftest import World, m
from tests.dialects.pagertree.conftest import KEYS, T0, Api

NULLS = (
    *("acknowledged", "acknowledgedby", "resolved", "resolvedby", "archived", "archivedby", "parent_id"),
    *("thirdparty_id", "livecall", "s_log_id", "d_user_id", "description"),
)


def test_a_new_alert_has_every_key_in_order_and_the_defaults(alice: Api, ops: str, sid: str) -> None:
    made = alice.create(ops)
    assert list(made) == KEYS
    assert re.fullmatch("alt_[0-9A-Za-z_-]{7,14}", made["id"])
    assert re.fullmatch("acc_[0-9A-Za-z_-]{7,14}", made["sid"])
    assert made == dict.fromkeys(NULLS) | {
        "sid": sid,
        "id": made["id"],
        "createdAt": "2030-01-07T09:00:00.000Z",
        "updatedAt": "2030-01-07T09:00:00.000Z",
        "meta": {},
        "tinyId": Alert.objects.get().pk,
        "destination_ids": [ops],
        "title": "Hello World",
        "type": "alert",
        "subtype": "alert",
        "status": "open",
        "urgency": "medium",
        "d_team_id": ops,
        "created": T0,
        "source_id": alice.id,
        "response_requested": False,
        "responses": [],
        "responses_recorded": {},
        "tags": [],
        "additional_data": [],
        "stakeholder_ids": [],
        "handoffs": [],
    }
    assert alice.get(f"/alert/{made['id']}") == made


def test_numbers_grow_from_alert_to_alert(alice: Api, ops: str) -> None:
    assert alice.create(ops)["tinyId"] < alice.create(ops)["tinyId"]


def test_both_clocks_show_the_same_instant(alice: Api, ops: str, world: World) -> None:
    world.now += timedelta(seconds=3, microseconds=987_654)
    made = alice.create(ops)
    assert (made["createdAt"], made["created"]) == ("2030-01-07T09:00:03.987Z", T0 + 3)


def test_taken_resolved_and_archived_by_three_people(alice: Api, bob: Api, carol: Api, ops: str, world: World) -> None:
    made = alice.create(ops)
    world.now += m(1)
    taken = bob.act("acknowledge", made)
    at = {"updatedAt": "2030-01-07T09:01:00.000Z", "acknowledged": T0 + 60, "acknowledgedby": bob.id}
    assert taken == made | at | {"status": "acknowledged", "d_user_id": bob.id}
    world.now += m(1)
    ended = carol.act("resolve", taken)
    at = {"updatedAt": "2030-01-07T09:02:00.000Z", "resolved": T0 + 120, "resolvedby": carol.id}
    assert ended == taken | at | {"status": "resolved"}
    world.now += m(1)
    filed = alice.act("archive", ended)
    at = {"updatedAt": "2030-01-07T09:03:00.000Z", "archived": T0 + 180, "archivedby": alice.id}
    assert filed == ended | at | {"status": "archived"}
    assert alice.get(f"/alert/{made['id']}") == filed


def test_each_refusal_moves_on_at_once_and_the_last_one_drops(
    alice: Api, bob: Api, carol: Api, ops: str, world: World
) -> None:
    made = alice.create(ops)
    assert world.asked == [(m(0), "alice")]
    world.now += m(1)
    after = alice.act("reject", made)
    assert (after["status"], after["d_user_id"], after["acknowledged"]) == ("open", None, None)
    assert world.asked[-1] == (m(1), "bob")
    path = f"/alert/{made['id']}/reject"
    assert alice.refused(403, "POST", path)
    assert bob.act("reject", made)["status"] == "open"
    assert world.asked[-1] == (m(1), "carol")
    assert carol.act("reject", made)["status"] == "dropped"
    before = alice.get(f"/alert/{made['id']}")
    assert alice.refused(409, "POST", path) == ["alert must be in status 'open' to be rejected (current: 'dropped')"]
    assert alice.get(f"/alert/{made['id']}") == before


def test_an_unanswered_alert_goes_through_its_layers_is_dropped_and_can_still_be_taken(
    alice: Api, bob: Api, ops: str, world: World
) -> None:
    made, sibling = alice.create(ops), alice.create(ops)
    world.pass_time(timedelta(seconds=1799))
    asked = [(m(0), "alice"), (m(5), "bob"), (m(15), "carol")]
    assert world.asked == [each for each in asked for _ in range(2)]
    assert alice.get(f"/alert/{made['id']}")["status"] == "open"
    world.pass_time(timedelta(seconds=1))
    dropped = alice.get(f"/alert/{made['id']}")
    assert (dropped["status"], dropped["acknowledged"], dropped["d_team_id"]) == ("dropped", None, ops)
    assert alice.refused(409, "POST", f"/alert/{made['id']}/resolve")
    assert alice.get(f"/alert/{made['id']}") == dropped
    assert bob.act("acknowledge", made)["acknowledgedby"] == bob.id
    filed = alice.act("archive", sibling)
    assert (filed["status"], filed["resolved"], filed["archived"]) == ("archived", None, T0 + 1800)


def test_a_chain_that_repeats_once_drops_after_twice_the_time(
    alice: Api, team: Callable[..., str], world: World
) -> None:
    made = alice.create(team("ops", world.alice, m(30), world.alice, m(30)))
    world.pass_time(timedelta(seconds=3599))
    assert alice.get(f"/alert/{made['id']}")["status"] == "open"
    world.pass_time(timedelta(seconds=1))
    assert alice.get(f"/alert/{made['id']}")["status"] == "dropped"


def test_a_team_with_nobody_is_dropped_in_the_very_answer(alice: Api, team: Callable[..., str]) -> None:
    empty = team("empty")
    made = alice.create(empty)
    assert (made["status"], made["d_team_id"]) == ("dropped", empty)


def test_a_user_and_a_schedule_are_destinations_too(alice: Api, bob: Api, world: World) -> None:
    schedule = builders.always_on_call("Primary", world.carol)
    made = alice.create(bob.id, f"skd_{schedule.public_id}", bob.id)
    assert made["destination_ids"] == [bob.id, f"skd_{schedule.public_id}"]
    assert (made["status"], made["d_team_id"]) == ("open", None)
    assert world.asked == [(m(0), "bob"), (m(0), "carol")]


def test_of_two_teams_the_alert_is_that_ones_whose_person_took_it(
    alice: Api, bob: Api, carol: Api, team: Callable[..., str], world: World
) -> None:
    first, second = team("first", world.alice, m(5)), team("second", world.bob, m(5))
    made, other = alice.create(carol.id, first, second), alice.create(first, second)
    assert (made["d_team_id"], other["d_team_id"]) == (first, first)
    assert bob.act("acknowledge", made)["d_team_id"] == second
    assert carol.act("acknowledge", other)["d_team_id"] == first
    world.pass_time(m(60))
    assert {at for at, _ in world.asked} == {m(0)}


STATES = ["open", "acknowledged", "dropped", "resolved", "archived"]
LEGAL = {
    "acknowledge": ("open", "dropped"),
    "resolve": ("acknowledged",),
    "archive": ("dropped", "resolved"),
    "reject": ("open",),
    "handoff": ("open", "acknowledged", "dropped"),
}


def _brought_to(status: str, alert: Any, api: Api, world: World) -> Any:
    if status == "dropped":
        world.pass_time(m(30))
    path = {"acknowledged": 1, "resolved": 2, "archived": 3}.get(status, 0)
    for verb in ("acknowledge", "resolve", "archive")[:path]:
        api.act(verb, alert)
    found = api.get(f"/alert/{alert['id']}")
    assert found["status"] == status
    return found


@pytest.mark.parametrize("status", STATES)
@pytest.mark.parametrize("verb", list(LEGAL))
def test_an_illegal_move_is_a_409_that_changes_nothing(
    verb: str, status: str, alice: Api, ops: str, world: World
) -> None:
    before = _brought_to(status, alice.create(ops), alice, world)
    lines = LogEntry.objects.count()
    world.now += m(1)
    body = {"to": alice.id} if verb == "handoff" else None
    answer = alice("POST", f"/alert/{before['id']}/{verb}", body)
    if status in LEGAL[verb]:
        assert answer.status == 200
        return
    assert answer.status == 409
    assert f"(current: '{status}')" in answer.body["errors"][0]["message"]
    assert alice.get(f"/alert/{before['id']}") == before
    assert LogEntry.objects.count() == lines


def test_a_silenced_alert_looks_open_and_can_be_taken(alice: Api, ops: str, world: World) -> None:
    made = alice.create(ops)
    world.act("silence", Alert.objects.get(), until=world.now + m(60))
    assert alice.get(f"/alert/{made['id']}")["status"] == "open"
    assert alice.ids("status=open") == [made["id"]]
    assert alice.ids("status=silenced") == []
    assert alice.act("acknowledge", made)["status"] == "acknowledged"


def test_a_delete_answers_204_once_and_then_there_is_nothing(alice: Api, ops: str, world: World) -> None:
    parent = alice.create(ops)
    child = alice.create(ops, parent_id=parent["id"])
    answer = alice("DELETE", f"/alert/{parent['id']}")
    assert (answer.status, answer.body) == (204, None)
    assert "Content-Type" not in answer.headers
    for method in ("DELETE", "GET"):
        assert alice.refused(404, method, f"/alert/{parent['id']}")
    assert alice.get("/alert")["total_count"] == 1
    assert alice.get(f"/alert/{child['id']}") == child | {"parent_id": None}
    world.pass_time(m(5))
    assert world.asked == [(m(0), "alice"), (m(5), "bob")]


def test_handed_off_twice_the_history_says_who_had_it_when(
    alice: Api, bob: Api, carol: Api, ops: str, team: Callable[..., str], world: World
) -> None:
    executives = team("exec", world.carol, m(5))
    made = alice.create(ops)
    world.now += m(1)
    alice.act("acknowledge", made)
    world.now += m(1)
    given = alice.act("handoff", made, {"to": executives})
    first = {"to": executives, "from": alice.id, "time": T0 + 120, "acknowledged": T0 + 60}
    assert given == made | {
        "status": "open",
        "d_team_id": executives,
        "handoffs": [first],
        "updatedAt": "2030-01-07T09:02:00.000Z",
    }
    assert world.asked[-1] == (m(2), "carol")
    assert alice.refused(403, "POST", f"/alert/{made['id']}/reject")
    world.now += m(1)
    assert carol.act("acknowledge", made)["acknowledgedby"] == carol.id
    again = carol.act("handoff", made, {"to": bob.id})
    second = {"to": bob.id, "from": carol.id, "time": T0 + 180, "acknowledged": T0 + 180}
    assert again["handoffs"] == [first, second]
    assert (again["status"], again["d_user_id"], again["d_team_id"]) == ("open", bob.id, executives)
    assert (again["acknowledged"], again["acknowledgedby"]) == (None, None)
    assert world.asked[-1] == (m(3), "bob")
    bob.act("acknowledge", made)
    bob.act("resolve", made)
    assert bob.refused(409, "POST", f"/alert/{made['id']}/handoff", {"to": bob.id})


def test_handed_off_without_having_been_taken_nobody_of_before_is_asked_any_more(
    alice: Api, carol: Api, ops: str, world: World
) -> None:
    made = alice.create(ops)
    given = alice.act("handoff", made, {"to": carol.id})
    assert given["handoffs"][0]["acknowledged"] is None
    assert (given["d_user_id"], given["d_team_id"], given["destination_ids"]) == (carol.id, ops, [ops])
    assert alice.refused(403, "POST", f"/alert/{made['id']}/reject")
    world.pass_time(m(60))
    assert world.asked == [(m(0), "alice"), (m(0), "carol")]


def test_after_a_restart_the_newest_owner_is_asked(alice: Api, carol: Api, ops: str, world: World) -> None:
    made = alice.create(ops)
    alice.act("handoff", made, {"to": carol.id})
    carol.act("acknowledge", made)
    world.act("unacknowledge", Alert.objects.get())
    world.pass_time(m(1))
    assert world.asked[-1] == (timedelta(seconds=10), "carol")


def test_handed_to_a_team_with_nobody_the_answer_shows_it_dropped(
    alice: Api, ops: str, team: Callable[..., str]
) -> None:
    empty = team("empty")
    given = alice.act("handoff", alice.create(ops), {"to": empty})
    assert (given["status"], given["handoffs"][0]["to"]) == ("dropped", empty)


@pytest.mark.parametrize("to", [None, 1, "", "stk_biz", "tem_nope", "usr_", "skd_AAAAAAAAAAAA", "usr_\0"])
def test_a_handoff_to_nobody_is_a_400_that_changes_nothing(to: Any, alice: Api, ops: str) -> None:
    made = alice.create(ops)
    assert alice.refused(400, "POST", f"/alert/{made['id']}/handoff", {} if to is None else {"to": to})
    assert alice.get(f"/alert/{made['id']}") == made


def test_what_a_monitor_opens_and_resolves_is_its_own(alice: Api, world: World) -> None:
    door = builders.integration(to=world.chain(world.alice))
    world.fire(door, title="Disk is full")
    shown = alice.get("/alert")["data"][0]
    monitor = f"int_{door.public_id}"
    assert list(shown) == KEYS
    assert (shown["source_id"], shown["thirdparty_id"], shown["status"]) == (monitor, "disk-1", "open")
    world.now += m(1)
    world.fire(door, state="ok")
    ended = alice.get(f"/alert/{shown['id']}")
    assert (ended["status"], ended["resolved"], ended["resolvedby"]) == ("resolved", T0 + 60, monitor)
    assert (ended["acknowledged"], ended["acknowledgedby"], ended["d_user_id"]) == (None, None, None)


def test_reading_one_alert_takes_three_queries(alice: Api, ops: str) -> None:
    made = alice.create(ops)
    with CaptureQueriesContext(connection) as captured:
        alice.get(f"/alert/{made['id']}")
    assert len(captured) == 3, [query["sql"] for query in captured]
