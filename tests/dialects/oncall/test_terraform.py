"""What Terraform's provider does: it writes, reads, and finds nothing to change (spec/oncall-config-api 17)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.test import Client

from oncall.models import User
from tests.dialects.oncall.conftest import NOW, Api


@pytest.fixture(autouse=True)
def monday(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def ids(editor_api: Api, person: Callable[..., User]) -> dict[str, Any]:
    """The objects that the resources below point at."""
    users = [f"U{person(name).public_id}" for name in ("alice", "bob")]
    shift = editor_api.post("on_call_shifts", {"type": "single_event", "start": "2030-01-07T09:00:00", "duration": 60})
    return {"alice": users[0], "bob": users[1], "shift": shift["id"]}


def shift(**fields: Any) -> dict[str, Any]:
    return {"team_id": "", "name": "n", "start": "2030-01-07T09:00:00", "duration": 3600, "source": 3, **fields}


FOREIGN = {"ical_url_primary": None, "ical_url_overrides": None, "enable_web_overrides": False}
SLACK = {"channel_id": None, "user_group_id": None}
WRITES: list[tuple[str, Callable[[Any], dict[str, Any]], Callable[[Any], dict[str, Any]]]] = [
    (
        "schedules",
        lambda _: {"team_id": "", "name": "c", "type": "calendar", "time_zone": "Etc/UTC", "slack": SLACK},
        lambda ids: {"name": "c2", "time_zone": "Europe/Paris", "slack": SLACK, "shifts": [ids["shift"]], **FOREIGN},
    ),
    (
        "schedules",
        lambda _: {"name": "w", "type": "web", "slack": SLACK},
        lambda _: {"name": "w2", "team_id": "", "slack": SLACK, "shifts": None, **FOREIGN},
    ),
    (
        "on_call_shifts",
        lambda ids: shift(
            type="rolling_users",
            level=0,
            frequency="weekly",
            interval=1,
            week_start="MO",
            by_day=["MO", "FR"],
            time_zone="America/New_York",
            until="2031-01-07T09:00:00",
            rolling_users=[[ids["bob"]], [ids["alice"]]],
            start_rotation_from_user_index=1,
            users=None,
        ),
        lambda ids: shift(type="rolling_users", level=2, interval=3, rolling_users=[[ids["alice"], ids["bob"]]]),
    ),
    (
        "on_call_shifts",
        lambda ids: shift(type="recurrent_event", level=1, frequency="daily", week_start="SU", users=[ids["alice"]]),
        lambda _: shift(type="recurrent_event", level=1, users=None, rolling_users=None, by_month=[1, 2], by_day=None),
    ),
    (
        "on_call_shifts",
        lambda ids: shift(type="single_event", level=0, users=[ids["alice"]], rolling_users=None),
        lambda _: shift(type="single_event", level=0, start="2030-02-07T09:00:00", users=[]),
    ),
    (
        "shift_swaps",
        lambda ids: {
            "schedule": ids["place"],
            "swap_start": "2030-01-08T00:00:00Z",
            "swap_end": "2030-01-09T00:00:00.5+02:00",
            "beneficiary": ids["alice"],
        },
        lambda ids: {
            "schedule": ids["place"],
            "swap_start": "2030-01-08T01:00:00Z",
            "swap_end": "2030-01-09T00:00:00Z",
        },
    ),
]


def raw(api: Api, method: str, address: str, body: dict[str, Any] | None = None) -> bytes:
    sent = b"" if body is None else orjson.dumps(body)
    headers = {"Authorization": api.key}
    answer = Client().generic(method, f"/api/v1/{address}", sent, "application/json", headers=headers)
    assert answer.status_code == (201 if method == "POST" else 200), answer.content
    return answer.content


@pytest.mark.parametrize(("path", "first", "second"), WRITES)
def test_every_write_and_the_read_after_it_agree_byte_for_byte(
    editor_api: Api, ids: dict[str, Any], path: str, first: Any, second: Any
) -> None:
    ids["place"] = editor_api.post("schedules", {"name": "place", "type": "web"})["id"]
    made = raw(editor_api, "POST", f"{path}/", first(ids))
    address = f"{path}/{orjson.loads(made)['id']}/"
    assert raw(editor_api, "GET", address) == made
    changed = raw(editor_api, "PUT", address, second(ids))
    assert raw(editor_api, "GET", address) == changed
    assert raw(editor_api, "PUT", address, orjson.loads(changed)) == changed or path == "shift_swaps"
    for sent, answered in ((first(ids), made), (second(ids), changed)):
        values = orjson.loads(answered)
        for name in ("start", "until", "duration", "rolling_users", "by_day", "time_zone", "level", "week_start"):
            if sent.get(name) is not None and path == "on_call_shifts":
                assert values[name] == sent[name], name


def test_a_started_swap_is_still_there(editor_api: Api, ids: dict[str, Any], time_machine: Any) -> None:
    place = editor_api.post("schedules", {"name": "place", "type": "web"})["id"]
    body = {"schedule": place, "swap_start": "2030-01-08T00:00:00Z", "swap_end": "2030-01-09T00:00:00Z"}
    made = editor_api.post("shift_swaps", {**body, "beneficiary": ids["alice"]})
    time_machine.move_to("2030-01-08T12:00:00Z", tick=False)
    assert editor_api.get(f"shift_swaps/{made['id']}")["status"] == "past_due"
