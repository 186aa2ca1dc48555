from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest

from oncall.models import EscalationChain, EscalationPolicy, Schedule, User, UserGroup, Webhook
from oncall.services import people, webhooks
from tests.dialects.oncall.conftest import NOW, Api, envelope

PATH = "escalation_policies/"
UNSET: dict[str, dict[str, Any]] = {
    "wait": {"duration": None},
    "notify_persons": {"important": False, "persons_to_notify": []},
    "notify_person_next_each_time": {"important": False, "persons_to_notify_next_each_time": []},
    "notify_on_call_from_schedule": {"important": False, "notify_on_call_from_schedule": None},
    "notify_next_on_call_from_schedule": {"important": False, "notify_on_call_from_schedule": None},
    "notify_user_group": {"important": False, "group_to_notify": None},
    "notify_team_members": {"important": False, "team_to_notify": None},
    "trigger_action": {"action_to_trigger": None},
    "trigger_webhook": {"action_to_trigger": None},
    "resolve": {},
    "notify_whole_channel": {},
    "notify_if_time_from_to": {"notify_if_time_from": None, "notify_if_time_to": None},
    "notify_if_num_alerts_in_window": {"num_alerts_in_window": None, "num_minutes_in_window": None},
    "repeat_escalation": {},
    "declare_incident": {"severity": None},
}


@pytest.fixture
def chain(db: None) -> str:
    return f"F{EscalationChain.objects.create(name='example-chain').public_id}"


@pytest.fixture
def world(person: Callable[..., User]) -> dict[str, Any]:
    """Make one of everything that a policy may point at; return every field, filled."""
    alice, bob = person("alice"), person("bob")
    group = UserGroup.objects.create(name="Ops", handle="ops")
    hook = Webhook.objects.create(name="hook", url="https://example.org/")
    people_ids = [f"U{bob.public_id}", f"U{alice.public_id}"]
    return {
        "important": True,
        "duration": 60,
        "persons_to_notify": people_ids,
        "persons_to_notify_next_each_time": people_ids,
        "notify_on_call_from_schedule": f"S{Schedule.objects.create(name='primary').public_id}",
        "group_to_notify": f"G{group.public_id}",
        "team_to_notify": f"T{people.add_team('web').public_id}",
        "action_to_trigger": f"WH{hook.public_id}",
        "notify_if_time_from": "09:00:00Z",
        "notify_if_time_to": "18:30:59Z",
        "num_alerts_in_window": 3,
        "num_minutes_in_window": 5,
        "severity": "critical",
    }


def test_the_create_example_of_the_documents(api: Api, chain: str) -> None:
    policy = api.post(PATH, {"escalation_chain_id": chain, "type": "wait", "duration": 60})
    expected = {"escalation_chain_id": chain, "position": 0, "type": "wait", "duration": 60}
    assert policy == {"id": policy["id"], **expected}
    assert policy["id"].startswith("E")
    assert len(policy["id"]) == 13
    assert api.get(f"{PATH}{policy['id']}/") == policy


def test_the_update_example_of_the_documents(api: Api, chain: str) -> None:
    policy = api.post(PATH, {"escalation_chain_id": chain, "type": "wait", "duration": 60})
    changed = api.put(f"{PATH}{policy['id']}/", {"type": "wait", "duration": 300})
    assert changed == {**policy, "duration": 300}
    assert api.get(f"{PATH}{policy['id']}") == changed


def test_the_list_example_of_the_documents(api: Api, chain: str, person: Callable[..., User]) -> None:
    user = f"U{person('alice').public_id}"
    wait = api.post(PATH, {"escalation_chain_id": chain, "type": "wait", "duration": 60})
    body = {
        "escalation_chain_id": chain,
        "type": "notify_person_next_each_time",
        "persons_to_notify_next_each_time": [user],
    }
    robin = api.post(PATH, body)
    assert robin == {"id": robin["id"], "position": 1, "important": False, **body}
    assert api.get(PATH) == envelope(wait, robin)


