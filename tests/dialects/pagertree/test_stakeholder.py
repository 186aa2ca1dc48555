"""`/stakeholder`, and what alerts make of it (spec/pagertree Part B, C8, D1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oncall.models import Team
from tests.dialects.pagertree.conftest import Api

KEYS = ["sid", "id", "createdAt", "updatedAt", "meta", "tinyId", "name", "enabled", "user_ids", "emails", "events"]
SILENT = dict.fromkeys(("alert_assigned", "alert_acknowledged", "alert_resolved", "alert_dropped"), False)


@pytest.fixture
def board(alice: Api, bob: Api) -> Callable[..., Any]:
    """Make a group of Bob; return it."""

    def make(**fields: Any) -> Any:
        answer = alice("POST", "/stakeholder", {"name": "Board", "user_ids": [bob.id]} | fields)
        assert answer.status == 200, answer
        return answer.body

    return make


def test_a_group_is_made_read_changed_and_deleted(alice: Api, bob: Api, board: Callable[..., Any], sid: str) -> None:
    made = board(emails=["ceo@example.org", "CEO@example.org"], events={"alert_dropped": True})
    assert list(made) == KEYS
    assert (made["sid"], made["createdAt"]) == (sid, "2030-01-07T09:00:00.000Z")
    assert (made["user_ids"], made["emails"], made["enabled"]) == ([bob.id], ["ceo@example.org"], True)
    assert made["events"] == SILENT | {"alert_dropped": True}
    path = f"/stakeholder/{made['id']}"
    assert alice.get(path) == made
    changed = alice("PUT", path, {"events": {"alert_resolved": True}, "enabled": False}).body
    assert changed["events"] == SILENT | {"alert_dropped": True, "alert_resolved": True}
    assert (changed["enabled"], changed["name"], changed["user_ids"]) == (False, "Board", [bob.id])
    assert alice("DELETE", path).status == 204
    alice.refused(404, "GET", path)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"user_ids": []}, "'name' is a required parameter"),
        ({"name": "x"}, "'user_ids' is a required parameter"),
        ({"name": "x", "user_ids": []}, "user_ids: name a user or give an e-mail address"),
        ({"name": "x", "user_ids": ["usr_NOBODY"]}, "user_ids: there is no 'usr_NOBODY'"),
        ({"name": "x", "user_ids": [], "emails": ["nobody"]}, "emails: 'nobody' is not an e-mail address"),
        ({"name": "x", "user_ids": [], "emails": ["a@b.cc"], "events": {"alert_open": True}}, "events: 'alert_open'"),
        ({"name": "x", "user_ids": [], "emails": ["a@b.cc"], "events": {"alert_dropped": 1}}, "events: alert_dropped"),
    ],
)
def test_what_cannot_be_a_group_is_refused(alice: Api, body: Any, message: str) -> None:
    assert alice.refused(400, "POST", "/stakeholder", body)[0].startswith(message)
    assert alice.get("/stakeholder")["total_count"] == 0


def test_editors_read_groups_and_admins_write_them(bob: Api, board: Callable[..., Any]) -> None:
    made = board()
    assert bob.get(f"/stakeholder/{made['id']}") == made
    bob.refused(403, "POST", "/stakeholder", {"name": "x", "user_ids": [bob.id]})
    bob.refused(403, "PUT", f"/stakeholder/{made['id']}", {"name": "x"})
    bob.refused(403, "DELETE", f"/stakeholder/{made['id']}")


def test_groups_are_listed_filtered_and_selected(alice: Api, bob: Api, board: Callable[..., Any]) -> None:
    first, second = board(name="A board"), board(name="B board", user_ids=[alice.id], enabled=False)
    listed = alice.get("/stakeholder")
    assert ([row["id"] for row in listed["data"]], listed["total_count"]) == ([second["id"], first["id"]], 2)
    for query, expected in [
        (f"user_ids={bob.id}", ["A board"]),
        (f"user_ids={bob.id}&ops=user_ids:ne", ["B board"]),
        ("enabled=false", ["B board"]),
        ("name=a&ops=name:beginsWith", ["A board"]),
        (f"id={second['id']}", ["B board"]),
        ("sort=name", ["A board", "B board"]),
    ]:
        assert [row["name"] for row in alice.get(f"/stakeholder?{query}")["data"]] == expected, query
    assert alice.get("/stakeholder?select=name&limit=1")["data"] == [{"name": "B board"}]
    alice.refused(400, "GET", "/stakeholder?nothing=1")
    alice.refused(400, "GET", "/stakeholder?select=nothing")


def test_an_alert_takes_only_groups_that_exist_and_each_once(alice: Api, board: Callable[..., Any], ops: str) -> None:
    made = board()
    assert alice.create(ops, stakeholder_ids=[made["id"], made["id"]])["stakeholder_ids"] == [made["id"]]
    refusal = alice.refused(
        400, "POST", "/alert", {"title": "x", "destination_ids": [ops], "stakeholder_ids": ["stk_NONE"]}
    )
    assert refusal == ["stakeholder_ids: there is no stakeholder 'stk_NONE'"]
    alert = alice.create(ops)
    assert alice.put(alert, {"stakeholder_ids": [made["id"]]})["stakeholder_ids"] == [made["id"]]
    assert alice.ids(f"stakeholder_ids={made['id']}")[0] == alert["id"]


def test_a_teams_groups_are_those_of_its_alerts(alice: Api, board: Callable[..., Any], ops: str) -> None:
    own, other = board(), board(name="Other")
    Team.objects.get(public_id=ops[4:]).stakeholders.set([own["tinyId"]])
    assert alice.create(ops)["stakeholder_ids"] == [own["id"]]
    assert alice.create(ops, stakeholder_ids=[other["id"]])["stakeholder_ids"] == [other["id"], own["id"]]
    assert alice.create(alice.id)["stakeholder_ids"] == []


def test_a_deleted_group_leaves_its_alerts_readable(alice: Api, board: Callable[..., Any], ops: str) -> None:
    made = board()
    alert = alice.create(ops, stakeholder_ids=[made["id"]])
    alice("DELETE", f"/stakeholder/{made['id']}")
    assert alice.get(f"/alert/{alert['id']}")["stakeholder_ids"] == [made["id"]]
    assert alice.act("acknowledge", alert)["status"] == "acknowledged"
