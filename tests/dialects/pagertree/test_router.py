"""`/router`, and what becomes of alerts that pass one (spec/pagertree Part B, C7, A8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from alerts import services
from alerts.models import Alert, Router
from oncall.models import Team
from tests import builders
from tests.conftest import World, m
from tests.dialects.pagertree.conftest import Api

KEYS = ["sid", "id", "createdAt", "updatedAt", "meta", "tinyId", "name", "enabled", "type", "default_receiver", "rules"]
ALWAYS = "rules: [{{match: {{always: true}}, actions: [{}]}}]"


@pytest.fixture
def router(alice: Api) -> Callable[..., str]:
    """Make a router of one rule that always matches, or of these fields; return its id."""

    def make(action: str = "", **fields: Any) -> str:
        body = {"name": "Router", "rules": ALWAYS.format(action) if action else ""} | fields
        answer = alice("POST", "/router", body)
        assert answer.status == 200, answer
        return str(answer.body["id"])

    return make


def lines(alice: Api, alert: Any) -> list[str]:
    return [row["content"] for row in alice.get(f"/log?owner_id={alert['id']}&sort=tinyId&limit=100")["data"]]


def test_a_router_is_made_read_changed_and_deleted(alice: Api, bob: Api, ops: str) -> None:
    rules = ALWAYS.format(f"{{type: assign, receiver: {ops}}}")
    made = alice("POST", "/router", {"name": "First", "settings": rules, "default_receiver": ops}).body
    assert list(made) == KEYS
    assert (made["rules"], made["default_receiver"], made["enabled"], made["type"]) == (rules, ops, True, "router")
    path = f"/router/{made['id']}"
    assert bob.get(path) == made
    changed = alice("PUT", path, {"enabled": False, "meta": {"a": 1}}).body
    assert (changed["enabled"], changed["meta"], changed["rules"]) == (False, {"a": 1}, rules)
    assert alice("PUT", path, {"default_receiver": None}).body["default_receiver"] is None
    assert [row["id"] for row in alice.get("/router?enabled=false&name=first&ops=name:contains")["data"]] == [
        made["id"]
    ]
    bob.refused(403, "PUT", path, {"name": "x"})
    assert alice("DELETE", path).status == 204
    alice.refused(404, "GET", path)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "'name' is a required parameter"),
        ({"name": "x", "rules": "rules: [{actions: [explode]}]"}, "rules: rule 1: there is no action 'explode'"),
        ({"name": "x", "rules": ALWAYS.format("{assign: {receiver: tem_NONE}}")}, "rules: there is no destination"),
        ({"name": "x", "rules": ALWAYS.format("{stakeholder: {ids: stk_NONE}}")}, "rules: there is no stakeholder"),
        ({"name": "x", "default_receiver": "tem_NONE"}, "default_receiver: there is no destination 'tem_NONE'"),
        ({"name": "x", "type": "wifi"}, "type: must be one of router, notification"),
    ],
)
def test_a_router_that_cannot_work_is_refused(alice: Api, body: Any, message: str) -> None:
    assert alice.refused(400, "POST", "/router", body)[0].startswith(message)


def test_there_are_rules_to_begin_with(alice: Api) -> None:
    text = alice.get("/router/default-template/router")
    assert "type: assign" in text
    alice.refused(404, "GET", "/router/default-template/nothing")


def test_an_alert_goes_where_its_rule_says(alice: Api, router: Callable[..., str], ops: str) -> None:
    made = alice.create(router(f"{{type: assign, receiver: {ops}}}"))
    assert (made["status"], made["d_team_id"]) == ("open", ops)
    assert made["destination_ids"][0].startswith("rtr_")
    assert "Route chosen: Router: rule 1." in lines(alice, made)
    assert "Person asked" in " ".join(lines(alice, made)) or "alice" in " ".join(lines(alice, made))


def test_an_unmatched_alert_or_a_disabled_router_goes_to_the_default_receiver(
    world: World, alice: Api, router: Callable[..., str], ops: str
) -> None:
    never = "rules: [{match: {alert.title: nothing}, actions: [ignore]}]"
    for fields in ({"rules": never}, {"rules": ALWAYS.format("ignore"), "enabled": False}, {"rules": ""}):
        assert alice.create(router(default_receiver=ops, **fields))["d_team_id"] == ops
    assert [name for _, name in world.asked] == ["alice"] * 3


def test_an_ignored_alert_is_recorded_and_asks_nobody(
    world: World, alice: Api, router: Callable[..., str], ops: str
) -> None:
    for action in ("ignore", "record"):
        made = alice.create(router(action, default_receiver=ops), thirdparty_id="x")
        assert (made["status"], made["d_team_id"]) == ("suppressed", None)
        alice.refused(409, "POST", f"/alert/{made['id']}/acknowledge")
        alice.refused(409, "POST", f"/alert/{made['id']}/resolve")
    world.pass_time(m(60))
    assert world.asked == []
    assert len(alice.ids("status=suppressed&thirdparty_id=x")) == 2


def test_another_destination_still_hears_what_one_router_ignores(
    world: World, alice: Api, bob: Api, router: Callable[..., str]
) -> None:
    made = alice.create(router("ignore"), bob.id)
    assert made["status"] == "open"
    assert world.asked == [(m(0), "bob")]


def test_a_delayed_alert_asks_nobody_before_and_everybody_at_the_very_instant(
    world: World, alice: Api, router: Callable[..., str], ops: str
) -> None:
    made = alice.create(router(f"{{type: assign, receiver: {ops}, delay: 5m}}"))
    assert made["status"] == "routable"
    alice.refused(409, "POST", f"/alert/{made['id']}/acknowledge")
    world.pass_time(m(5) - timedelta(seconds=1))
    assert world.asked == []
    world.pass_time(timedelta(seconds=1))
    assert world.asked == [(m(5), "alice")]
    assert alice.get(f"/alert/{made['id']}")["status"] == "open"
    world.pass_time(m(5))
    assert world.asked == [(m(5), "alice"), (m(10), "bob")]


def test_a_monitor_that_resolves_within_the_delay_leaves_everybody_in_peace(
    world: World, alice: Api, router: Callable[..., str], ops: str
) -> None:
    delayed = router(f"{{type: assign, receiver: {ops}, delay: 5m}}")
    door = builders.integration(destinations=[delayed])
    fired = world.fire(door)
    assert fired.status == "routable"
    world.pass_time(m(4))
    world.fire(door, state="ok")
    world.pass_time(m(60))
    fired.refresh_from_db()
    assert (fired.status, fired.routable_until, world.asked) == ("resolved", None, [])


def test_a_delayed_alert_may_be_deleted(world: World, alice: Api, router: Callable[..., str], ops: str) -> None:
    made = alice.create(router(f"{{type: assign, receiver: {ops}, delay: 5m}}"))
    assert alice("DELETE", f"/alert/{made['id']}").status == 204
    world.pass_time(m(60))
    assert world.asked == []


def test_alike_alerts_are_folded_under_the_first_for_a_while_and_end_with_it(
    world: World, alice: Api, router: Callable[..., str], ops: str
) -> None:
    fold = router(f"{{type: aggregate, by: [alert.title], timeout: 10m, receiver: {ops}}}")
    first, other = alice.create(fold, title="a"), alice.create(fold, title="b")
    world.now += m(9)
    second = alice.create(fold, title="a")
    assert (first["status"], other["status"], second["status"]) == ("open", "open", "aggregating")
    assert second["parent_id"] == first["id"]
    alice.refused(409, "POST", f"/alert/{second['id']}/acknowledge")
    world.now += m(1)
    third = alice.create(fold, title="a")
    assert (third["status"], third["parent_id"]) == ("open", None)
    alice.act("acknowledge", first)
    assert alice.get(f"/alert/{second['id']}")["status"] == "aggregating"
    alice.act("resolve", first)
    ended = alice.get(f"/alert/{second['id']}")
    assert (ended["status"], ended["resolvedby"], ended["acknowledged"]) == ("resolved", alice.id, None)


def test_what_was_resolved_takes_nothing_under_it_any_more(alice: Api, router: Callable[..., str], ops: str) -> None:
    fold = router(f"{{type: aggregate, by: [alert.title], timeout: 10m, receiver: {ops}}}")
    first = alice.create(fold)
    alice.act("acknowledge", first)
    alice.act("resolve", first)
    again = alice.create(fold)
    assert (again["status"], again["parent_id"]) == ("open", None)


def test_rules_rewrite_flag_and_tell(alice: Api, bob: Api, router: Callable[..., str], ops: str) -> None:
    group = alice("POST", "/stakeholder", {"name": "Board", "user_ids": [bob.id]}).body["id"]
    rules = f"""
