from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from oncall.models import OnCallShift, Schedule, User
from oncall.services import people
from tests.dialects.oncall.conftest import NOW, Api, envelope

PATH = "on_call_shifts/"
START = "2030-01-07T08:00:00"
COMMON = {"team_id": None, "schedule": None, "name": "n", "time_zone": None, "start": START, "duration": 3600}
COMMON = {**COMMON, "rotation_start": START}
NO_MASKS = {"by_day": None, "by_month": None, "by_monthday": None}
SINGLE = {"type": "single_event", "name": "n", "start": START, "duration": 3600}
RECURRENT = {**SINGLE, "type": "recurrent_event", "frequency": "daily"}
ROLLING = {**RECURRENT, "type": "rolling_users", "start_rotation_from_user_index": 0}
OVERRIDE = {**SINGLE, "type": "override"}
DAYS = "'MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'"
WALL_CLOCK = "Invalid datetime format, should be \"yyyy-mm-dd'T'hh:mm:ss\""


@pytest.fixture(autouse=True)
def monday(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def users(person: Callable[..., User]) -> list[str]:
    return [f"U{person(name).public_id}" for name in ("alice", "bob", "carol")]


def test_a_single_event_has_its_keys_and_no_others(editor_api: Api, users: list[str]) -> None:
    made = editor_api.post(PATH, {**SINGLE, "users": users[:2], "level": 3, "frequency": "daily", "by_day": ["MO"]})
    assert made == {**COMMON, "id": made["id"], "type": "single_event", "level": 3, "users": users[:2]}
    assert made["id"].startswith("O")
    assert len(made["id"]) == 13
    assert editor_api.get(f"{PATH}{made['id']}") == made
    assert editor_api.get(PATH) == envelope(made)


def test_a_recurrent_event_has_its_keys_and_no_others(editor_api: Api, users: list[str]) -> None:
    masks = {"by_day": ["MO", "FR"], "by_month": [1, 12], "by_monthday": [1, -1]}
    sent = {**RECURRENT, **masks, "frequency": "weekly", "week_start": "SU", "interval": 2, "users": users[:1]}
    made = editor_api.post(PATH, {**sent, "until": "2031-01-01T00:00:00", "time_zone": "Europe/Paris"})
    assert made == {
        **COMMON,
        **masks,
        "id": made["id"],
        "type": "recurrent_event",
        "time_zone": "Europe/Paris",
        "level": 0,
        "frequency": "weekly",
        "interval": 2,
        "until": "2031-01-01T00:00:00",
        "week_start": "SU",
        "users": users[:1],
    }


def test_a_rotation_has_its_keys_and_no_others(editor_api: Api, users: list[str]) -> None:
    groups = [[users[2]], [], [users[1], users[0]]]
    made = editor_api.post(PATH, {**ROLLING, "rolling_users": groups, "users": users, "source": 3, "level": 0})
    assert made == {
        **COMMON,
        **NO_MASKS,
        "id": made["id"],
        "type": "rolling_users",
        "level": 0,
        "frequency": "daily",
        "interval": 1,
        "until": None,
        "rolling_users": groups,
        "start_rotation_from_user_index": 0,
    }
    assert OnCallShift.objects.get().source == 3


def test_an_override_has_no_level_and_belongs_to_a_schedule(editor_api: Api, users: list[str]) -> None:
    for kind in ("calendar", "web"):
        place = editor_api.post("schedules", {"name": kind, "type": kind})
        sent = {**OVERRIDE, "users": users[:1], "level": 9, "schedule": place["id"], "source": 2, "start": START}
        made = editor_api.post(PATH, sent)
        assert made == {**COMMON, "id": made["id"], "type": "override", "users": users[:1], "schedule": place["id"]}
        assert editor_api.get(f"schedules/{place['id']}")["on_call_now"] == []
        moved = editor_api.put(f"{PATH}{made['id']}", {"start": "2030-01-07T08:30:00"})
        assert moved["rotation_start"] == "2030-01-07T08:30:00"
        assert editor_api.get(f"schedules/{place['id']}")["on_call_now"] == users[:1]
    assert OnCallShift.objects.filter(source=1).count() == 2


def test_an_override_without_a_schedule_is_attached_later(editor_api: Api, users: list[str]) -> None:
    place = editor_api.post("schedules", {"name": "x", "type": "calendar"})
    made = editor_api.post(PATH, {**OVERRIDE, "duration": 7200, "users": users[:1]})
    assert made["schedule"] is None
    assert editor_api.put(f"{PATH}{made['id']}", {"schedule": place["id"]}) == {**made, "schedule": place["id"]}
    assert editor_api.get(f"schedules/{place['id']}")["on_call_now"] == users[:1]
    assert editor_api.put(f"{PATH}{made['id']}", {"schedule": None}) == made
    assert editor_api.refused("PUT", f"{PATH}{made['id']}", {"schedule": "SNOSUCHPLACE"}) == {
        "schedule": ["Object does not exist"]
    }


def test_the_schedule_of_other_shifts_is_not_read(editor_api: Api) -> None:
    place = editor_api.post("schedules", {"name": "x", "type": "web"})
    made = editor_api.post(PATH, {**SINGLE, "schedule": place["id"]})
    assert made["schedule"] is None
    assert editor_api.post(PATH, {**SINGLE, "schedule": "nothing"})["schedule"] is None


@pytest.mark.parametrize(
    ("base", "fields", "text"),
    [
        (SINGLE, {"type": "shift"}, "Invalid shift type"),
        (SINGLE, {"start": "2030-01-07T08:00:00Z"}, WALL_CLOCK),
        (SINGLE, {"start": "2030-01-07"}, WALL_CLOCK),
        (SINGLE, {"start": 7}, WALL_CLOCK),
        (SINGLE, {"start": "0030-01-07T08:00:00.5"}, WALL_CLOCK),
        (ROLLING, {"rotation_start": "soon"}, WALL_CLOCK),
        (RECURRENT, {"until": "2030-01-07T08:00:00+01:00"}, WALL_CLOCK),
        (RECURRENT, {"frequency": None}, "Field 'frequency' is required for this on-call shift type"),
        (RECURRENT, {"frequency": "yearly"}, "Invalid frequency type"),
        (RECURRENT, {"interval": None}, "Field 'interval' must be a positive integer"),
        (RECURRENT, {"interval": 0}, "Invalid value for interval"),
        (RECURRENT, {"interval": -1}, "Invalid value for interval"),
        (RECURRENT, {"frequency": "weekly"}, "Field 'week_start' is required for frequency type 'weekly'"),
        (
            RECURRENT,
            {"week_start": "MON"},
            f"Invalid day format for week start field. Should be one of the following: {DAYS}",
        ),
        (RECURRENT, {"by_day": ["1MO"]}, f"Invalid day value in by_day field. Valid values: {DAYS}"),
        (RECURRENT, {"by_day": [1]}, f"Invalid day value in by_day field. Valid values: {DAYS}"),
        (RECURRENT, {"by_month": [13]}, "Invalid month value in by_month field. Valid values: from 1 to 12"),
        (RECURRENT, {"by_month": [True]}, "Invalid month value in by_month field. Valid values: from 1 to 12"),
        (
            RECURRENT,
            {"by_monthday": [0]},
            "Invalid monthday value in by_monthday field. Valid values: from 1 to 31 and from -31 to -1",
        ),
        (
            ROLLING,
            {"start_rotation_from_user_index": None},
            "Field 'start_rotation_from_user_index' is required for this on-call shift type",
        ),
        (
            ROLLING,
            {"by_monthday": [1]},
            "Day limits are temporarily disabled for on-call shifts with type 'rolling_users' and frequency 'daily'",
        ),
        (
            ROLLING,
            {"by_day": ["MO", "MO", "TU"], "interval": 3},
            "Interval must be less than or equal to the number of selected days",
        ),
    ],
)
def test_what_a_shift_refuses_in_one_sentence(
    editor_api: Api, base: dict[str, Any], fields: dict[str, Any], text: str
) -> None:
    assert editor_api.refused("POST", PATH, {**base, **fields}) == {"detail": text}
    assert not OnCallShift.objects.exists()


@pytest.mark.parametrize("missing", ["type", "start", "duration"])
def test_a_shift_wants_a_type_a_start_and_a_duration(editor_api: Api, missing: str) -> None:
    body = {name: value for name, value in SINGLE.items() if name != missing}
    assert editor_api.refused("POST", PATH, body) == {missing: ["This field is required."]}


def test_a_rotation_says_with_whom_it_begins(editor_api: Api) -> None:
    body = {name: value for name, value in ROLLING.items() if name != "start_rotation_from_user_index"}
    text = "Field 'start_rotation_from_user_index' is required for this on-call shift type"
    assert editor_api.refused("POST", PATH, body) == {"detail": text}


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"time_zone": "Paris"}, {"time_zone": ["Invalid timezone"]}),
        ({"users": ["UNOBODY"]}, {"users": ["User does not exist {'UNOBODY'}"]}),
        ({"users": "U1"}, {"users": ['Expected a list of items but got type "str".']}),
        ({"rolling_users": [[], ["fuzz"]]}, {"rolling_users": {"1": ["User does not exist {'fuzz'}"]}}),
        ({"rolling_users": ["U1"]}, {"rolling_users": {"0": ['Expected a list of items but got type "str".']}}),
        ({"rolling_users": {}}, {"rolling_users": ['Expected a list of items but got type "dict".']}),
        ({"by_day": "MO"}, {"by_day": ['Expected a list of items but got type "str".']}),
        ({"duration": 0}, {"duration": ["Ensure this value is greater than or equal to 0:00:01."]}),
        ({"duration": -5}, {"duration": ["Ensure this value is greater than or equal to 0:00:01."]}),
        ({"duration": 31622401}, {"duration": ["Ensure this value is less than or equal to 366 days, 0:00:00."]}),
        ({"duration": 1e300}, {"duration": ["Ensure this value is less than or equal to 366 days, 0:00:00."]}),
        ({"interval": 10001}, {"interval": ["Ensure this value is less than or equal to 10000."]}),
        ({"interval": "x"}, {"interval": ["A valid integer is required."]}),
        ({"level": "high"}, {"level": ["A valid integer is required."]}),
        ({"name": "x" * 201}, {"name": ["Ensure this field has no more than 200 characters."]}),
    ],
)
def test_what_a_shift_refuses_by_field(editor_api: Api, fields: dict[str, Any], refusal: dict[str, Any]) -> None:
    assert editor_api.refused("POST", PATH, {**ROLLING, **fields}) == refusal


