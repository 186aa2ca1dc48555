from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from oncall.models import EscalationChain, EscalationPolicy, OnCallShift, Schedule, User
from oncall.services import people, policies, shifts
from tests.dialects.oncall.conftest import NOW, Api, envelope

PATH = "schedules/"
NO_SLACK = {"channel_id": None, "user_group_id": None}
ICAL = {"type": "ical", "name": "x"}
DAILY = {"type": "recurrent_event", "start": "2030-01-07T08:00:00", "duration": 28800, "frequency": "daily"}


@pytest.fixture(autouse=True)
def monday(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def alice(person: Callable[..., User]) -> str:
    return f"U{person('alice').public_id}"


def test_a_calendar_is_answered_whole(editor_api: Api, alice: str) -> None:
    shift = editor_api.post("on_call_shifts", {**DAILY, "users": [alice]})
    team = f"T{people.add_team('web').public_id}"
    made = editor_api.post(
        PATH,
        {
            "name": "Primary",
            "type": "calendar",
            "time_zone": "UTC",
            "team_id": team,
            "shifts": [shift["id"]],
            "slack": NO_SLACK,
        },
    )
    assert made == {
        "id": made["id"],
        "team_id": team,
        "name": "Primary",
        "type": "calendar",
        "time_zone": "UTC",
        "slack": NO_SLACK,
        "on_call_now": [alice],
        "shifts": [shift["id"]],
        "ical_url_overrides": None,
        "enable_web_overrides": False,
    }
    assert made["id"].startswith("S")
    assert len(made["id"]) == 13
    assert editor_api.get(f"{PATH}{made['id']}") == made
    assert editor_api.get(PATH) == envelope(made)
    assert editor_api.get(f"on_call_shifts/{shift['id']}")["schedule"] == made["id"]


def test_a_web_schedule_takes_shifts_over_and_shows_all_its_own(editor_api: Api, alice: str) -> None:
    shift = editor_api.post("on_call_shifts", {**DAILY, "users": [alice]})
    made = editor_api.post(PATH, {"name": "Web", "type": "web", "shifts": [shift["id"]]})
    assert made == {
        "id": made["id"],
        "team_id": None,
        "name": "Web",
        "type": "web",
        "time_zone": "UTC",
        "slack": NO_SLACK,
        "on_call_now": [alice],
        "shifts": [shift["id"]],
    }
    cover = editor_api.post(
        "on_call_shifts",
        {"type": "override", "start": "2030-01-09T08:00:00", "duration": 3600, "schedule": made["id"]},
    )
    assert editor_api.get(f"{PATH}{made['id']}")["shifts"] == [shift["id"], cover["id"]]
    assert editor_api("DELETE", f"{PATH}{made['id']}").status == 204
    assert not OnCallShift.objects.exists()


def test_a_web_schedule_is_changed_but_for_its_shifts(editor_api: Api) -> None:
    shift = editor_api.post("on_call_shifts", DAILY)
    made = editor_api.post(PATH, {"name": "Web", "type": "web"})
    sent = {
        "name": "New",
        "type": "calendar",
        "time_zone": "Europe/Paris",
        "shifts": [shift["id"]],
        "ical_url_primary": None,
        "ical_url_overrides": None,
        "enable_web_overrides": False,
        "slack": NO_SLACK,
    }
    assert editor_api.put(f"{PATH}{made['id']}", sent) == {**made, "name": "New", "time_zone": "Europe/Paris"}


def test_a_calendar_keeps_what_an_update_does_not_name_and_null_empties_its_shifts(editor_api: Api) -> None:
    shift = editor_api.post("on_call_shifts", DAILY)
    other = editor_api.post("on_call_shifts", DAILY)
    made = editor_api.post(PATH, {"name": "C", "type": "calendar", "shifts": [shift["id"]]})
    path = f"{PATH}{made['id']}"
    assert editor_api.put(path, {"name": "D"}) == {**made, "name": "D"}
    assert editor_api.put(path, {"shifts": [other["id"]]})["shifts"] == [other["id"]]
    assert editor_api("PATCH", path, {"shifts": None}).body["shifts"] == []
    assert editor_api.put(path, {"ical_url_primary": None, "type": "web"}) == {**made, "name": "D", "shifts": []}
    assert editor_api.put(path, {"enable_web_overrides": None})["enable_web_overrides"] is False
    assert editor_api.put(path, {"enable_web_overrides": True})["enable_web_overrides"] is True


def test_one_shift_may_be_in_two_calendars_and_outlives_them(editor_api: Api) -> None:
    shift = editor_api.post("on_call_shifts", DAILY)
    for name in ("one", "two"):
        editor_api.post(PATH, {"name": name, "type": "calendar", "shifts": [shift["id"]]})
    listed = editor_api.get(PATH)["results"]
    assert [row["shifts"] for row in listed] == [[shift["id"]], [shift["id"]]]
    assert editor_api.get("on_call_shifts") == envelope({**shift, "schedule": listed[0]["id"]})
    for row in listed:
        assert editor_api("DELETE", f"{PATH}{row['id']}").status == 204
    assert editor_api.get("on_call_shifts") == envelope(shift)


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"name": "x"}, {"type": "This field is required"}),
        ({"name": "x", "type": "paper"}, {"type": "Invalid type"}),
        ({"name": "x", "type": None}, {"type": "Invalid type"}),
        ({"type": "web"}, {"name": ["This field is required."]}),
        ({"type": "web", "name": "x" * 201}, {"name": ["Ensure this field has no more than 200 characters."]}),
        ({"type": "web", "name": "x", "time_zone": "Mars/Base"}, {"time_zone": ["Invalid timezone"]}),
        ({"type": "web", "name": "x", "time_zone": 7}, {"time_zone": ["Invalid timezone"]}),
        ({"type": "web", "name": "x", "time_zone": None}, {"time_zone": ["This field may not be null."]}),
        ({"type": "web", "name": "x", "team_id": "TNOSUCHTEAM12"}, {"team_id": ["Object does not exist"]}),
        (
            {"type": "calendar", "name": "x", "shifts": ["ONOSUCHSHIFT1", 7]},
            {"shifts": ["On-call shift does not exist {'ONOSUCHSHIFT1', '7'}"]},
        ),
        (
            {"type": "calendar", "name": "x", "shifts": "O1"},
            {"shifts": ['Expected a list of items but got type "str".']},
        ),
        (
            {"type": "web", "name": "x", "slack": {"channel_id": "C1"}},
            {"detail": "Slack isn't connected to this workspace"},
        ),
        (
            {"type": "web", "name": "x", "slack": []},
            {"slack": {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}},
        ),
        ({"type": "ical", "name": "x"}, {"ical_url_primary": ["This field is required."]}),
        (
            {**ICAL, "ical_url_primary": None},
            {"ical_url_primary": ["This field may not be null."]},
        ),
        (
            {**ICAL, "ical_url_primary": "ftp://a.org/"},
            {"ical_url_primary": ["Enter a valid URL."]},
        ),
        (
            {**ICAL, "ical_url_primary": "https://tocsin.example.org/api/v1/x"},
            {"ical_url_primary": ["Potential self-reference"]},
        ),
        (
            {**ICAL, "ical_url_primary": "http://127.0.0.1:9/a.ics"},
            {"ical_url_primary": ["Ical download failed"]},
        ),
    ],
)
def test_what_a_schedule_refuses(editor_api: Api, body: dict[str, Any], refusal: dict[str, Any]) -> None:
    assert editor_api.refused("POST", PATH, body) == refusal
    assert not Schedule.objects.exists()


