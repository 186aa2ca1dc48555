"""When a repeating shift starts, in the wall-clock time of its zone: RFC 5545 masks plus the turn counter of rotations.

Nothing here iterates from the shift's first occurrence: each frequency jumps to the asked interval by division, so the
cost depends on the interval's length alone, and a rule that never matches simply ends with the interval.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

# Ten thousand years of hours: a longer step can never come round, and a timedelta can still hold it.
_LONGEST_INTERVAL = 100_000_000
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Rule:
    """A repeat rule anchored at `first`, which is an occurrence whatever the masks say (RFC 5545: DTSTART counts).

    `weekdays` and `week_start` count from Monday = 0; empty masks let everything through. `counts_selected_days` is the
    rotation's own daily rule (oncall-config-api 6.2): every selected day is kept and `interval` is how many in a row
    belong to one turn.
    """

    first: datetime
    frequency: str | None
    interval: int = 1
    week_start: int = 0
    weekdays: frozenset[int] = frozenset()
    months: frozenset[int] = frozenset()
    monthdays: frozenset[int] = frozenset()
    counts_selected_days: bool = False

    @property
    def step(self) -> int:
        """Return the interval as a usable divisor."""
        return min(max(self.interval, 1), _LONGEST_INTERVAL)

    @property
    def has_masks(self) -> bool:
        """Say whether any mask can hide a step."""
        return bool(self.weekdays or self.months or self.monthdays)

    def admits(self, day: date) -> bool:
        """Say whether the masks let this day through; negative month days count from the month's end."""
        if self.months and day.month not in self.months:
            return False
        if self.weekdays and day.weekday() not in self.weekdays:
            return False
        if not self.monthdays:
            return True
        return day.day in self.monthdays or day.day - monthrange(day.year, day.month)[1] - 1 in self.monthdays


def starts(rule: Rule, earliest: datetime, latest: datetime) -> Iterator[tuple[datetime, int]]:
    """Yield (naive local start, turn) for earliest <= start < latest, in wall-clock order; turn 0 is the first's.

    The turn counts what a rotation counts, also for steps hidden by masks: `groups[turn % len(groups)]` is on call.
    """
    if earliest <= rule.first < latest:
        yield rule.first, 0
    earliest = max(earliest, rule.first)
    if rule.frequency is None or earliest >= latest:
        return
    if rule.frequency == "hourly":
        yield from _hours(rule, earliest, latest)
        return
    clock = rule.first.time()
    for ordinal, turn in _DAYS[rule.frequency](rule, earliest.toordinal(), latest.toordinal()):
        local = _at(ordinal, clock)
        if local >= latest:
            return
        if local >= earliest and local > rule.first:
            yield local, turn


def first_selected_day(start: datetime, weekdays: frozenset[int], week_start: int) -> datetime:
    """Move a rotation's start forward to its first selected day in week order counted from `week_start` (6.2).

    A start on a selected day stays. The nearest selected day is not what counts: days in between are uncovered.
    """
    if not weekdays or start.weekday() in weekdays:
        return start
    wanted = min(weekdays, key=lambda weekday: (weekday - week_start) % 7)
    try:
        return start + timedelta(days=(wanted - start.weekday()) % 7)
    except OverflowError:
        return datetime.max  # noqa: DTZ901  naive local on purpose: beyond the calendar, so never


def _at(ordinal: int, clock: time) -> datetime:
    return datetime.combine(date.fromordinal(ordinal), clock)


def _hours(rule: Rule, earliest: datetime, latest: datetime) -> Iterator[tuple[datetime, int]]:
    step = timedelta(hours=rule.step)
    turns = range(max(1, -((rule.first - earliest) // step)), (latest - rule.first - _MOMENT) // step + 1)
    masked = rule.has_masks
    for turn in turns:
        local = rule.first + turn * step
        if not masked or rule.admits(local):
            yield local, turn


def _days(rule: Rule, low: int, high: int) -> Iterator[tuple[int, int]]:
    if rule.counts_selected_days:
        yield from _selected_days(rule, low, high)
        return
    first = rule.first.toordinal()
    masked = rule.has_masks
    for turn in range(-((first - low) // rule.step), (high - first) // rule.step + 1):
        ordinal = first + turn * rule.step
        if not masked or rule.admits(date.fromordinal(ordinal)):
            yield ordinal, turn


def _selected_days(rule: Rule, low: int, high: int) -> Iterator[tuple[int, int]]:
    first = rule.first.toordinal()
    weeks, rest = divmod(low - first, 7)
    # Ordinal 1 is a Monday, so (ordinal + 6) % 7 is the weekday.
    seen = weeks * len(rule.weekdays) + sum((first + i + 6) % 7 in rule.weekdays for i in range(rest))
    for ordinal in range(low, high + 1):
        if (ordinal + 6) % 7 not in rule.weekdays:
            continue
        if rule.admits(date.fromordinal(ordinal)):
            yield ordinal, seen // rule.step
        seen += 1


def _weeks(rule: Rule, low: int, high: int) -> Iterator[tuple[int, int]]:
    first = rule.first.toordinal()
    opening = first - (rule.first.weekday() - rule.week_start) % 7
    span = 7 * rule.step
    weekdays = rule.weekdays
    if not weekdays and not rule.monthdays:
        weekdays = frozenset({rule.first.weekday()})
    offsets = [i for i in range(7) if not weekdays or (opening + i + 6) % 7 in weekdays]
    masked = bool(rule.months or rule.monthdays)
    for turn in range((low - opening) // span, (high - opening) // span + 1):
        for ordinal in (opening + turn * span + i for i in offsets):
            if low <= ordinal <= high and (not masked or rule.admits(date.fromordinal(ordinal))):
                yield ordinal, turn


def _months(rule: Rule, low: int, high: int) -> Iterator[tuple[int, int]]:
    first = _month_number(rule.first)
    lowest, highest = _month_number(date.fromordinal(low)), _month_number(date.fromordinal(high))
    for turn in range((lowest - first) // rule.step, (highest - first) // rule.step + 1):
        year, month = divmod(first + turn * rule.step, 12)
        if lowest <= year * 12 + month and (not rule.months or month + 1 in rule.months):
            for day in _days_of_month(rule, year, month + 1):
                yield day.toordinal(), turn


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _days_of_month(rule: Rule, year: int, month: int) -> Iterator[date]:
    length = monthrange(year, month)[1]
    if rule.weekdays or rule.monthdays:
        yield from (day for day in (date(year, month, n) for n in range(1, length + 1)) if rule.admits(day))
    elif rule.first.day <= length:
        yield date(year, month, rule.first.day)


_DAYS: dict[str, Callable[[Rule, int, int], Iterator[tuple[int, int]]]] = {
    "daily": _days,
    "weekly": _weeks,
    "monthly": _months,
}