@pytest.mark.parametrize(
    ("sent", "seconds"), [(60, 60), ("60", 60), ("01:00", 60), ("1 00:00:01", 86401), (60.9, 60), (31622400, 31622400)]
)
def test_a_duration_has_several_spellings(editor_api: Api, sent: Any, seconds: int) -> None:
    assert editor_api.post(PATH, {**SINGLE, "duration": sent})["duration"] == seconds


def test_nothing_has_several_spellings(editor_api: Api) -> None:
    nothing: dict[str, Any] = {
        "users": None,
        "rolling_users": None,
        "by_day": [],
        "by_month": None,
        "until": None,
        "time_zone": "",
    }
    made = editor_api.post(PATH, {**ROLLING, **nothing, "team_id": "", "name": None, "rotation_start": None})
    assert made == {
        **COMMON,
        **NO_MASKS,
        "id": made["id"],
        "type": "rolling_users",
        "name": None,
        "level": 0,
        "frequency": "daily",
        "interval": 1,
        "until": None,
        "rolling_users": [],
        "start_rotation_from_user_index": 0,
    }


def test_a_week_start_is_answered_wherever_it_was_sent(editor_api: Api) -> None:
    assert editor_api.post(PATH, {**RECURRENT, "week_start": "SU"})["week_start"] == "SU"
    assert "week_start" not in editor_api.post(PATH, RECURRENT)
    assert "week_start" not in editor_api.post(PATH, {**SINGLE, "week_start": "SU"})