@pytest.mark.parametrize("kind", EscalationPolicy.Type.values)
def test_a_policy_is_answered_with_the_keys_of_its_type_alone(
    api: Api, chain: str, world: dict[str, Any], kind: str
) -> None:
    bare = api.post(PATH, {"escalation_chain_id": chain, "type": kind})
    head = {"id": bare["id"], "escalation_chain_id": chain, "position": 0, "type": kind}
    assert bare == {**head, **UNSET[kind]}
    full = api.put(f"{PATH}{bare['id']}", {"type": kind, **world})
    assert full == {**head, **{key: world[key] for key in UNSET[kind]}}
    made = api.post(PATH, {"escalation_chain_id": chain, "type": kind, **world})
    assert made == {**full, "id": made["id"], "position": 1}
    assert api.get(PATH) == envelope(full, made)
    nulls = {key: None for key in world if key != "important"}
    assert api.put(f"{PATH}{bare['id']}", {**nulls, "important": False}) == bare


def test_every_type_is_answered() -> None:
    assert set(UNSET) == set(EscalationPolicy.Type.values)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [(60, 60), ("300", 300), (90.9, 90), ("3600.5", 3600), (86400, 86400), (900, 900), (1800, 1800)],
)
def test_a_wait_lasts_a_minute_to_a_day(api: Api, chain: str, sent: Any, stored: int) -> None:
    policy = api.post(PATH, {"escalation_chain_id": chain, "type": "wait", "duration": sent})
    assert policy["duration"] == stored


NUMBER = "A valid number is required."
SHORT = "Ensure this value is greater than or equal to 0:01:00."
LONG = "Ensure this value is less than or equal to 1 day, 0:00:00."
CLOCK = "Time has wrong format. Use one of these formats instead: hh:mm:ssZ."
NO_LIST = 'Expected a list of items but got type "{}".'
UNKNOWN = "Object does not exist"


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("duration", "soon", NUMBER),
        ("duration", "", NUMBER),
        ("duration", True, NUMBER),
        ("duration", [], NUMBER),
        ("duration", "nan", NUMBER),
        ("duration", "inf", NUMBER),
        ("duration", 59, SHORT),
        ("duration", 0, SHORT),
        ("duration", -60, SHORT),
        ("duration", 86401, LONG),
        ("duration", 10**300, LONG),
        ("notify_if_time_from", "9:00:00Z", CLOCK),
        ("notify_if_time_from", "09:00:00", CLOCK),
        ("notify_if_time_from", "24:00:00Z", CLOCK),
        ("notify_if_time_to", "09:00:00+00:00", CLOCK),
        ("notify_if_time_to", "", CLOCK),
        ("notify_if_time_to", 9, CLOCK),
        ("persons_to_notify", "UX", NO_LIST.format("str")),
        ("persons_to_notify_next_each_time", {}, NO_LIST.format("dict")),
        ("persons_to_notify", ["UNOBODY", "UNOBODY", 7], "User does not exist {'UNOBODY', '7'}"),
        ("persons_to_notify_next_each_time", ["UNOBODY"], "User does not exist {'UNOBODY'}"),
        ("persons_to_notify", ["U1"] * 501, "Ensure this field has no more than 500 elements."),
        ("notify_on_call_from_schedule", "SNONE", UNKNOWN),
        ("group_to_notify", "GNONE", UNKNOWN),
        ("team_to_notify", "TNONE", UNKNOWN),
        ("action_to_trigger", "WHNONE", UNKNOWN),
        ("action_to_trigger", {"id": 1}, UNKNOWN),
        ("num_alerts_in_window", "x", "A valid integer is required."),
        ("num_alerts_in_window", -1, "Ensure this value is greater than or equal to 0."),
        ("num_minutes_in_window", 2**31, "Ensure this value is less than or equal to 2147483647."),
        ("important", "maybe", "Must be a valid boolean."),
        ("important", None, "This field may not be null."),
        ("manual_order", "maybe", "Must be a valid boolean."),
        ("position", "first", "A valid integer is required."),
        ("position", 1.5, "A valid integer is required."),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_field(
    api: Api, chain: str, field: str, value: Any, text: str
) -> None:
    refusal = {field: [text]}
    body = {"escalation_chain_id": chain, "type": "resolve", field: value}
    assert api.refused("POST", PATH, body) == refusal
    assert not EscalationPolicy.objects.exists()
    policy = api.post(PATH, {"escalation_chain_id": chain, "type": "resolve"})
    assert api.refused("PUT", f"{PATH}{policy['id']}", {field: value}) == refusal
    assert api.get(f"{PATH}{policy['id']}") == policy


