"""Resolve one year of a ten-person daily rotation: our arithmetic against recurring-ical-events on the same rotation.

Usage: python bench/rotation.py [rounds]
The library's calendar is parsed once, outside the measurement; both sides must give the same turns.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Event, vRecur

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from oncall.rotation import Shift
from oncall.timeline import final_pieces, on_call_at

ZONE = ZoneInfo("Europe/Paris")
START = datetime(2024, 1, 1, 9)  # noqa: DTZ001  local wall clock
PEOPLE = 10
YEAR = (datetime(2025, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC))
INSTANT = datetime(2025, 9, 1, 12, tzinfo=UTC)

Turn = tuple[datetime, datetime, int]


def ours() -> Shift:
    groups = tuple((user,) for user in range(PEOPLE))
    return Shift("rolling_users", START, timedelta(days=1), ZONE, frequency="daily", rolling_users=groups)


def theirs() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Tocsin//bench//EN")
    calendar.add("version", "2.0")
    for user in range(PEOPLE):
        event = Event()
        event.add("uid", str(user))
        event.add("summary", str(user))
        event.add("dtstart", (START + timedelta(days=user)).replace(tzinfo=ZONE))
        event.add("dtend", (START + timedelta(days=user + 1)).replace(tzinfo=ZONE))
        event.add("rrule", vRecur(freq="daily", interval=PEOPLE))
        calendar.add_component(event)
    return Calendar.from_ical(calendar.to_ical())


def our_year(shift: Shift) -> list[Turn]:
    return [(one.start, one.end, one.users[0]) for one in final_pieces([shift], *YEAR)]


def their_year(calendar: Calendar) -> list[Turn]:
    found = [
        (max(event.start.astimezone(UTC), YEAR[0]), min(event.end.astimezone(UTC), YEAR[1]), int(event["summary"]))
        for event in recurring_ical_events.of(calendar).between(*YEAR)
    ]
    return sorted(turn for turn in found if turn[0] < turn[1])


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    spent = []
    for _ in range(rounds):
        began = perf_counter()
        work()
        spent.append(perf_counter() - began)
    return statistics.median(spent) * 1000


def main(rounds: int) -> int:
    shift, calendar = ours(), theirs()
    mine, other = our_year(shift), their_year(calendar)
    if mine != other:
        wrong = sum(a != b for a, b in zip(mine, other, strict=False))
        print(f"the two disagree: {len(mine)} and {len(other)} turns, {wrong} differ")
        return 1
    year = milliseconds(lambda: our_year(shift), rounds), milliseconds(lambda: their_year(calendar), rounds)
    at = (
        milliseconds(lambda: on_call_at([shift], INSTANT), rounds),
        milliseconds(lambda: recurring_ical_events.of(calendar).at(INSTANT), rounds),
    )
    for name, (a, b) in ((f"one year, {len(mine)} turns", year), ("one instant", at)):
        print(f"{name}: tocsin {a:.3f} ms, recurring-ical-events {b:.3f} ms, {b / a:.1f} times (median of {rounds})")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 30))
