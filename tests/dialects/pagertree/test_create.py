"""What may be said when an alert is created or changed, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from alerts.models import Alert, Assignment, Escalation, LogEntry
from tests import builders
from tests.conftest import World, m
from tests.dialects.pagertree.conftest import KEYS, Api

GONE = "usr_AAAAAAAAAAAA"


def test_everything_a_client_may_say_is_kept_as_it_says_it(alice: Api, ops: str) -> None:
    parent = alice.create(ops)
    said = {
        "title": "  CPU usage over 95% ✓ ",
        "description": "<b>PROD</b> APP 1\n",
        "urgency": "critical",
        "meta": {"incident": True, "incident_severity": "SEV-1", "incident_message": "join", "n": {"deep": [1, None]}},
        "parent_id": parent["id"],
        "thirdparty_id": "abc-123",
        "tags": ["a", "tag"],
        "additional_data": [{"type": "text", "label": "Subject", "value": "Hello this is a subject"}],
        "response_requested": False,
        "responses": ["Yes", "No"],
    }
    made = alice.create(ops, **said)
    assert {name: made[name] for name in said} == said
    assert made["meta"]["incident"] is True


def test_all_failing_fields_are_told_at_once_in_the_order_of_the_table(alice: Api) -> None:
    assert alice.refused(400, "POST", "/alert", {}) == [
        "'destination_ids' is a required parameter",
        "'title' is a required parameter",
    ]
    wrong = {
        "stakeholder_ids": ["stk_AAAAAAAA"],
        "additional_data": {},
        "tags": [1],
        "responses": [],
        "response_requested": True,
        "urgency": "urgent",
        "subtype": "goc",
        "type": "admin",
        "description": 5,
        "title": " ",
        "destination_ids": [GONE],
        "thirdparty_id": 7,
        "parent_id": "alt_nope",
        "meta": [],
    }
    told = alice.refused(400, "POST", "/alert", wrong)
    assert [text.split(":")[0] for text in told] == [
        *("meta", "parent_id", "thirdparty_id", "destination_ids", "title", "description", "type", "subtype"),
        *("urgency", "responses", "tags", "additional_data", "stakeholder_ids"),
    ]
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "  "},
        {"title": None},
        {"title": 5},
        {"title": "x" * 501},
        {"title": "a\0b"},
        {"destination_ids": []},
        {"destination_ids": None},
        {"destination_ids": "tem_ops"},
        {"destination_ids": ["tem_nope"]},
        {"destination_ids": ["foo_123"]},
        {"destination_ids": ["usr_\0"]},
        {"destination_ids": [1]},
        {"destination_ids": [[]]},
        {"destination_ids": ["x"] * 101},
        {"type": "event"},
        {"subtype": "goc"},
        {"subtype": ["alert"]},
        {"urgency": "urgent"},
        {"urgency": "silent"},
        {"meta": "text"},
        {"meta": {"incident": "true"}},
        {"meta": {"incident": 1}},
        {"meta": {"incident": True, "incident_severity": "SEV-9"}},
        {"meta": {"incident_severity": 1}},
        {"meta": {"a": ["\0"]}},
        {"meta": {"\0": 1}},
        {"tags": "a"},
        {"tags": ["a", 1]},
        {"tags": ["\0"]},
        {"response_requested": "yes"},
        {"response_requested": 1},
        {"response_requested": True},
        {"response_requested": True, "responses": []},
        {"responses": ["Yes", "yes "]},
        {"responses": [" "]},
        {"additional_data": ["a"]},
        {"additional_data": [{"type": "html", "label": "a", "value": "b"}]},
        {"additional_data": [{"type": ["text"], "label": "a", "value": "b"}]},
        {"additional_data": [{"type": "text", "label": "a"}]},
        {"additional_data": [{"type": "text", "label": "a", "value": 1}]},
        {"additional_data": [{"type": "link", "label": "a", "value": "javascript:alert(1)"}]},
        {"additional_data": [{"type": "img", "label": "a", "value": "http://[bad"}]},
        {"additional_data": [{"type": "text", "label": "\0", "value": "b"}]},
        {"stakeholder_ids": ["stk_AAAAAAAA"]},
        {"parent_id": GONE},
        {"parent_id": 5},
        {"thirdparty_id": "x" * 501},
    ],
)
def test_one_wrong_field_is_one_error_and_nothing_is_created(wrong: dict[str, Any], alice: Api, ops: str) -> None:
    body = {"title": "Hello", "destination_ids": [ops]} | wrong
    assert len(alice.refused(400, "POST", "/alert", body)) == 1
    assert not Alert.objects.exists()


def test_an_unknown_destination_is_named_and_nobody_is_asked(alice: Api, bob: Api) -> None:
    for unknown, what in [
        (GONE, "user, team, schedule or router"),
        ("rtr_AAAAAAAAAAAA", "user, team, schedule or router"),
    ]:
        told = alice.refused(400, "POST", "/alert", {"title": "Hello", "destination_ids": [bob.id, unknown]})
        assert told == [f"destination_ids: there is no {what} '{unknown}'"]
    assert not Alert.objects.exists()
    assert not Assignment.objects.exists()


def test_a_meta_that_is_too_deep_is_a_400(alice: Api, ops: str) -> None:
    meta: dict[str, Any] = {}
    for _ in range(900):
        meta = {"k": meta}
    assert alice.refused(400, "POST", "/alert", {"title": "Hello", "destination_ids": [ops], "meta": meta})


def test_null_is_the_default_of_every_optional_field(alice: Api, ops: str) -> None:
    optional = set(KEYS) - {"title", "destination_ids"}
    made = alice.create(ops, **dict.fromkeys(optional))
    plain = alice.create(ops)
    different = {"id", "tinyId"}
    assert {name: made[name] for name in KEYS if name not in different} == {
        name: plain[name] for name in KEYS if name not in different
    }


def test_values_are_tidied_where_the_contract_says_so(alice: Api, ops: str) -> None:
    made = alice.create(
        ops,
        ops,
        tags=[" a ", "", "b", "a"],
        meta={"incident": True, "incident_severity": " sev-2 "},
        additional_data=[{"format": "phone", "label": "a", "value": "1", "more": 1}],
        thirdparty_id="",
    )
    assert made["destination_ids"] == [ops]
    assert made["tags"] == ["a", "b"]
    assert made["meta"]["incident_severity"] == "SEV-2"
    assert made["additional_data"] == [{"type": "phone", "label": "a", "value": "1"}]
    assert made["thirdparty_id"] is None


def test_nobody_can_sign_with_another_name_or_set_what_the_server_sets(alice: Api, bob: Api, ops: str) -> None:
    forged = {
        "id": "alt_AAAAAAAAAAAA",
        "sid": "acc_B",
        "tinyId": 99_999,
        "status": "resolved",
        "source_id": bob.id,
        "acknowledged": 1,
        "acknowledgedby": bob.id,
        "resolvedby": bob.id,
        "archivedby": bob.id,
        "d_user_id": bob.id,
        "d_team_id": "tem_x",
        "created": 1,
        "createdAt": "2018-04-27T00:02:50.419Z",
        "updatedAt": "2018-04-27T00:02:50.419Z",
        "handoffs": [1],
        "livecall": "QU_X",
        "s_log_id": "log_x",
        "responses_recorded": {"a": 1},
    }
    made, plain = alice.create(ops, **forged), alice.create(ops)
    assert {k: v for k, v in made.items() if k not in ("id", "tinyId")} == {
        k: v for k, v in plain.items() if k not in ("id", "tinyId")
    }
    assert made["id"] != forged["id"]
    assert made["tinyId"] + 1 == plain["tinyId"]
    assert alice.put(made, forged) == made


def test_the_same_thirdparty_id_joins_while_the_alert_is_active(alice: Api, bob: Api, ops: str, world: World) -> None:
    first = alice.create(ops, thirdparty_id="disk")
    world.now += m(1)
    again = alice.create(ops, thirdparty_id="disk", title="Other", urgency="low")
    assert again == first | {"meta": {"dedup_count": 1}, "updatedAt": "2030-01-07T09:01:00.000Z"}
    assert world.asked == [(m(0), "alice")]
    assert bob.create(ops, thirdparty_id="disk")["id"] != first["id"]
    alice.act("acknowledge", first)
    assert alice.create(ops, thirdparty_id="disk")["meta"] == {"dedup_count": 2}
    alice.act("resolve", first)
    assert alice.create(ops, thirdparty_id="disk")["id"] != first["id"]


def test_a_dropped_alert_is_still_joined(alice: Api, ops: str, world: World) -> None:
    first = alice.create(ops, thirdparty_id="disk")
    world.pass_time(m(30))
    assert alice.create(ops, thirdparty_id="disk")["id"] == first["id"]


@pytest.mark.parametrize("count", ["many", None, [1], {"a": 1}, 1.5])
def test_whatever_stands_in_dedup_count_a_repeat_is_taken_in(count: Any, alice: Api, ops: str) -> None:
    first = alice.create(ops, thirdparty_id="disk", meta={"dedup_count": count})
    again = alice.create(ops, thirdparty_id="disk")
    assert (again["id"], again["meta"]) == (first["id"], {"dedup_count": 1})


def test_a_broadcast_reaches_every_member_at_once_and_never_drops(
    alice: Api, bob: Api, carol: Api, world: World
) -> None:
    row = builders.team("all", world.alice, world.bob, escalation_chain=world.chain(world.carol))
    body = {"title": "Fire drill", "destination_ids": [f"tem_{row.public_id}", carol.id], "subtype": "broadcast"}
    assert bob.refused(403, "POST", "/alert", body)
    made = alice.create(*body["destination_ids"], subtype="broadcast", response_requested=True, responses=["Yes"])
    assert (made["status"], made["subtype"], made["responses"]) == ("open", "broadcast", ["Yes"])
    assert world.asked == [(m(0), "alice"), (m(0), "bob"), (m(0), "carol")]
    world.pass_time(m(60))
    assert alice.get(f"/alert/{made['id']}") == made
    assert not Escalation.objects.filter(due_at__isnull=False).exists()
    alice.refused(403, "POST", f"/alert/{made['id']}/reject")
    for verb in ("acknowledge", "resolve", "archive"):
        made = alice.act(verb, made)
    assert made["status"] == "archived"


def test_a_broadcast_goes_to_users_and_teams_only(alice: Api) -> None:
    schedule = f"skd_{builders.always_on_call('Primary').public_id}"
    body = {"title": "Hello", "destination_ids": [alice.id, schedule], "subtype": "broadcast"}
    assert alice.refused(400, "POST", "/alert", body) == [
        f"destination_ids: a broadcast goes to users and teams; '{schedule}' is neither"
    ]


def test_an_update_merges(alice: Api, bob: Api, ops: str, world: World) -> None:
    made = alice.create(ops, title="a", tags=["x", "y"], meta={"k": 1, "deep": {"a": 1, "b": 2}})
    world.now += m(1)
    at = {"updatedAt": "2030-01-07T09:01:00.000Z"}
    after = bob.put(made, {"description": "Cool, that got updated"})
    assert after == made | at | {"description": "Cool, that got updated"}
    incident = {"incident": True, "incident_severity": "SEV-2", "incident_message": "join"}
    sent = incident | {"incident_severity": "sev-2"}
    assert bob.put(made, {"meta": sent})["meta"] == made["meta"] | incident
    assert bob.put(made, {"tags": ["z"]})["tags"] == ["z"]
    cleared = bob.put(made, {"description": None, "meta": {"k": None, "deep": {"a": None}}})
    assert (cleared["description"], cleared["meta"]) == (None, {"deep": {"b": 2}} | incident)
    changed = bob.put(made, {"title": "b", "urgency": "low", "meta": {"incident": False}})
    assert (changed["title"], changed["urgency"], changed["meta"]["incident"]) == ("b", "low", False)
    assert changed["meta"]["incident_severity"] == "SEV-2"
    assert world.asked == [(m(0), "alice")]


@pytest.mark.parametrize("verbs", ["", "acknowledge", "acknowledge resolve", "acknowledge resolve archive"])
def test_a_whole_object_may_be_sent_back_and_changes_nothing(verbs: str, alice: Api, ops: str, world: World) -> None:
    made = alice.create(ops, thirdparty_id="disk", tags=["a"], meta={"k": [None, 1], "n": None}, responses=["Yes"])
    for verb in verbs.split():
        made = alice.act(verb, made)
    lines = LogEntry.objects.count()
    world.now += m(1)
    assert alice.put(made, made) == made
    assert alice.put(made, {}) == made
    assert LogEntry.objects.count() == lines


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": None},
        {"urgency": "urgent"},
        {"tags": "x"},
        {"meta": 1},
        {"additional_data": [1]},
        {"stakeholder_ids": ["stk_x"]},
        {"parent_id": "alt_nope"},
    ],
)
def test_a_wrong_value_changes_nothing_at_all(wrong: dict[str, Any], alice: Api, ops: str, world: World) -> None:
    made = alice.create(ops)
    world.now += m(1)
    alice.refused(400, "PUT", f"/alert/{made['id']}", {"description": "new"} | wrong)
    assert alice.get(f"/alert/{made['id']}") == made


def test_what_is_fixed_at_creation_is_ignored_later(alice: Api, bob: Api, ops: str) -> None:
    made = alice.create(ops)
    fixed = {
        "destination_ids": [bob.id],
        "type": "x",
        "subtype": "broadcast",
        "response_requested": True,
        "responses": ["a"],
    }
    assert alice.put(made, fixed) == made


def test_an_alert_never_becomes_its_own_ancestor(alice: Api, ops: str) -> None:
    first = alice.create(ops)
    second = alice.create(ops, parent_id=first["id"])
    third = alice.create(ops, parent_id=second["id"])
    for parent in (first, second, third):
        alice.refused(400, "PUT", f"/alert/{first['id']}", {"parent_id": parent["id"]})
    assert alice.put(third, {"parent_id": first["id"]})["parent_id"] == first["id"]
    assert alice.put(third, {"parent_id": None})["parent_id"] is None


def test_a_thirdparty_id_moves_the_key_under_which_repeats_join(alice: Api, ops: str) -> None:
    first, second = alice.create(ops, thirdparty_id="one"), alice.create(ops)
    alice.refused(409, "PUT", f"/alert/{second['id']}", {"thirdparty_id": "one"})
    assert alice.get(f"/alert/{second['id']}") == second
    alice.put(first, {"thirdparty_id": None})
    assert alice.put(second, {"thirdparty_id": "one"})["thirdparty_id"] == "one"
    assert alice.create(ops, thirdparty_id="one")["id"] == second["id"]


def test_an_ended_alert_may_take_a_thirdparty_id_that_is_in_use(alice: Api, ops: str) -> None:
    ended = alice.create(ops, thirdparty_id="one")
    alice.act("acknowledge", ended)
    alice.act("resolve", ended)
    other = alice.create(ops, thirdparty_id="two")
    assert alice.put(ended, {"thirdparty_id": "two"})["thirdparty_id"] == "two"
    assert alice.create(ops, thirdparty_id="two")["id"] == other["id"]


def test_a_monitors_alert_keeps_the_monitors_key(alice: Api, world: World) -> None:
    door = builders.integration()
    for uid in ("one", "two"):
        world.fire(door, alert_uid=uid)
    one = alice.get("/alert?thirdparty_id=one")["data"][0]
    alice.refused(409, "PUT", f"/alert/{one['id']}", {"thirdparty_id": "two"})
    assert alice.put(one, {"thirdparty_id": "three"})["thirdparty_id"] == "three"
    world.fire(door, alert_uid="one", state="ok")
    assert alice.get(f"/alert/{one['id']}")["status"] == "resolved"


def test_a_destination_that_goes_away_meanwhile_is_dropped_and_not_lost(
    alice: Api, bob: Api, team: Callable[..., str], world: World
) -> None:
    type(world.bob).objects.filter(pk=world.bob.pk).update(is_active=False)
    assert alice.create(bob.id)["status"] == "dropped"
