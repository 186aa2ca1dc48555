"""`/notification`: the messages that went out (spec/pagertree Part B)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from paging import clock
from tests.conftest import World
from tests.dialects.pagertree.conftest import T0, Api


@pytest.fixture
def told(world: World, alice: Api, bob: Api) -> Any:
    """An alert that Alice and Bob were told of."""
    alert = alice.create(alice.id, bob.id)
    while clock.tick(world.now) or clock.deliver(lambda: world.now, pulse=lambda: None):
        pass
    return alert


def test_a_message_says_who_was_told_what_and_when(alice: Api, bob: Api, told: Any, sid: str) -> None:
    listed = alice.get(f"/notification?source_id={told['id']}&sort=tinyId")
    assert [row["user_id"] for row in listed["data"]] == [alice.id, bob.id]
    row = listed["data"][1]
    assert row["subject"] == "[Firing] Hello World"
    assert row == {
        "sid": sid,
        "id": f"ntf_{row['tinyId']:011d}",
        "createdAt": "2030-01-07T09:00:00.000Z",
        "updatedAt": "2030-01-07T09:00:00.000Z",
        "meta": {},
        "tinyId": row["tinyId"],
        "source_id": told["id"],
        "user_id": bob.id,
        "stakeholder_id": None,
        "channel": "email",
        "provider": "outbox",
        "template": "alert.alert",
        "to": "bob@example.org",
        "direction": "OUTGOING",
        "subject": "[Firing] Hello World",
        "message": None,
        "status": "sent",
        "sent": T0,
        "err": [],
    }
    assert alice.get(f"/notification/{row['id']}") == row


def test_a_kept_message_is_shown_to_its_reader_alone(alice: Api, bob: Api, told: Any) -> None:
    path = f"/notification?source_id={told['id']}&user_id={bob.id}"
    assert [row["message"] for row in alice.get(path)["data"]] == [None]
    (own,) = bob.get(path)["data"]
    assert "/r/" in own["message"]


def test_the_messages_of_an_alert_have_an_address_too(alice: Api, told: Any) -> None:
    other = alice.create(alice.id)
    assert alice.get(f"/alert/{told['id']}/notifications")["total_count"] == 2
    assert alice.get(f"/api/v3/alert/{told['id']}/notifications/?status=sent")["total_count"] == 2
    assert alice.get(f"/alert/{other['id']}/notifications")["data"] == []
    alice.refused(404, "GET", "/alert/alt_NONE/notifications")
    alice.refused(405, "POST", f"/alert/{told['id']}/notifications")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("user_id={bob}", 1),
        ("status=failed", 0),
        ("to=BOB&ops=to:contains", 1),
        ("channel=email", 2),
        ("sent=1&ops=sent:gt", 2),
        ("stakeholder_id=", 2),
        ("id=ntf_1", 0),
    ],
)
def test_messages_are_filtered(alice: Api, bob: Api, told: Any, query: str, count: int) -> None:
    assert alice.get(f"/notification?{query.format(bob=bob.id)}")["total_count"] == count


@pytest.mark.parametrize("name", ["ntf_1", "ntf_0", "alt_00000000001", "ntf_99999999999", "ntf_9999999999999999999999"])
def test_an_id_that_no_message_has_is_a_404(alice: Api, told: Any, name: str) -> None:
    alice.refused(404, "GET", f"/notification/{name}")


def test_nobody_writes_messages(alice: Api, told: Any) -> None:
    alice.refused(405, "POST", "/notification", {})


def test_a_list_costs_the_same_however_long_it_is(alice: Api, bob: Api, told: Any) -> None:
    def cost(limit: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            alice.get(f"/notification?limit={limit}")
        return len(queries)

    assert cost(1) == cost(2)