def test_an_update_keeps_what_it_does_not_name(editor_api: Api, users: list[str]) -> None:
    made = editor_api.post(PATH, {**ROLLING, "rolling_users": [[user] for user in users], "by_month": [1]})
    path = f"{PATH}{made['id']}"
    assert editor_api.put(path, {"duration": 60}) == {**made, "duration": 60}
    assert editor_api("PATCH", path, {"by_month": None}).body == {**made, "duration": 60, "by_month": None}
    assert editor_api.put(path, made) == made
    weekly = editor_api.put(path, {"frequency": "weekly", "week_start": "MO"})
    assert weekly == {**made, "frequency": "weekly", "week_start": "MO"}
    assert editor_api.put(path, {"interval": 2}) == {**weekly, "interval": 2}
    assert editor_api.refused("PUT", path, {"interval": None}) == {
        "detail": "Field 'interval' must be a positive integer"
    }


def test_frequency_rules_are_looked_at_again_when_the_frequency_changes(editor_api: Api) -> None:
    made = editor_api.post(PATH, RECURRENT)
    path = f"{PATH}{made['id']}"
    assert editor_api.refused("PUT", path, {"frequency": "weekly"}) == {
        "detail": "Field 'week_start' is required for frequency type 'weekly'"
    }
    assert editor_api.put(path, {"frequency": "hourly"})["frequency"] == "hourly"


