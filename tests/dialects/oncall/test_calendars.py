from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from icalendar import Calendar

from oncall.models import CalendarFeed, CalendarToken, Schedule, User
from oncall.services import calendar_tokens, calendars
from tests.dialects.oncall.conftest import NOW, Answer, Api
from tests.fakes.calendars import calendar, event
from tests.fakes.http_sink import HttpSink

TODAY = (":20300107T080000Z", ":20300107T160000Z")
NO_SLACK = {"channel_id": None, "user_group_id": None}
BASE = "https://tocsin.example.org/api/v1"


@pytest.fixture(autouse=True)
def monday(time_machine: Any, settings: Any) -> None:
    time_machine.move_to(NOW, tick=False)
    settings.CALENDAR_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def site() -> Iterator[HttpSink]:
    with HttpSink() as running:
        running.answers = [(200, {}, calendar(event("alice", *TODAY), event("zoe", *TODAY)))]
        yield running


@pytest.fixture
def alice(person: Callable[..., User]) -> User:
    return person("alice")


@pytest.fixture
def rota(editor_api: Api, alice: User) -> Any:
    shift = editor_api.post(
        "on_call_shifts",
        {
            "type": "single_event",
            "start": "2030-01-07T08:00:00",
            "duration": 3600 * 8,
            "users": [f"U{alice.public_id}"],
        },
    )
    return editor_api.post("schedules", {"name": "Rota; first", "type": "calendar", "shifts": [shift["id"]]})


def fetch(path: str, **headers: str) -> tuple[int, str, bytes]:
    answer = Client().get(f"/api/v1/{path}", headers=headers)
    return answer.status_code, answer.headers["Content-Type"], answer.content


def test_an_imported_schedule_is_answered_with_what_became_of_its_feeds(
    editor_api: Api, site: HttpSink, alice: User
) -> None:
    sent = {"name": "x", "type": "ical", "ical_url_primary": site.url, "shifts": ["nothing"], "time_zone": 7}
    made = editor_api.post("schedules", sent)
    primary = {"fetched_at": "2030-01-07T09:00:00Z", "error": None, "unmatched": ["zoe"]}
    assert made == {
        "id": made["id"],
        "team_id": None,
        "name": "x",
        "type": "ical",
        "slack": NO_SLACK,
        "on_call_now": [f"U{alice.public_id}"],
        "ical_url_primary": site.url,
        "ical_url_overrides": None,
        "ical_status": {"primary": primary, "overrides": None},
    }
    path = f"schedules/{made['id']}"
    assert editor_api.put(path, {**made, "time_zone": None, "enable_web_overrides": False}) == made
    site.answers = [(500, {}, b"")]
    calendars.refresh(CalendarFeed.objects.get().pk, now=NOW + timedelta(minutes=10))
    broken = {**primary, "error": "Ical parse failed: the server answered 500"}
    assert editor_api.get(path) == {**made, "ical_status": {"primary": broken, "overrides": None}}
    assert editor_api.refused("PUT", path, {"ical_url_overrides": site.url}) == {
        "ical_url_overrides": ["Ical parse failed"]
    }
    assert editor_api.refused("PUT", path, {"ical_url_primary": None}) == {
        "ical_url_primary": ["This field may not be null."]
    }
    assert editor_api.put(path, {"ical_url_overrides": ""})["ical_url_overrides"] is None


def test_the_final_shifts_of_an_imported_schedule_are_its_turns(editor_api: Api, site: HttpSink, alice: User) -> None:
    made = editor_api.post("schedules", {"name": "x", "type": "ical", "ical_url_primary": site.url})
    found = editor_api.get(f"schedules/{made['id']}/final_shifts?start_date=2030-01-01&end_date=2030-02-01")
    (row,) = found["results"]
    assert (row["user_username"], row["shift_start"]) == ("alice", "2030-01-07T08:00:00Z")


