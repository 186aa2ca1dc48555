"""The OnCall API's alerts: what monitors sent."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import search
from alerts.models import Alert, Event
from tests import builders
from tests.conftest import World, m
from tests.dialects.oncall.conftest import Api, envelope


@pytest.fixture
def alerts(world: World) -> list[Alert]:
    door = builders.integration()
    made = []
    for uid, title in (("a", "Disk is full"), ("b", "Café “geschlossen” 😀"), ("a", "disk again")):
        made.append(world.fire(door, alert_uid=uid, title=title))
        world.now += m(1)
    return made


def titles(api: Api, query: str = "") -> list[str]:
    return [each["payload"]["title"] for each in api.get(f"alerts?{query}")["results"]]


def test_an_alert_is_answered_in_full(world: World, editor: Api) -> None:
    alert = world.fire(builders.integration(), title="x")
    event = Event.objects.get()
    payload = {"alert_uid": "disk-1", "title": "x", "state": "alerting"}
    assert editor.get("alerts") == envelope(
        {
            "id": f"A{event.public_id}",
            "alert_group_id": f"I{alert.public_id}",
            "created_at": "2030-01-07T09:00:00.000000Z",
            "payload": payload,
        }
    )


def test_the_newest_comes_first(editor: Api, alerts: list[Alert]) -> None:
    assert titles(editor) == ["disk again", "Café “geschlossen” 😀", "Disk is full"]


def test_alerts_are_found_by_id_and_by_group(editor: Api, alerts: list[Alert]) -> None:
    assert titles(editor, f"alert_group_id=I{alerts[0].public_id}") == ["disk again", "Disk is full"]
    first = Event.objects.order_by("pk").first()
    assert first is not None
    assert titles(editor, f"id=A{first.public_id}") == ["Disk is full"]
    assert titles(editor, f"id=A{first.public_id}&alert_group_id=I{alerts[1].public_id}") == []


@pytest.mark.parametrize("query", ["id=AX", "id=x", "alert_group_id=IX", "search=nowhere", "search=100%25"])
def test_what_nothing_has_finds_nothing(editor: Api, alerts: list[Alert], query: str) -> None:
    assert titles(editor, query) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("disk", 2),
        ("DISK IS", 1),
        ("café", 1),
        ("“gesch", 1),
        ("” 😀", 1),
        ('"state": "alerting"', 3),
        ("alert_uid", 3),
    ],
)
def test_alerts_are_found_by_a_part_of_their_json(editor: Api, alerts: list[Alert], text: str, count: int) -> None:
    assert len(titles(editor, f"search={text}")) == count


@pytest.mark.parametrize("text", ["d", "di", "😀"])
def test_a_search_has_three_characters_at_least(editor: Api, alerts: list[Alert], text: str) -> None:
    refused = editor.refused("GET", f"alerts?search={text}")
    assert refused == {"search": ["Ensure this field has at least 3 characters."]}


@pytest.mark.parametrize("text", ["87%25 full", "_%25_", "%25%25%25", "a_b"])
def test_wildcards_of_the_database_are_plain_letters(world: World, editor: Api, text: str) -> None:
    world.fire(builders.integration(), title="the disk is 87% full _%_ %%% a_b")
    world.fire(builders.integration(name="other"), title="the disk is 87 full axb")
    assert titles(editor, f"search={text}") == ["the disk is 87% full _%_ %%% a_b"]


def test_a_wiped_or_deleted_payload_is_not_found_any_more(editor: Api, alerts: list[Alert]) -> None:
    assert editor("DELETE", f"alert_groups/I{alerts[0].public_id}", {"mode": "wipe"}).status == 204
    assert titles(editor, "search=disk") == []
    assert editor("DELETE", f"alert_groups/I{alerts[1].public_id}", {"mode": "delete"}).status == 204
    assert titles(editor, "search=geschlossen") == []


def test_the_search_goes_by_an_index(db: None) -> None:
    plan = search.events_with("disk is full", Event.objects.order_by("-pk")).explain()
    if connection.vendor == "sqlite":
        assert "SCAN alerts_event_search VIRTUAL TABLE INDEX 0:L0" in plan
        assert "SCAN alerts_event\n" not in plan
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_indexscan = off")
        plan = search.events_with("disk is full", Event.objects.order_by()).explain()
        assert "Bitmap Index Scan on alerts_event_search" in plan


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_alerts_cannot_be_written(editor: Api, method: str) -> None:
    assert editor(method, "alerts", {}).status == 405


def test_a_single_alert_has_no_address(editor: Api, alerts: list[Alert]) -> None:
    event = Event.objects.order_by("pk").first()
    assert event is not None
    assert editor("GET", f"alerts/A{event.public_id}").status == 404


@pytest.mark.parametrize("count", [1, 50])
def test_a_list_costs_the_same_however_long_it_is(world: World, editor: Api, count: int) -> None:
    door = builders.integration()
    for number in range(count):
        world.fire(door, alert_uid=f"{number}")
    with CaptureQueriesContext(connection) as queries:
        assert len(editor.get("alerts")["results"]) == count
    assert len(queries) == 3  # the key, the count, the page