def test_a_new_type_empties_the_fields_of_the_old_one(editor_api: Api, users: list[str]) -> None:
    made = editor_api.post(PATH, {**ROLLING, "rolling_users": [users], "level": 2, "by_month": [1]})
    path = f"{PATH}{made['id']}"
    single = editor_api.put(path, {"type": "single_event"})
    assert single == {**COMMON, "id": made["id"], "type": "single_event", "level": 2, "users": []}
    assert editor_api.refused("PUT", path, {"type": "rolling_users"}) == {
        "detail": "Field 'frequency' is required for this on-call shift type"
    }
    back = editor_api.put(path, {"type": "rolling_users", "frequency": "daily"})
    assert (back["rolling_users"], back["by_month"], back["interval"]) == ([], None, 1)


def test_the_rotation_start_moves_along_with_the_start_it_equalled(editor_api: Api) -> None:
    later, sooner = "2030-02-01T08:00:00", "2029-12-01T08:00:00"
    made = editor_api.post(PATH, {**ROLLING, "rotation_start": START})
    assert editor_api.put(f"{PATH}{made['id']}", {"start": sooner})["rotation_start"] == sooner
    made = editor_api.post(PATH, {**ROLLING, "rotation_start": later})
    assert editor_api.put(f"{PATH}{made['id']}", {"start": sooner})["rotation_start"] == later
    made = editor_api.post(PATH, ROLLING)
    assert editor_api.put(f"{PATH}{made['id']}", {"start": sooner, "rotation_start": later})["rotation_start"] == later