- match: {{alert.tags: db}}
  actions:
  - {{type: setval, map: {{title: "DB: {{{{alert.title}}}}", urgency: critical}}}}
  - {{type: incident, severity: SEV-2, message: join}}
  - {{type: stakeholder, ids: [{group}]}}
"""
    made = alice.create(router(rules=rules, default_receiver=ops), tags=["db"], meta={"k": 1})
    assert (made["title"], made["urgency"], made["status"]) == ("DB: Hello World", "critical", "open")
    assert made["meta"] == {"k": 1, "incident": True, "incident_severity": "SEV-2", "incident_message": "join"}
    assert made["stakeholder_ids"] == [group]
    assert Alert.objects.get().assignments.get().important is True


def test_a_router_may_lead_to_routers_but_not_in_a_circle_or_for_ever(
    world: World, alice: Api, router: Callable[..., str], ops: str
) -> None:
    last = router(default_receiver=ops)
    assert alice.create(router(default_receiver=last))["d_team_id"] == ops
    first, second = router(), router()
    alice("PUT", f"/router/{first}", {"default_receiver": second})
    alice("PUT", f"/router/{second}", {"default_receiver": first})
    lost = alice.create(first)
    assert lost["status"] == "dropped"
    assert "Policy could not run: Router Router leads back to itself." in lines(alice, lost)
    assert "Dropped: It could not be routed to anybody." in lines(alice, lost)
    ids = [last]
    for _ in range(10):
        ids.append(router(default_receiver=ids[-1]))
    assert alice.create(ids[9])["status"] == "open"
    assert alice.create(ids[10])["status"] == "dropped"
    assert alice.act("acknowledge", lost)["status"] == "acknowledged"


def test_two_ways_to_the_same_team_ask_it_once(world: World, alice: Api, router: Callable[..., str], ops: str) -> None:
    last = router(default_receiver=ops)
    alice.create(router(default_receiver=last), last, ops)
    assert world.asked == [(m(0), "alice")]


def test_a_router_without_a_receiver_drops_and_one_that_was_deleted_too(
    alice: Api, bob: Api, router: Callable[..., str]
) -> None:
    assert alice.create(router())["status"] == "dropped"
    inner = router()
    outer = router(default_receiver=inner)
    Router.objects.filter(public_id=inner[4:]).delete()
    lost = alice.create(outer)
    assert lost["status"] == "dropped"
    assert any("There is no router" in line for line in lines(alice, lost))
    assert alice.create(outer, bob.id)["status"] == "open"


def test_a_teams_router_comes_first_and_leaves_it_what_it_does_not_match(
    world: World, alice: Api, bob: Api, router: Callable[..., str], ops: str
) -> None:
    rules = f"[{{match: {{alert.urgency: low}}, actions: [{{assign: {{receiver: {bob.id}}}}}]}}]"
    services.set_team_router(Team.objects.get(public_id=ops[4:]), Router.objects.get(public_id=router(rules=rules)[4:]))
    alice.create(ops, urgency="low")
    alice.create(ops)
    assert world.asked == [(m(0), "bob"), (m(0), "alice")]
    to_itself = router(f"{{assign: {{receiver: {ops}}}}}")
    services.set_team_router(Team.objects.get(public_id=ops[4:]), Router.objects.get(public_id=to_itself[4:]))
    assert alice.create(ops)["status"] == "open"


def test_a_restart_asks_the_receivers_that_were_found(
    world: World, alice: Api, router: Callable[..., str], ops: str
) -> None:
    made = alice.create(router(f"{{type: assign, receiver: {ops}}}"))
    alert = Alert.objects.get(public_id=made["id"][4:])
    world.act("acknowledge", alert)
    world.act("unacknowledge", alert)
    world.pass_time(m(1))
    assert world.asked == [(m(0), "alice"), (timedelta(seconds=10), "alice")]


def test_a_monitors_payload_can_be_asked_about(world: World, alice: Api, router: Callable[..., str], ops: str) -> None:
    rules = f"[{{match: {{log.data.state: alerting}}, actions: [{{assign: {{receiver: {ops}}}}}]}}]"
    fired = world.fire(builders.integration(destinations=[router(rules=rules)]))
    assert (fired.status, [name for _, name in world.asked]) == ("open", ["alice"])
    assert fired.team is not None
    assert alice.get(f"/alert/alt_{fired.public_id}")["d_team_id"] == ops


def test_a_broadcast_and_a_page_pass_no_router(alice: Api, router: Callable[..., str], ops: str, world: World) -> None:
    team = builders.team("crew", world.bob)
    services.set_team_router(team, Router.objects.get(public_id=router("ignore")[4:]))
    assert alice.create(f"tem_{team.public_id}", subtype="broadcast")["status"] == "open"
    assert alice.create(f"tem_{team.public_id}")["status"] == "suppressed"