def test_all_failing_fields_are_named_together(api: Api) -> None:
    assert api.refused("POST", PATH, {"duration": 1, "escalation_chain_id": "FNONE"}) == {
        "escalation_chain_id": [UNKNOWN],
        "type": ["This field is required."],
        "duration": [SHORT],
    }


@pytest.mark.parametrize("nothing", ["", None])
def test_a_policy_needs_a_chain(api: Api, nothing: Any) -> None:
    refusal = {"escalation_chain_id": ["This field may not be null."]}
    assert api.refused("POST", PATH, {"escalation_chain_id": nothing, "type": "wait"}) == refusal
    assert api.refused("POST", PATH, {"type": "wait"}) == {"escalation_chain_id": ["This field is required."]}


@pytest.mark.parametrize("kind", ["", "call_somebody", "Wait", 7, ["wait"], {}, False])
def test_an_unknown_type_is_refused_in_its_own_words(api: Api, chain: str, kind: Any) -> None:
    refusal = {"detail": "Invalid escalation step type"}
    assert api.refused("POST", PATH, {"escalation_chain_id": chain, "type": kind}) == refusal
    policy = api.post(PATH, {"escalation_chain_id": chain, "type": "wait"})
    assert api.refused("PUT", f"{PATH}{policy['id']}", {"type": kind}) == refusal


def test_a_null_type_makes_an_empty_step_but_only_later(api: Api, chain: str) -> None:
    refusal = {"type": ["This field may not be null."]}
    assert api.refused("POST", PATH, {"escalation_chain_id": chain, "type": None}) == refusal
    policy = api.post(PATH, {"escalation_chain_id": chain, "type": "wait", "duration": 60})
    empty = {"id": policy["id"], "escalation_chain_id": chain, "position": 0, "type": None}
    assert api.put(f"{PATH}{policy['id']}", {"type": None}) == empty
    assert api.put(f"{PATH}{policy['id']}", {"duration": 60}) == empty


@pytest.mark.parametrize("kind", ["trigger_action", "trigger_webhook"])
def test_both_spellings_of_a_webhook_step_are_kept_as_sent(
    api: Api, chain: str, world: dict[str, Any], kind: str
) -> None:
    hook = world["action_to_trigger"]
    policy = api.post(PATH, {"escalation_chain_id": chain, "type": kind, "action_to_trigger": hook})
    assert (policy["type"], policy["action_to_trigger"]) == (kind, hook)
    for other in ("trigger_webhook", "trigger_action"):
        changed = api.put(f"{PATH}{policy['id']}", {"type": other})
        assert (changed["type"], changed["action_to_trigger"]) == (other, hook)


def test_a_deleted_webhook_cannot_be_pointed_at(api: Api, chain: str, world: dict[str, Any]) -> None:
    policy = api.post(PATH, {"escalation_chain_id": chain, "type": "trigger_webhook", **world})
    webhooks.delete_webhook(Webhook.objects.get(), now=NOW)
    assert api.get(f"{PATH}{policy['id']}")["action_to_trigger"] is None
    body = {"action_to_trigger": world["action_to_trigger"]}
    assert api.refused("PUT", f"{PATH}{policy['id']}", body) == {"action_to_trigger": [UNKNOWN]}