def test_a_list_of_imported_schedules_costs_a_fixed_number_of_queries(
    editor_api: Api, site: HttpSink, alice: User, django_assert_num_queries: Any
) -> None:
    def make(count: int) -> None:
        for number in range(count):
            body = {"name": f"s{number}", "type": "ical", "ical_url_primary": f"{site.url}/{number}"}
            editor_api.post("schedules", body)

    make(1)
    editor_api.get("schedules")
    with django_assert_num_queries(13):
        editor_api.get("schedules")
    make(7)
    with django_assert_num_queries(13):
        page = editor_api.get("schedules")
    assert [row["on_call_now"] for row in page["results"]] == [[f"U{alice.public_id}"]] * 8


def test_a_schedule_is_exported_to_whoever_has_its_token(editor_api: Api, rota: Any, alice: User) -> None:
    made = editor_api("POST", f"schedules/{rota['id']}/export_token")
    token = made.body["token"]
    assert made.status == 201
    assert made.body == {"token": token, "export_url": f"{BASE}/schedules/{rota['id']}/export?token={token}"}
    assert len(token) == 32
    status, kind, body = fetch(f"schedules/{rota['id']}/export?token={token}", Accept="text/html")
    assert (status, kind) == (200, "text/calendar; charset=utf-8")
    assert body.decode().split("\r\n") == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tocsin//On-call schedules//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Rota\\; first",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-WR-TIMEZONE:UTC",
        "BEGIN:VEVENT",
        "SUMMARY:alice",
        "DTSTART:20300107T080000Z",
        "DTEND:20300107T160000Z",
        "DTSTAMP:20300107T000000Z",
        f"UID:{rota['shifts'][0]}-20300107T080000Z-U{alice.public_id}",
        "LAST-MODIFIED:20300107T000000Z",
        "PRIORITY:0",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_a_persons_turns_in_all_schedules_are_one_calendar(
    editor_api: Api, rota: Any, alice: User, call_as: Callable[[User], Api]
) -> None:
    place = editor_api.post("schedules", {"name": "Other", "type": "web"})
    root = editor_api.get("users/current")["id"]
    users = [f"U{alice.public_id}", root]
    cover = {"type": "override", "start": "2030-01-05T08:00:00", "duration": 3600, "schedule": place["id"]}
    editor_api.post("on_call_shifts", {**cover, "users": users})
    path = f"users/U{alice.public_id}/schedule_export"
    token = call_as(alice)("POST", f"{path}_token").body["token"]
    status, kind, body = fetch(f"{path}?token={token}")
    found = Calendar.from_ical(body)
    assert (status, kind) == (200, "text/calendar; charset=utf-8")
    assert found["X-WR-CALNAME"] == "On-Call Schedule for alice"
    assert [(str(each["SUMMARY"]), str(each["PRIORITY"])) for each in found.walk("VEVENT")] == [
        ("Other: alice", "1"),
        ("Rota; first: alice", "0"),
    ]


def test_an_export_reaches_fifteen_days_back_and_half_a_year_ahead(editor_api: Api, alice: User) -> None:
    shift = editor_api.post(
        "on_call_shifts",
        {
            "type": "recurrent_event",
            "start": "2029-01-01T00:00:00",
            "duration": 86400,
            "frequency": "daily",
            "users": [f"U{alice.public_id}"],
        },
    )
    place = editor_api.post("schedules", {"name": "x", "type": "calendar", "shifts": [shift["id"]]})
    token = editor_api("POST", f"schedules/{place['id']}/export_token").body["token"]
    events: list[Any] = Calendar.from_ical(fetch(f"schedules/{place['id']}/export/?token={token}")[2]).walk("VEVENT")
    assert len(events) == 195
    assert events[0]["DTSTART"].dt == NOW.replace(hour=0) - timedelta(days=15)
    assert events[-1]["DTEND"].dt == NOW.replace(hour=0) + timedelta(days=180)