def test_a_calendar_refuses_overrides_among_its_shifts(editor_api: Api) -> None:
    cover = editor_api.post("on_call_shifts", {"type": "override", "start": "2030-01-09T08:00:00", "duration": 3600})
    no = {"detail": "Shifts of type override are not supported in this schedule"}
    assert editor_api.refused("POST", PATH, {"type": "calendar", "name": "x", "shifts": [cover["id"]]}) == no
    made = editor_api.post(PATH, {"type": "calendar", "name": "x"})
    assert editor_api.refused("PUT", f"{PATH}{made['id']}", {"shifts": [cover["id"]]}) == no


def test_a_chat_channel_that_is_there_may_be_sent_back_and_cleared(editor_api: Api) -> None:
    row = Schedule.objects.create(name="x", type="web", chat_channel="C1")
    path = f"{PATH}S{row.public_id}"
    there = {"channel_id": "C1", "user_group_id": None}
    assert editor_api.put(path, {"slack": there})["slack"] == there
    assert editor_api.put(path, {"slack": {"channel_id": None}})["slack"] == NO_SLACK
    assert editor_api.put(path, {"slack": None})["slack"] == NO_SLACK


def test_two_schedules_may_have_one_name(editor_api: Api) -> None:
    one, two = (editor_api.post(PATH, {"type": "web", "name": "x"}) for _ in range(2))
    team = f"T{people.add_team('web').public_id}"
    three = editor_api.post(PATH, {"type": "web", "name": "y", "team_id": team})
    for query, found in [
        ("name=x", [one, two]),
        ("name=X", []),
        ("name=", []),
        ("team_id=null", [one, two]),
        (f"team_id={team}", [three]),
        (f"name=x&team_id={team}", []),
    ]:
        assert editor_api.get(f"{PATH}?{query}") == envelope(*found), query


def test_policies_that_asked_a_deleted_schedule_have_none(editor_api: Api) -> None:
    row = Schedule.objects.create(name="x", type="web")
    chain = EscalationChain.objects.create(name="c")
    policies.create_policy(chain, type="notify_on_call_from_schedule", values={"schedule": row})
    assert editor_api("DELETE", f"{PATH}S{row.public_id}").status == 204
    assert EscalationPolicy.objects.get().schedule is None