def test_round_robin_takes_its_people_under_either_key(api: Api, chain: str, world: dict[str, Any]) -> None:
    bob, alice = world["persons_to_notify"]
    shared, own = "persons_to_notify", "persons_to_notify_next_each_time"
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({shared: [bob, alice]}, [bob, alice]),
        ({own: [alice]}, [alice]),
        ({shared: [bob], own: [alice, bob]}, [alice, bob]),
        ({shared: [bob], own: None}, [bob]),
        ({shared: [bob], own: []}, []),
        ({shared: None, own: None}, []),
        ({shared: [bob, alice, bob]}, [bob, alice]),
    ]
    for sent, kept in cases:
        body = {"escalation_chain_id": chain, "type": "notify_person_next_each_time", "important": True, **sent}
        policy = api.post(PATH, body)
        assert policy[own] == kept
        assert shared not in policy
        assert policy["important"] is True
        body = {"escalation_chain_id": chain, "type": "notify_person_next_each_time", own: [bob, alice]}
        policy = api.post(PATH, body)
        assert api.put(f"{PATH}{policy['id']}", sent)[own] == kept


def test_the_people_of_a_list_keep_the_order_they_were_sent_in(api: Api, chain: str, world: dict[str, Any]) -> None:
    order = world["persons_to_notify"]
    body = {"escalation_chain_id": chain, "type": "notify_persons", "persons_to_notify": order}
    policy = api.post(PATH, body)
    assert policy["persons_to_notify"] == order
    assert api.put(f"{PATH}{policy['id']}", {"persons_to_notify": order[::-1]})["persons_to_notify"] == order[::-1]


def test_an_update_changes_what_it_names_alone(api: Api, chain: str, world: dict[str, Any]) -> None:
    body = {"escalation_chain_id": chain, "type": "notify_persons", "persons_to_notify": world["persons_to_notify"]}
    policy = api.post(PATH, body)
    path = f"{PATH}{policy['id']}"
    important = {**policy, "important": True}
    assert api.put(path, {"important": True}) == important
    assert api.put(path, {}) == important
    assert api.put(path, {"type": "notify_persons"}) == important
    assert api.put(path, {"duration": 60, "team_to_notify": world["team_to_notify"]}) == important
    assert api.put(path, {"escalation_chain_id": "FELSEWHERE"}) == important
    assert api("PATCH", path, {"important": False}).body == policy


def test_another_type_starts_from_nothing(api: Api, chain: str, world: dict[str, Any]) -> None:
    policy = api.post(PATH, {"escalation_chain_id": chain, "type": "notify_persons", **world})
    path = f"{PATH}{policy['id']}"
    head = {"id": policy["id"], "escalation_chain_id": chain, "position": 0}
    robin = {"type": "notify_person_next_each_time", **UNSET["notify_person_next_each_time"]}
    assert api.put(path, {"type": robin["type"]}) == {**head, **robin}
    assert api.put(path, {"type": "wait"}) == {**head, "type": "wait", "duration": None}
    back = api.put(path, {"type": "notify_persons", "important": True})
    assert back == {**head, "type": "notify_persons", "persons_to_notify": [], "important": True}


def steps(api: Api, chain: str) -> str:
    rows = api.get(f"{PATH}?escalation_chain_id={chain}")["results"]
    return " ".join(f"{row['severity']}{row['position']}" for row in rows)


def step(chain: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"escalation_chain_id": chain, "type": "declare_incident", "severity": name, **fields}


@pytest.mark.parametrize(
    ("start", "fields", "end"),
    [
        ([0, 1, 2], {}, "a0 b1 c2 new3"),
        ([0, 1, 2], {"position": 0}, "new0 a1 b2 c3"),
        ([0, 1, 2], {"position": 1}, "a0 new1 b2 c3"),
        ([0, 1], {"position": 7}, "a0 b1 new7"),
        ([0, 5], {"position": 2}, "a0 new2 b6"),
        ([0, 1, 2], {"position": -1}, "a0 b1 c2 new3"),
        ([0, 1, 2], {"position": 0, "manual_order": True}, "new0 b1 c2 a3"),
        ([0, 1, 2], {"manual_order": True}, "a0 b1 c2 new3"),
    ],
)
def test_where_a_new_policy_goes(api: Api, chain: str, start: list[int], fields: dict[str, Any], end: str) -> None:
    for name, position in zip("abc", start, strict=False):
        api.post(PATH, step(chain, name, position=position))
    made = api.post(PATH, step(chain, "new", **fields))
    assert steps(api, chain) == end
    assert "manual_order" not in made
    assert f"new{made['position']}" in end


