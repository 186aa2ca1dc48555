from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from oncall import ical
from tests.fakes.calendars import calendar, event

PEOPLE = ical.directory([(1, "alice", "alice@example.org"), (2, "bob", "Bob@Example.org")])
START, END = datetime(2030, 1, 1, tzinfo=UTC), datetime(2030, 2, 1, tzinfo=UTC)
EVERY_MINUTE = "RRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5,6;BYMINUTE=" + ",".join(map(str, range(60)))
MORNING = (":20300107T080000Z", ":20300107T160000Z")


def turns(*events: str, start: datetime = START, end: datetime = END) -> list[tuple[str, str, int, int | None]]:
    found = ical.turns(ical.read(calendar(*events).decode()), start, end)
    stamp = "%m-%dT%H:%M"
    return [(turn.start.strftime(stamp), turn.end.strftime(stamp), turn.level, turn.user(PEOPLE)) for turn in found]


@pytest.mark.parametrize(
    ("summary", "lines", "level", "user"),
    [
        ("alice", [], 0, 1),
        ("[L2] alice", [], 2, 1),
        ("[L2]alice", [], 2, 1),
        ("on call [L2] alice", [], 0, None),
        ("Alice", [], 0, None),
        ("ALICE@example.org", [], 0, 1),
        ("bob@example.org", [], 0, 2),
        ("alice is on call", [], 0, None),
        ("Primary", ["DESCRIPTION:bob"], 0, 2),
        ("Primary", ["ATTENDEE:mailto:bob@example.org"], 0, 2),
        ("Primary", ["ATTENDEE;CN=Bob:MAILTO:BOB@example.org"], 0, 2),
        ("Primary", ["ATTENDEE:mailto:bob@example.org", "ATTENDEE:mailto:alice@example.org"], 0, None),
        ("alice", ["DESCRIPTION:bob"], 0, 1),
    ],
)
def test_whose_turn_an_event_is(summary: str, lines: list[str], level: int, user: int | None) -> None:
    assert turns(event(summary, *MORNING, *lines)) == [("01-07T08:00", "01-07T16:00", level, user)]


def test_whole_days_are_whole_utc_days() -> None:
    day = event("alice", ";VALUE=DATE:20300110", ";VALUE=DATE:20300112")
    assert turns(day) == [("01-10T00:00", "01-12T00:00", 0, 1)]
    lone = "BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:alice\r\nDTSTART;VALUE=DATE:20300110\r\nEND:VEVENT"
    assert turns(lone) == [("01-10T00:00", "01-11T00:00", 0, 1)]


def test_a_series_keeps_its_clock_and_honours_exceptions_and_moves() -> None:
    zone = ";TZID=Europe/Paris:"
    series = event(
        "alice",
        f"{zone}20300330T090000",
        f"{zone}20300330T170000",
        "RRULE:FREQ=DAILY;COUNT=4",
        f"EXDATE{zone}20300402T090000",
        uid="rota",
    )
    moved = event(
        "bob", f"{zone}20300401T120000", f"{zone}20300401T130000", f"RECURRENCE-ID{zone}20300401T090000", uid="rota"
    )
    window: dict[str, Any] = {"start": datetime(2030, 3, 1, tzinfo=UTC), "end": datetime(2030, 5, 1, tzinfo=UTC)}
    assert turns(series, moved, **window) == [
        ("03-30T08:00", "03-30T16:00", 0, 1),
        ("03-31T07:00", "03-31T15:00", 0, 1),
        ("04-01T10:00", "04-01T11:00", 0, 2),
    ]


def test_cancelled_events_do_not_count() -> None:
    assert turns(event("alice", *MORNING, "STATUS:CANCELLED"), event("bob", *MORNING, "STATUS:CONFIRMED")) == [
        ("01-07T08:00", "01-07T16:00", 0, 2)
    ]


def test_a_time_without_a_zone_is_utc() -> None:
    assert turns(event("alice", ":20300107T080000", ":20300107T160000")) == [("01-07T08:00", "01-07T16:00", 0, 1)]


def test_turns_are_those_that_touch_the_window() -> None:
    both = event("alice", *MORNING), event("bob", ":20300107T160000Z", ":20300107T180000Z")
    at = datetime(2030, 1, 7, 16, tzinfo=UTC)
    assert turns(*both, start=START, end=at) == [("01-07T08:00", "01-07T16:00", 0, 1)]
    assert turns(*both, start=at, end=END) == [("01-07T16:00", "01-07T18:00", 0, 2)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no iCal calendar"),
        ("<html><body>Please sign in</body></html>", "no iCal calendar"),
        ("BEGIN:VEVENT\r\nEND:VEVENT", "no iCal calendar"),
        (calendar(event("a", *MORNING, "RRULE:FREQ=SECONDLY")).decode(), "more than 300 times a day"),
        (calendar(event("a", *MORNING, EVERY_MINUTE)).decode(), "more than 300 times a day"),
        (calendar(*[event(f"a{n}", *MORNING, "RRULE:FREQ=HOURLY") for n in range(13)]).decode(), "300 times a day"),
        (calendar(event("a", ":19000107T080000Z", ":19000107T090000Z", "RRULE:FREQ=DAILY")).decode(), "before 1970"),
        (calendar("\r\n".join(event("a", *MORNING) for _ in range(10_001))).decode(), "more than 10000 events"),
    ],
    ids=["empty", "page", "event", "secondly", "minutes", "many", "ancient", "flood"],
)
def test_what_is_no_calendar_or_too_costly_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ical.UnreadableCalendar, match=reason):
        ical.read(text)


def test_a_calendar_without_events_is_one() -> None:
    assert turns() == []


def test_an_expansion_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    feed = ical.read(calendar(event("alice", *MORNING)).decode())
    monkeypatch.setattr(ical, "MAX_SECONDS", -1.0)
    with pytest.raises(ical.UnreadableCalendar, match="seconds to expand"):
        ical.turns(feed, START, END)


def test_more_occurrences_than_anybody_needs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    feed = ical.read(calendar(event("alice", *MORNING, "RRULE:FREQ=DAILY")).decode())
    monkeypatch.setattr(ical, "MAX_OCCURRENCES", 20)
    with pytest.raises(ical.UnreadableCalendar, match="more than 20 occurrences in 33 days"):
        ical.turns(feed, START, END)


@pytest.mark.parametrize(
    "line", ["RRULE:FREQ=DAILY;INTERVAL=0", "RRULE:FREQ=NEVER", "EXDATE;TZID=Europe:20300108T080000", "DTSTART:soon"]
)
def test_what_breaks_the_standard_is_refused(line: str) -> None:
    text = calendar(event("alice", *MORNING, line)).decode()
    with pytest.raises(ical.UnreadableCalendar):
        ical.turns(ical.read(text), START, END)


def test_a_turn_without_length_is_none() -> None:
    assert turns(event("alice", ":20300107T080000Z", ":20300107T080000Z")) == []