@pytest.mark.parametrize("query", ["", "?token=", "?token=" + "0" * 32, "?token=%FF"])
def test_without_a_token_nothing_is_exported(rota: Any, query: str) -> None:
    refused = (403, "text/calendar; charset=utf-8", b'{"detail":"Invalid token."}')
    assert fetch(f"schedules/{rota['id']}/export{query}") == refused
    assert fetch(f"users/UNOBODY/schedule_export{query}") == refused


def test_a_token_opens_one_calendar(editor_api: Api, rota: Any, alice: User) -> None:
    other = Schedule.objects.create(name="y", type="web")
    _, of_schedule = calendar_tokens.issue_token(alice, schedule=other, now=NOW)
    _, of_person = calendar_tokens.issue_token(alice, now=NOW)
    root = editor_api.get("users/current")["id"]
    for path, token, whose in [
        (f"schedules/{rota['id']}/export", of_schedule, "schedule"),
        (f"schedules/{rota['id']}/export", of_person, "schedule"),
        (f"users/U{alice.public_id}/schedule_export", of_schedule, "user"),
        (f"users/{root}/schedule_export", of_person, "user"),
    ]:
        status, _, body = fetch(f"{path}?token={token}")
        assert (status, body.decode()) == (403, f'{{"detail":"Invalid schedule export token for {whose}"}}')
    assert fetch(f"schedules/SNOSUCHPLACE/export?token={of_person}")[0] == 404
    assert fetch(f"schedules/S{other.public_id}/export?token={of_schedule}")[0] == 200
    assert fetch(f"users/U{alice.public_id}/schedule_export?token={of_person}")[0] == 200


def test_a_revoked_token_opens_nothing(editor_api: Api, rota: Any) -> None:
    path = f"schedules/{rota['id']}/export_token"
    first, second = (editor_api("POST", path).body["token"] for _ in range(2))
    off = (403, "text/calendar; charset=utf-8", b'{"detail":"Export token is deactivated"}')
    assert fetch(f"schedules/{rota['id']}/export?token={first}") == off
    assert fetch(f"schedules/{rota['id']}/export?token={second}")[0] == 200
    assert editor_api("DELETE", path).status == 204
    assert fetch(f"schedules/{rota['id']}/export?token={second}") == off
    assert editor_api("DELETE", path).status == 404
    assert CalendarToken.objects.filter(revoked_at=NOW).count() == 2


def test_the_token_of_somebody_who_left_opens_nothing(rota: Any, alice: User) -> None:
    _, token = calendar_tokens.issue_token(alice, now=NOW)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert fetch(f"users/U{alice.public_id}/schedule_export?token={token}")[2] == (
        b'{"detail":"Export token is deactivated"}'
    )


def test_a_key_opens_no_export_and_a_token_no_api(editor_api: Api, rota: Any, alice: User) -> None:
    assert fetch(f"schedules/{rota['id']}/export", Authorization=editor_api.key)[0] == 403
    _, token = calendar_tokens.issue_token(alice, now=NOW)
    assert Api(token, Client())("GET", "teams").status == 403


def test_one_makes_tokens_for_oneself_and_viewers_make_none(
    editor_api: Api, viewer_api: Api, rota: Any, alice: User
) -> None:
    refusal = (403, {"detail": "You do not have permission to perform this action."})

    def refused(answer: Answer) -> bool:
        return (answer.status, answer.body) == refusal

    assert refused(editor_api("POST", f"users/U{alice.public_id}/schedule_export_token"))
    assert refused(editor_api("DELETE", f"users/U{alice.public_id}/schedule_export_token"))
    assert refused(viewer_api("POST", f"schedules/{rota['id']}/export_token"))
    own = editor_api.get("users/current")["id"]
    assert editor_api("DELETE", f"users/{own}/schedule_export_token").status == 404
    assert editor_api("POST", f"users/{own}/schedule_export_token").status == 201
    assert editor_api("DELETE", f"users/{own}/schedule_export_token").status == 204
