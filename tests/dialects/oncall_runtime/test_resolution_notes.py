"""Resolution notes: made, read, changed, deleted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert, ResolutionNote
from tests import builders
from tests.conftest import World
from tests.dialects.oncall.conftest import Api, envelope
from tests.dialects.oncall_runtime.conftest import group_id


@pytest.fixture
def alert(world: World) -> Alert:
    return world.fire(builders.integration())


def test_a_note_is_made_and_read_back_alike(world: World, editor: Api, alert: Alert, at: Callable[[], None]) -> None:
    at()
    made = editor.post("resolution_notes", {"alert_group_id": group_id(alert), "text": "Cleaned /var"})
    note = ResolutionNote.objects.get()
    assert made == {
        "id": f"M{note.public_id}",
        "alert_group_id": group_id(alert),
        "author": f"U{world.bob.public_id}",
        "source": "Web",
        "created_at": "2030-01-07T09:00:00.000000Z",
        "text": "Cleaned /var",
    }
    assert editor.get(f"resolution_notes/{made['id']}") == made
    assert editor.get("resolution_notes") == envelope(made)


def test_a_note_is_changed_and_its_alert_group_is_fixed(world: World, editor: Api, alert: Alert) -> None:
    made = editor.post("resolution_notes", {"alert_group_id": group_id(alert), "text": "x"})
    other = world.fire(builders.integration(name="other"))
    path = f"resolution_notes/{made['id']}"
    assert editor.put(path, {"alert_group_id": group_id(other), "text": "y"}) == made | {"text": "y"}
    assert editor("PATCH", path, {}).body == made | {"text": "y"}


def test_a_deleted_note_is_gone(editor: Api, alert: Alert) -> None:
    made = editor.post("resolution_notes", {"alert_group_id": group_id(alert), "text": "x"})
    path = f"resolution_notes/{made['id']}"
    assert editor("DELETE", path).status == 204
    assert editor("GET", path).status == editor("DELETE", path).status == 404
    assert editor.get("resolution_notes") == envelope()


def test_a_note_from_elsewhere_is_not_changed(editor: Api, alert: Alert) -> None:
    note = ResolutionNote.objects.create(alert=alert, text="x", origin="Slack", created_at=alert.created_at)
    refused = editor.refused("PUT", f"resolution_notes/M{note.public_id}", {"text": "y"})
    assert refused == {"detail": "Cannot update message with this source type"}


@pytest.mark.parametrize(
    ("body", "field"),
    [({"text": "x"}, "alert_group_id"), ({"alert_group_id": "IX", "text": "x"}, "alert_group_id"), ({}, "text")],
)
def test_what_is_missing_is_named(editor: Api, alert: Alert, body: dict[str, str], field: str) -> None:
    assert field in editor.refused("POST", "resolution_notes", body)


def test_notes_are_found_by_alert_group_the_newest_first(world: World, editor: Api, alert: Alert) -> None:
    other = world.fire(builders.integration(name="other"))
    for each, text in ((alert, "a"), (other, "b"), (alert, "c")):
        editor.post("resolution_notes", {"alert_group_id": group_id(each), "text": text})
    texts = [note["text"] for note in editor.get("resolution_notes")["results"]]
    assert texts == ["b", "c", "a"]
    found = editor.get(f"resolution_notes?alert_group_id={group_id(alert)}")["results"]
    assert [note["text"] for note in found] == ["c", "a"]


def test_a_viewer_writes_no_notes(world: World, call_as: Callable[..., Api], alert: Alert) -> None:
    viewer = call_as(builders.person("vera", role="viewer"))
    assert viewer("POST", "resolution_notes", {"alert_group_id": group_id(alert), "text": "x"}).status == 403
    assert viewer.get("resolution_notes") == envelope()


@pytest.mark.parametrize("count", [1, 50])
def test_a_list_costs_the_same_however_long_it_is(world: World, editor: Api, alert: Alert, count: int) -> None:
    for number in range(count):
        author = builders.person(f"p{number}", email=False)
        ResolutionNote.objects.create(alert=alert, text="x", author=author, created_at=world.now)
    with CaptureQueriesContext(connection) as queries:
        assert len(editor.get("resolution_notes")["results"]) == count
    assert len(queries) == 3  # the key, the count, the page
