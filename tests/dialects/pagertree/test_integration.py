"""`/integration` and what monitors post there (spec/pagertree B1, D14)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from alerts.models import Alert, Integration
from tests.conftest import World, m
from tests.dialects.pagertree.conftest import Answer, Api, errors_of

KEYS = ["sid", "id", "createdAt", "updatedAt", "meta", "tinyId"]
KEYS += ["name", "type", "enabled", "urgency", "destination_ids", "options"]


@pytest.fixture
def door(alice: Api, ops: str) -> Callable[..., str]:
    """Make an integration of high urgency that leads to the team; return its id."""

    def make(name: str, **fields: Any) -> str:
        body = {"name": name, "type": "webhook", "urgency": "high", "destination_ids": [ops]} | fields
        answer = alice("POST", "/integration", body)
        assert answer.status == 200, answer
        return str(answer.body["id"])

    return make


@pytest.fixture
def post(bob: Api) -> Callable[..., Answer]:
    """Post to an integration without any credential."""

    def send(integration: str, body: Any, **headers: str) -> Answer:
        return bob.send("POST", f"/integration/{integration}", json.dumps(body).encode(), **({"X_No": "1"} | headers))

    return send


CREATE = {
    "event_type": "create",
    "Id": "123",
    "Title": "t",
    "Description": "d",
    "Tags": ["a", " a ", 7],
    "Meta": {"incident": True, "incident_severity": "sev-1", "k": 1},
}


def test_the_life_of_an_alert_that_a_monitor_tells(
    world: World, alice: Api, door: Callable[..., str], post: Callable[..., Answer], ops: str
) -> None:
    first, second = door("I1"), door("I2")
    answer = post(first, CREATE)
    assert (answer.status, answer.body) == (200, None)
    (shown,) = alice.get("/alert?thirdparty_id=123")["data"]
    assert (shown["source_id"], shown["urgency"], shown["status"]) == (first, "high", "open")
    assert (shown["title"], shown["description"], shown["tags"]) == ("t", "d", ["a"])
    assert shown["meta"] == {"incident": True, "incident_severity": "SEV-1", "k": 1}
    assert shown["s_log_id"].startswith("log_")
    assert (shown["d_team_id"], shown["destination_ids"]) == (ops, [ops])
    assert post(first, CREATE).status == 200
    assert alice.ids("thirdparty_id=123") == [shown["id"]]
    assert world.asked == [(m(0), "alice")]
    post(second, CREATE)
    assert len(alice.ids("thirdparty_id=123")) == 2
    assert post(first, {"event_type": "resolve", "Id": "123"}).status == 200
    ended = alice.get(f"/alert/{shown['id']}")
    assert (ended["status"], ended["resolvedby"]) == ("resolved", first)
    assert (ended["acknowledged"], ended["d_user_id"]) == (None, None)
    post(first, CREATE)
    assert len(alice.ids("thirdparty_id=123")) == 3


def test_a_monitor_acknowledges(alice: Api, door: Callable[..., str], post: Callable[..., Answer]) -> None:
    mine = door("I1")
    post(mine, CREATE)
    post(mine, {"EVENT_TYPE": "Acknowledge", "ID": "123"})
    (shown,) = alice.get("/alert?thirdparty_id=123")["data"]
    assert (shown["status"], shown["acknowledgedby"]) == ("acknowledged", mine)


@pytest.mark.parametrize(
    "body", [{"event_type": "resolve", "Id": "1"}, {"event_type": "acknowledge", "Id": "1"}, {"event_type": "dance"}]
)
def test_what_matches_nothing_is_a_200_without_an_effect(
    door: Callable[..., str], post: Callable[..., Answer], body: Any
) -> None:
    assert post(door("I1"), body).status == 200
    assert Alert.objects.count() == 0


def test_without_an_id_or_a_title_each_is_an_alert_of_its_own(
    alice: Api, door: Callable[..., str], post: Callable[..., Answer]
) -> None:
    mine = door("I1")
    post(mine, {"event_type": "create"})
    post(mine, {"event_type": "create"})
    assert [row["title"] for row in alice.get("/alert")["data"]] == ["Alert from I1", "Alert from I1"]


def test_what_a_monitor_says_besides_may_be_captured(
    alice: Api, door: Callable[..., str], post: Callable[..., Answer]
) -> None:
    post(door("I1", options={"capture_additional_data": True}), CREATE | {"Host": "eu-7", "load": 0.5})
    (shown,) = alice.get("/alert")["data"]
    assert shown["additional_data"] == [
        {"type": "text", "label": "Host", "value": "eu-7"},
        {"type": "text", "label": "load", "value": "0.5"},
    ]


def test_nonsense_in_it_opens_an_alert_all_the_same(
    alice: Api, door: Callable[..., str], post: Callable[..., Answer]
) -> None:
    odd = {"Title": 7, "Tags": "a", "Meta": {"incident": "yes", "incident_severity": "bad"}, "Urgency": "loud"}
    assert post(door("I1"), CREATE | odd | {"Description": "nul \0"}).status == 200
    (shown,) = alice.get("/alert")["data"]
    assert (shown["title"], shown["tags"], shown["meta"], shown["urgency"]) == ("7", [], {}, "high")
    assert shown["description"] == "nul \ufffd"


def test_the_refusals_of_the_address(
    alice: Api, door: Callable[..., str], post: Callable[..., Answer], world: World
) -> None:
    mine, closed, off = door("I1"), door("I2"), door("I3", enabled=False)
    Integration.objects.filter(public_id=closed[4:]).update(open_inbound=False)
    Integration.objects.filter(public_id=mine[4:]).update(inbound_token="secret")
    errors_of(post("int_NONE", CREATE), 404)
    errors_of(post(closed, CREATE), 403)
    errors_of(post(off, CREATE), 405)
    errors_of(post(mine, CREATE), 403)
    errors_of(post(mine, CREATE, pagertree_token="wrong"), 403)
    assert post(mine, CREATE, pagertree_token="secret").status == 200
    assert Alert.objects.count() == 1
    alice("DELETE", f"/integration/{mine}")
    errors_of(post(mine, CREATE, pagertree_token="secret"), 404)


def test_an_integration_is_made_read_and_changed(alice: Api, bob: Api, door: Callable[..., str], ops: str) -> None:
    path = f"/integration/{door('I1')}"
    made = bob.get(path)
    assert list(made) == KEYS
    assert "token" not in json.dumps(made)
    changed = alice("PUT", path, {"urgency": "low", "enabled": False, "destination_ids": [bob.id]}).body
    assert (changed["urgency"], changed["enabled"], changed["destination_ids"]) == ("low", False, [bob.id])
    assert alice.get("/integration?enabled=false")["total_count"] == 1
    assert alice.get(f"/integration?destination_ids={ops}")["total_count"] == 0
    bob.refused(403, "PUT", path, {"name": "x"})
    bob.refused(403, "POST", "/integration", {"name": "x"})
    alice.refused(400, "POST", "/integration", {"name": "x", "destination_ids": ["tem_NONE"]})
    alice.refused(400, "POST", "/integration", {"name": "x", "type": "carrier_pigeon"})
    alice.refused(409, "POST", "/integration", {"name": "I1"})
    assert alice("POST", "/integration", {"name": "P", "type": "prometheus"}).body["type"] == "alertmanager"


def test_another_format_is_read_as_the_integrations_own(
    alice: Api, door: Callable[..., str], post: Callable[..., Answer]
) -> None:
    body = {"alert_uid": "u", "title": "Disk is full", "state": "alerting"}
    assert post(door("I1", type="formatted_webhook"), body).status == 200
    assert [row["title"] for row in alice.get("/alert")["data"]] == ["Disk is full"]