def test_a_shift_of_a_calendar_cannot_become_an_override_but_an_override_may_become_its_shift(
    editor_api: Api, users: list[str]
) -> None:
    shift = editor_api.post(PATH, {**SINGLE, "duration": 7200, "users": users[:1]})
    place = editor_api.post("schedules", {"name": "x", "type": "calendar", "shifts": [shift["id"]]})
    assert editor_api.refused("PUT", f"{PATH}{shift['id']}", {"type": "override"}) == {
        "detail": "Shifts of type override are not supported in this schedule"
    }
    cover = editor_api.post(PATH, {**OVERRIDE, "schedule": place["id"], "users": users[1:2], "duration": 7200})
    assert editor_api.get(f"schedules/{place['id']}")["on_call_now"] == users[1:2]
    assert editor_api.put(f"{PATH}{cover['id']}", {"type": "single_event"})["schedule"] == place["id"]
    found = editor_api.get(f"schedules/{place['id']}")
    assert (found["shifts"], found["on_call_now"]) == ([shift["id"], cover["id"]], users[:2])


def test_shifts_are_found_by_name_team_and_schedule(editor_api: Api) -> None:
    team = f"T{people.add_team('web').public_id}"
    one = editor_api.post(PATH, {**SINGLE, "name": "one", "team_id": team})
    two = editor_api.post(PATH, {**SINGLE, "name": "two"})
    for name in ("x", "y"):
        place = editor_api.post("schedules", {"name": name, "type": "calendar", "shifts": [one["id"]]})
    cover = editor_api.post(PATH, {**OVERRIDE, "schedule": place["id"]})
    one = editor_api.get(f"{PATH}{one['id']}")
    for query, found in [
        ("", [one, two, cover]),
        ("name=two", [two]),
        ("name=", []),
        (f"team_id={team}", [one]),
        ("team_id=null", [two, cover]),
        (f"schedule_id={place['id']}", [one, cover]),
        ("schedule_id=", [one, two, cover]),
        ("schedule_id=SNOSUCHPLACE", []),
    ]:
        assert editor_api.get(f"{PATH}?{query}") == envelope(*found), query


@pytest.mark.parametrize("kind", ["single_event", "recurrent_event", "override"])
def test_a_web_schedules_shift_that_has_begun_ends_instead_of_vanishing(editor_api: Api, kind: str) -> None:
    place = Schedule.objects.create(name="x", type="web", time_zone="Europe/Paris")
    daily = "daily" if kind == "recurrent_event" else None
    row = OnCallShift.objects.create(
        type=kind,
        owner=place,
        start=NOW.replace(tzinfo=None),  # 08:00Z in Paris
        duration=timedelta(hours=8),
        frequency=daily,
        interval=1,
    )
    assert editor_api("DELETE", f"{PATH}O{row.public_id}").status == 204
    ended = editor_api.get(f"{PATH}O{row.public_id}")
    if daily:
        assert (ended["until"], ended["duration"]) == ("2030-01-07T09:00:00", 28800)
    else:
        assert ended["duration"] == 3600
    assert editor_api("DELETE", f"{PATH}O{row.public_id}").status == 204
    assert editor_api.get(f"{PATH}O{row.public_id}") == ended


def test_other_shifts_are_deleted_for_good(editor_api: Api) -> None:
    place = Schedule.objects.create(name="x", type="web")
    future = OnCallShift.objects.create(
        type="single_event", owner=place, start=NOW.replace(tzinfo=None), duration=timedelta(hours=8)
    )
    started = editor_api.post(PATH, SINGLE)
    for pk in (f"O{future.public_id}", started["id"]):
        assert editor_api("DELETE", f"{PATH}{pk}").status == 204
        assert editor_api("GET", f"{PATH}{pk}").status == 404


def test_a_person_who_is_gone_leaves_an_uncovered_turn(
    editor_api: Api, users: list[str], person: Callable[..., User]
) -> None:
    dave = person("dave")
    made = editor_api.post(PATH, {**ROLLING, "rolling_users": [[users[0]], [f"U{dave.public_id}"]]})
    dave.delete()
    assert editor_api.get(f"{PATH}{made['id']}")["rolling_users"] == [[users[0]], []]
