"""Reads imported iCal calendars as turns of duty (spec/oncall-config-api 6.3). Pure: no table, no clock, no network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import Any, Protocol

import recurring_ical_events
from icalendar import Calendar

LEVEL = re.compile(r"\[L(\d{1,3})\]\s*")
MAX_EVENTS = 10_000
MAX_OCCURRENCES = 20_000
MAX_A_DAY = 300
MAX_SECONDS = 5.0  # for one expansion
FIRST_YEAR = 1970
A_DAY = timedelta(days=1)


class Feed(Protocol):
    """A calendar, ready to be expanded: its events by series."""

    series: list[Any]


class UnreadableCalendar(Exception):
    """The text is no calendar that can be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One occurrence of an event, [start, end) in aware UTC, and the names that may say whose turn it is."""

    start: datetime
    end: datetime
    level: int
    names: tuple[str, ...]
    uid: str = ""

    def user(self, people: Mapping[str, int]) -> int | None:
        """Return whose turn it is; `people` maps usernames and lower-case addresses (see `directory`)."""
        for name in self.names:
            found = people.get(name, people.get(name.lower()) if "@" in name else None)
            if found is not None:
                return found
        return None


def directory(people: Iterable[tuple[int, str, str]]) -> dict[str, int]:
    """Return what an event may call a person, of (primary key, username, e-mail): the username as it is written, or
    the address in lower case. A username wins over somebody else's address."""
    rows = list(people)
    return {email.lower(): pk for pk, _, email in rows} | {username: pk for pk, username, _ in rows}


def read(text: str) -> Feed:
    """Return the calendar. Raises UnreadableCalendar for anything else, and for one too costly to expand."""
    with _reading("it is no iCal calendar"):
        calendar = Calendar.from_ical(text)
    if calendar.name != "VCALENDAR":
        raise UnreadableCalendar("it is no iCal calendar")
    events = calendar.walk("VEVENT")
    if len(events) > MAX_EVENTS:
        raise UnreadableCalendar(f"it has more than {MAX_EVENTS} events")
    with _reading("an event cannot be read"):
        _refuse_floods(events)
        feed: Feed = recurring_ical_events.of(calendar)
    return feed


def turns(calendar: Feed, start: datetime, end: datetime) -> tuple[Turn, ...]:
    """Return the turns that intersect [start, end) (aware UTC), by start. Raises UnreadableCalendar.

    Recurrences, exceptions and moved occurrences are honoured, cancelled events left out.
    """
    with _reading("an event cannot be read"):
        # A day of slack: events of whole days and of no zone are placed in UTC here, not by the library.
        events = _occurrences(calendar, start - A_DAY, end + A_DAY)
        found = {turn for event in events if (turn := _turn(event)) and turn.start < end and turn.end > start}
    return tuple(sorted(found, key=lambda turn: (turn.start, turn.end, turn.uid, turn.names)))


def _occurrences(calendar: Feed, start: datetime, end: datetime) -> list[Any]:
    """Expand one series after the other: one that never matches takes seconds, and there may be many."""
    deadline = monotonic() + MAX_SECONDS
    found: list[Any] = []
    for series in calendar.series:
        found.extend(occurrence.as_component(False) for occurrence in series.between(start, end))
        if len(found) > MAX_OCCURRENCES:
            raise UnreadableCalendar(f"it has more than {MAX_OCCURRENCES} occurrences in {(end - start).days} days")
        if monotonic() > deadline:
            raise UnreadableCalendar(f"its events take more than {MAX_SECONDS:g} seconds to expand")
    return found


@contextmanager
def _reading(failure: str) -> Iterator[None]:
    try:
        yield
    except UnreadableCalendar:
        raise
    except Exception as error:  # strangers wrote it, and the two libraries fail in many ways
        raise UnreadableCalendar(f"{failure} ({type(error).__name__})") from error


def _turn(event: Any) -> Turn | None:
    if str(event.get("STATUS", "")).upper() == "CANCELLED" or "DTSTART" not in event:
        return None
    begins = event["DTSTART"].dt
    ends = event["DTEND"].dt if "DTEND" in event else begins
    summary = str(event.get("SUMMARY", "")).strip()
    level = LEVEL.match(summary)
    names = tuple(_names(event, summary[level.end() :] if level else summary))
    first, last = _instant(begins), _instant(ends)
    if not isinstance(begins, datetime) and last <= first:
        last = first + A_DAY
    if last <= first:
        return None
    return Turn(first, last, int(level[1]) if level else 0, names, str(event.get("UID", "")))


def _names(event: Any, summary: str) -> Iterator[str]:
    attendees = event.get("ATTENDEE", [])
    attendees = attendees if isinstance(attendees, list) else [attendees]
    address = re.sub("(?i)^mailto:", "", str(attendees[0])) if len(attendees) == 1 else ""
    for name in (summary, str(event.get("DESCRIPTION", "")), address):
        if name.strip():
            yield name.strip()


def _instant(at: date | datetime) -> datetime:
    """Map to UTC: a whole day begins at midnight UTC, and a time without a zone is UTC."""
    if not isinstance(at, datetime):
        return datetime.combine(at, time(), UTC)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _refuse_floods(events: Iterable[Any]) -> None:
    """Keep the cost of an expansion bounded: series are stepped through from their first occurrence."""
    a_day = 0.0
    for event in events:
        rules = event.get("RRULE", [])
        for rule in rules if isinstance(rules, list) else [rules]:
            a_day += _times_a_day(rule)
            if any(number < 1 for number in rule.get("INTERVAL") or []):
                raise UnreadableCalendar("an event repeats at an interval of zero")  # which never ends
            if getattr(event.get("DTSTART"), "dt", date.max).year < FIRST_YEAR:
                raise UnreadableCalendar(f"an event repeats since before {FIRST_YEAR}")
    if a_day > MAX_A_DAY:
        raise UnreadableCalendar(f"its events repeat more than {MAX_A_DAY} times a day")


def _times_a_day(rule: Any) -> float:
    frequency = str((rule.get("FREQ") or [""])[0]).upper()
    times = {"SECONDLY": 86_400.0, "MINUTELY": 1_440.0, "HOURLY": 24.0}.get(frequency, 1.0)
    if frequency == "WEEKLY":
        times = max(1, len(rule.get("BYDAY") or [])) / 7
    for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        times *= max(1, len(rule.get(part) or []))
    return times