def test_somebody_who_may_not_be_asked_is_not_on_call(editor_api: Api, person: Callable[..., User]) -> None:
    viewer = f"U{person('victor', 'viewer').public_id}"
    shift = editor_api.post("on_call_shifts", {**DAILY, "users": [viewer]})
    made = editor_api.post(PATH, {"name": "x", "type": "calendar", "shifts": [shift["id"]]})
    assert made["on_call_now"] == []


def test_who_is_on_call_in_fifty_schedules_costs_what_it_costs_in_one(
    editor_api: Api, person: Callable[..., User], django_assert_num_queries: Any
) -> None:
    users = [person(f"p{number}") for number in range(10)]

    def make(count: int) -> None:
        for number in range(count):
            shift = shifts.create_shift(
                {
                    "type": "rolling_users",
                    "start": NOW.replace(tzinfo=None) - timedelta(days=3),
                    "duration": timedelta(days=1),
                    "frequency": "daily",
                    "start_index": 0,
                    "rolling_users": [[user] for user in users],
                }
            )
            shift.schedules.add(Schedule.objects.create(name=f"s{number}", type="calendar"))

    make(1)
    editor_api.get(PATH)
    with django_assert_num_queries(13):
        editor_api.get(PATH)
    make(49)
    with django_assert_num_queries(13):
        page = editor_api.get(PATH)
    assert [row["on_call_now"] for row in page["results"]] == [[f"U{users[3].public_id}"]] * 50


def test_the_final_shifts_are_the_resolved_schedule_clipped_to_the_window(editor_api: Api, alice: str) -> None:
    base = editor_api.post("on_call_shifts", {**DAILY, "users": [alice]})
    made = editor_api.post(PATH, {"name": "x", "type": "calendar", "shifts": [base["id"]]})
    root = editor_api.get("users?username=editor")["results"][0]
    editor_api.post(
        "on_call_shifts",
        {
            "type": "override",
            "start": "2030-01-08T10:00:00",
            "duration": 3600,
            "schedule": made["id"],
            "users": [root["id"]],
        },
    )

    def row(name: str, pk: str, start: str, end: str) -> dict[str, str]:
        person = {"user_pk": pk, "user_email": f"{name}@example.org", "user_username": name}
        return {**person, "shift_start": f"2030-01-{start}:00:00Z", "shift_end": f"2030-01-{end}:00:00Z"}

    found = editor_api.get(f"{PATH}{made['id']}/final_shifts?start_date=2030-01-07T12:00&end_date=2030-01-09&page=3")
    assert found == envelope(
        row("alice", alice, "07T12", "07T16"),
        row("alice", alice, "08T08", "08T10"),
        row("editor", root["id"], "08T10", "08T11"),
        row("alice", alice, "08T11", "08T16"),
    )
    nothing = editor_api.get(f"{PATH}{made['id']}/final_shifts/?start_date=2030-01-07&end_date=2030-01-07")
    assert nothing == envelope()


def test_more_final_shifts_than_a_page_are_one_page(editor_api: Api, alice: str) -> None:
    shift = editor_api.post("on_call_shifts", {**DAILY, "users": [alice]})
    made = editor_api.post(PATH, {"name": "x", "type": "calendar", "shifts": [shift["id"]]})
    page = editor_api.get(f"{PATH}{made['id']}/final_shifts?start_date=2030-01-07&end_date=2031-01-07&perpage=2")
    assert (page["count"], len(page["results"]), page["page_size"], page["total_pages"]) == (365, 365, 50, 1)


FORMATS = "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm, YYYY-MM-DD."


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("", {"start_date": ["This field is required."], "end_date": ["This field is required."]}),
        ("start_date=2030-01-07", {"end_date": ["This field is required."]}),
        ("start_date=soon&end_date=2030-01-07", {"start_date": [FORMATS]}),
        ("start_date=2030-01-07T00:00:00Z&end_date=2030-01-07", {"start_date": [FORMATS]}),
        (
            "start_date=2030-01-08&end_date=2030-01-07",
            {"non_field_errors": ["start_date must be less than or equal to end_date"]},
        ),
        (
            "start_date=2030-01-07&end_date=2031-01-07T00:01",
            {
                "non_field_errors": [
                    "The difference between start_date and end_date must be less than one year (365 days)"
                ]
            },
        ),
    ],
)
def test_what_final_shifts_refuse(editor_api: Api, query: str, refusal: dict[str, Any]) -> None:
    row = Schedule.objects.create(name="x", type="web")
    assert editor_api.refused("GET", f"{PATH}S{row.public_id}/final_shifts?{query}") == refusal


def test_final_shifts_reach_to_the_ends_of_time(editor_api: Api, alice: str) -> None:
    shift = editor_api.post("on_call_shifts", {**DAILY, "users": [alice]})
    made = editor_api.post(PATH, {"name": "x", "type": "calendar", "shifts": [shift["id"]]})
    for window in ("start_date=0001-01-01&end_date=0001-02-01", "start_date=9999-12-01&end_date=9999-12-31"):
        assert editor_api("GET", f"{PATH}{made['id']}/final_shifts?{window}").status == 200


def test_there_are_no_chat_channels(api: Api) -> None:
    assert api.get("slack_channels?channel_name=ops") == envelope()
