"""DELETE of an alert group: wipe keeps that it happened, delete keeps nothing."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.models import Alert, Event, LogEntry, ResolutionNote
from tests import builders
from tests.conftest import World, m
from tests.dialects.oncall.conftest import Api
from tests.dialects.oncall_runtime.conftest import group_id


@pytest.fixture
def alert(world: World) -> Alert:
    door = builders.integration(to=world.chain(world.alice, m(5), world.bob), labels={"team": "web"})
    alert = world.fire(door, message="secret")
    ResolutionNote.objects.create(alert=alert, text="secret", created_at=world.now)
    world.pass_time(m(1))
    return alert


@pytest.mark.parametrize("body", [{"mode": "wipe"}, {}])
def test_a_wipe_blanks_every_text_and_ends_the_alert(world: World, editor: Api, alert: Alert, body: Any) -> None:
    before = editor.get(f"alert_groups/{group_id(alert)}")
    assert editor("DELETE", f"alert_groups/{group_id(alert)}", body).status == 204
    after = editor.get(f"alert_groups/{group_id(alert)}")
    kept = ("id", "integration_id", "route_id", "created_at", "alerts_count")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert (after["title"], after["labels"], after["last_alert"]["payload"]) == (None, [], {})
    assert (after["state"], after["resolved_by"]) == ("resolved", f"U{world.bob.public_id}")
    alert.refresh_from_db()
    assert (alert.description, alert.thirdparty_id, alert.open_key) == (None, None, None)
    assert not ResolutionNote.objects.exists()
    assert world.kinds(alert)[-1] == "wiped"
    world.pass_time(m(60))
    assert [name for _, name in world.asked] == ["alice"]


def test_a_wiped_alert_stays_ended(world: World, editor: Api, alert: Alert) -> None:
    editor("DELETE", f"alert_groups/{group_id(alert)}", {"mode": "wipe"})
    refused = editor.refused("POST", f"alert_groups/{group_id(alert)}/unresolve")
    assert refused == {"detail": "Can't unresolve a wiped alert group"}
    assert world.fire(alert.integration) != alert


def test_a_delete_removes_the_alert_with_all_that_belongs_to_it(world: World, editor: Api, alert: Alert) -> None:
    path = f"alert_groups/{group_id(alert)}"
    assert editor("DELETE", path, {"mode": "delete"}).status == 204
    assert editor("GET", path).status == 404
    assert [model.objects.count() for model in (Alert, Event, LogEntry)] == [0, 0, 0]
    world.pass_time(m(60))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ([], "A dict with a `mode` key is expected"),
        ("wipe", "A dict with a `mode` key is expected"),
        ({"mode": "burn"}, "Invalid mode"),
        ({"mode": None}, "Invalid mode"),
        ({"mode": []}, "Invalid mode"),
    ],
)
def test_an_unknown_mode_changes_nothing(editor: Api, alert: Alert, body: Any, text: str) -> None:
    assert editor.refused("DELETE", f"alert_groups/{group_id(alert)}", body) == text
    assert editor.get(f"alert_groups/{group_id(alert)}")["state"] == "firing"


def test_a_viewer_removes_nothing(world: World, call_as: Any, alert: Alert) -> None:
    viewer = call_as(builders.person("vera", role="viewer"))
    assert viewer("DELETE", f"alert_groups/{group_id(alert)}", {"mode": "delete"}).status == 403
