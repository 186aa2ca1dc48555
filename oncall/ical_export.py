"""Writes turns of duty as an iCal calendar that others subscribe to (spec/oncall-config-api 4.2). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Calendar, Event, vText

PRODUCT = "-//Tocsin//On-call schedules//EN"
BEFORE, AFTER = timedelta(days=15), timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Entry:
    """One turn of one person, as it is shown; `key` names it and stays the same while the turn does."""

    key: str
    summary: str
    start: datetime
    end: datetime
    is_override: bool


def window(now: datetime) -> tuple[datetime, datetime, datetime]:
    """Return midnight UTC of today, and the start and end of what is exported."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return today, today - BEFORE, today + AFTER


def write(name: str, entries: Iterable[Entry], *, stamp: datetime) -> bytes:
    """Return the calendar. What is not in it any more is gone: subscribers replace their copy as a whole."""
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODUCT)
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("X-WR-CALNAME", vText(name))
    calendar.add("X-WR-TIMEZONE", "UTC")
    calendar.add("REFRESH-INTERVAL", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for entry in entries:
        event = Event()
        event.add("SUMMARY", entry.summary)
        event.add("DTSTART", entry.start)
        event.add("DTEND", entry.end)
        event.add("DTSTAMP", stamp)
        event.add("LAST-MODIFIED", stamp)
        event.add("PRIORITY", int(entry.is_override))
        event.add("UID", entry.key)
        calendar.add_component(event)
    return bytes(calendar.to_ical())