@pytest.mark.parametrize(
    ("name", "fields", "end"),
    [
        ("a", {"position": 2}, "b0 c1 a2"),
        ("c", {"position": 0}, "c0 a1 b2"),
        ("a", {"position": 10}, "b0 c1 a10"),
        ("a", {"position": -1}, "b0 c1 a2"),
        ("b", {"position": 0, "manual_order": True}, "b0 a1 c2"),
        ("b", {"manual_order": True}, "a0 b1 c2"),
        ("b", {"position": 1}, "a0 b1 c2"),
    ],
)
def test_where_a_moved_policy_goes(api: Api, chain: str, name: str, fields: dict[str, Any], end: str) -> None:
    ids = {each: api.post(PATH, step(chain, each))["id"] for each in "abc"}
    api.put(f"{PATH}{ids[name]}", fields)
    assert steps(api, chain) == end


def test_a_deleted_policy_leaves_a_gap(api: Api, chain: str) -> None:
    ids = [api.post(PATH, step(chain, each))["id"] for each in "abc"]
    assert api("DELETE", f"{PATH}{ids[1]}/").status == 204
    assert steps(api, chain) == "a0 c2"
    assert api("GET", f"{PATH}{ids[1]}").status == 404


@pytest.mark.parametrize("fields", [{"position": -2}, {"position": 2**31}, {"position": -1, "manual_order": True}])
def test_an_impossible_position_changes_nothing(api: Api, chain: str, fields: dict[str, Any]) -> None:
    refusal = {"detail": "Invalid value for position field"}
    first = api.post(PATH, step(chain, "a"))
    assert api.refused("POST", PATH, step(chain, "b", **fields)) == refusal
    assert api.refused("PUT", f"{PATH}{first['id']}", {**fields, "severity": "z"}) == refusal
    assert steps(api, chain) == "a0"


def test_policies_are_listed_by_chain_then_by_position(api: Api, chain: str) -> None:
    other = f"F{EscalationChain.objects.create(name='another').public_id}"
    for number in range(3):
        api.post(PATH, step(other, f"o{number}x", position=0))
        api.post(PATH, step(chain, f"c{number}x"))
    names = [row["severity"] for row in api.get(PATH)["results"]]
    assert names == ["c0x", "c1x", "c2x", "o2x", "o1x", "o0x"]
    assert steps(api, other) == "o2x0 o1x1 o0x2"
    assert api.get(f"{PATH}?escalation_chain_id=FNOSUCHCHAIN1") == envelope()
    assert api.get(f"{PATH}?escalation_chain_id=nonsense") == envelope()
    assert api.get(f"{PATH}?escalation_chain_id=")["count"] == 6


def test_a_list_says_of_each_policy_what_it_says_alone(api: Api, plans: Callable[[int], None]) -> None:
    plans(1)
    chain = EscalationChain.objects.get()
    for kind in (*EscalationPolicy.Type.values, ""):
        position = chain.policies.count()
        EscalationPolicy.objects.create(
            chain=chain,
            position=position,
            type=kind,
            important=True,
            delay=timedelta(minutes=7),
            window_from=time(9, 0),
            window_to=time(17, 30),
            num_alerts=3,
            num_minutes=4,
            severity="high",
        )
    listed = api.get("escalation_policies?perpage=100")["results"]
    assert len(listed) == chain.policies.count()
    for each in listed:
        alone = api.get(f"escalation_policies/{each['id']}")
        assert list(each.items()) == list(alone.items())
