"""Occurrences of one shift: wall-clock rules in the shift's zone, answered as aware UTC intervals [start, end).

Rules: oncall-config-api 6.1 and 6.2. Every occurrence is computed by itself in naive local time and mapped to UTC, so
handovers stay at the same clock time across daylight saving. `until` is an instant in UTC up to which an occurrence may
still start; one that has started runs its full length.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

from oncall.calendar_rules import WEEKDAYS, Rule, first_selected_day, starts

OVERRIDE_LEVEL = 99

_START_OF_TIME = datetime.min.replace(tzinfo=UTC)
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)
# Zones have jumped by a whole day (Samoa left out 30 December 2011), and offsets reach 14 hours.
_SLACK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift's definition as values; users are primary keys.

    `start` and `rotation_start` are naive local in `zone`, `until` is aware UTC. `rotation_start`, `rolling_users` and
    `start_index` matter to `rolling_users` only, `users` to the other types; `key` is the row's, for reports.
    """

    type: str
    start: datetime
    duration: timedelta
    zone: ZoneInfo
    level: int = 0
    frequency: str | None = None
    interval: int = 1
    until: datetime | None = None
    rotation_start: datetime | None = None
    week_start: str = "MO"
    by_day: tuple[str, ...] = ()
    by_month: tuple[int, ...] = ()
    by_monthday: tuple[int, ...] = ()
    users: tuple[int, ...] = ()
    rolling_users: tuple[tuple[int, ...], ...] = ()
    start_index: int = 0
    key: int = 0


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One turn of duty [start, end) in aware UTC; without users it is an uncovered turn."""

    start: datetime
    end: datetime
    users: tuple[int, ...]
    level: int
    is_override: bool
    shift_key: int


def occurrences(shift: Shift, start: datetime, end: datetime) -> Iterator[Occurrence]:
    """Yield the occurrences that intersect [start, end) (aware UTC), unclipped and ordered by start.

    A shift without a positive duration has none. An empty group's turn comes without users.
    """
    if shift.duration <= timedelta(0) or end <= start:
        return
    is_override = shift.type == "override"
    level = OVERRIDE_LEVEL if is_override else max(shift.level, 0)
    turns = _single(shift) if is_override or shift.type == "single_event" else _repeated(shift, start, end)
    # Clocks that jump forward can swap the order of two neighbours.
    for begins, ends, users in sorted(turns, key=itemgetter(0)):
        if begins < end and ends > start:
            yield Occurrence(begins, ends, users, level, is_override, shift.key)


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """Map naive wall-clock time to UTC: one that doesn't exist moves forward by the gap, of two the earlier counts."""
    try:
        return local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    except OverflowError:
        return _START_OF_TIME if local.year == 1 else _END_OF_TIME


def _single(shift: Shift) -> Iterator[tuple[datetime, datetime, tuple[int, ...]]]:
    begins, ends = to_utc(shift.start, shift.zone), to_utc(_plus(shift.start, shift.duration), shift.zone)
    if ends <= begins:
        ends = _plus(begins, shift.duration)
    yield begins, ends, shift.users


def _repeated(shift: Shift, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, tuple[int, ...]]]:
    rolling = shift.type == "rolling_users"
    groups = _groups(shift) if rolling else (shift.users,)
    if not groups:
        return
    earliest, latest = _local_window(shift, start, end)
    if rolling and shift.rotation_start is not None:
        earliest = max(earliest, shift.rotation_start)
    zone, until, size = shift.zone, shift.until, len(groups)
    finish, ends = None, _START_OF_TIME
    for local, turn in starts(_rule(shift, rolling=rolling), earliest, latest):
        # Mapping zones is most of the cost, and one turn's end is mostly the next one's start.
        begins = ends if local == finish else to_utc(local, zone)
        finish = _plus(local, shift.duration)
        ends = to_utc(finish, zone)
        if begins < ends and (until is None or begins <= until):
            yield begins, ends, groups[turn % size]


def _groups(shift: Shift) -> tuple[tuple[int, ...], ...]:
    groups = shift.rolling_users
    index = shift.start_index if 0 <= shift.start_index < len(groups) else 0
    return groups[index:] + groups[:index]


def _rule(shift: Shift, *, rolling: bool) -> Rule:
    weekdays = frozenset(WEEKDAYS.index(day) for day in shift.by_day)
    week_start = WEEKDAYS.index(shift.week_start)
    return Rule(
        first=first_selected_day(shift.start, weekdays, week_start) if rolling else shift.start,
        frequency=shift.frequency,
        interval=shift.interval,
        week_start=week_start,
        weekdays=weekdays,
        months=frozenset(shift.by_month),
        monthdays=frozenset(shift.by_monthday),
        counts_selected_days=rolling and shift.frequency == "daily" and bool(weekdays),
    )


def _local_window(shift: Shift, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    if shift.until is not None:
        end = min(end, shift.until)
    try:
        earliest = start.astimezone(shift.zone).replace(tzinfo=None) - shift.duration - _SLACK
    except OverflowError:
        earliest = datetime.min  # noqa: DTZ901  naive local on purpose
    try:
        latest = end.astimezone(shift.zone).replace(tzinfo=None) + _SLACK
    except OverflowError:
        latest = datetime.max  # noqa: DTZ901
    return earliest, latest


def _plus(at: datetime, duration: timedelta) -> datetime:
    try:
        return at + duration
    except OverflowError:
        return datetime.max.replace(tzinfo=at.tzinfo)
