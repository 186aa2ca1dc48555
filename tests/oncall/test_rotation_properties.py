"""What must hold for every shift: three years, five zones, against an expansion so slow that it is obviously right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.calendar_rules import WEEKDAYS
from oncall.rotation import Occurrence, Shift, occurrences
from oncall.timeline import Piece, final_pieces, gaps, on_call_at

ZONES = [ZoneInfo(n) for n in ("UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo")]
SPAN = (datetime(2023, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP = {"hourly": HOUR, "daily": DAY, "weekly": 7 * DAY, "monthly": 28 * DAY}

quick = settings(max_examples=60, deadline=None, derandomize=True, database=None)


# --- the slow reference: walk every hour or day from the shift's start ---------------------------------------------


def slow_utc(wall: datetime, zone: ZoneInfo) -> datetime:
    """Try every offset in force around the wall time; the earliest instant that shows it, else forward by the gap."""
    around = [(wall.replace(tzinfo=UTC) + shift).astimezone(zone).utcoffset() for shift in (-2 * DAY, 2 * DAY)]
    instants = sorted(wall.replace(tzinfo=UTC) - offset for offset in around if offset is not None)
    shown = [at for at in instants if at.astimezone(zone).replace(tzinfo=None) == wall]
    return shown[0] if shown else wall.replace(tzinfo=UTC) - (around[0] or timedelta(0))


def matches(shift: Shift, day: date, *, weekday_counts: bool = True) -> bool:
    def is_monthday(n: int) -> bool:
        if n > 0:
            return day.day == n
        return (day + (-n - 1) * DAY).month == day.month and (day - n * DAY).month != day.month

    return (
        (not shift.by_month or day.month in shift.by_month)
        and (not weekday_counts or not shift.by_day or WEEKDAYS[day.weekday()] in shift.by_day)
        and (not shift.by_monthday or any(is_monthday(n) for n in shift.by_monthday))
    )


def slow_first(shift: Shift) -> datetime:
    if shift.type != "rolling_users" or not shift.by_day or WEEKDAYS[shift.start.weekday()] in shift.by_day:
        return shift.start
    week = WEEKDAYS[WEEKDAYS.index(shift.week_start) :] + WEEKDAYS[: WEEKDAYS.index(shift.week_start)]
    wanted = next(day for day in week if day in shift.by_day)
    return next(at for at in (shift.start + n * DAY for n in range(7)) if WEEKDAYS[at.weekday()] == wanted)


def slow_hours(shift: Shift, first: datetime, last: datetime) -> Iterator[tuple[datetime, int]]:
    turn, at = 0, first
    while at < last:
        if at == first or matches(shift, at.date()):
            yield at, turn
        turn, at = turn + 1, at + shift.interval * HOUR


def slow_days(shift: Shift, first: datetime, last: datetime) -> Iterator[tuple[datetime, int]]:
    selected = days = 0
    at = first
    by_selection = shift.type == "rolling_users" and shift.by_day
    while at < last:
        if by_selection:
            if WEEKDAYS[at.weekday()] in shift.by_day:
                if at == first or matches(shift, at.date()):
                    yield at, selected // shift.interval
                selected += 1
        elif days % shift.interval == 0 and (at == first or matches(shift, at.date())):
            yield at, days // shift.interval
        days, at = days + 1, at + DAY


def slow_periods(shift: Shift, first: datetime, last: datetime) -> Iterator[tuple[datetime, int]]:
    """Weeks and months: a period ends where the week start or the first of a month is met."""
    period, at = 0, first
    weekly = shift.frequency == "weekly"
    while at < last:
        border = WEEKDAYS[at.weekday()] == shift.week_start if weekly else at.day == 1
        if border and at != first:
            period += 1
        usual = at.weekday() == first.weekday() if weekly else at.day == first.day
        wanted = matches(shift, at.date()) and (usual or bool(shift.by_day or shift.by_monthday))
        if at == first or (period % shift.interval == 0 and wanted):
            yield at, period // shift.interval
        at += DAY


def slow_occurrences(shift: Shift, start: datetime, end: datetime) -> list[Occurrence]:
    rolling = shift.type == "rolling_users"
    cut = shift.start_index if shift.start_index < len(shift.rolling_users) else 0
    groups = [*shift.rolling_users[cut:], *shift.rolling_users[:cut]] if rolling else [shift.users]
    walk = {"hourly": slow_hours, "daily": slow_days}.get(str(shift.frequency), slow_periods)
    found = []
    for at, turn in walk(shift, slow_first(shift), end.replace(tzinfo=None) + 2 * DAY):
        begins, ends = slow_utc(at, shift.zone), slow_utc(at + shift.duration, shift.zone)
        hidden = rolling and shift.rotation_start is not None and at < shift.rotation_start
        over = shift.until is not None and begins > shift.until
        if not hidden and not over and begins < ends and begins < end and ends > start:
            level = max(0, shift.level)
            found.append(Occurrence(begins, ends, groups[turn % len(groups)], level, False, shift.key))
    return sorted(found, key=lambda one: one.start)


# --- random shifts -------------------------------------------------------------------------------------------------


def some(values: list[int] | tuple[str, ...], most: int, *, rarely: int = 1) -> st.SearchStrategy[tuple]:
    """Draw a mask, or none: masks of months and month days together leave so little that nothing would be compared."""
    chosen = st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True).map(tuple)
    return st.one_of(*[st.just(())] * rarely, chosen)


walls = st.datetimes(datetime(2022, 11, 1), datetime(2024, 6, 1)).map(lambda at: at.replace(second=0, microsecond=0))  # noqa: DTZ001
instants = st.datetimes(*(at.replace(tzinfo=None) for at in SPAN), timezones=st.just(UTC))
groups_of_one = st.integers(1, 6).map(lambda size: tuple((user,) for user in range(1, size + 1)))


@st.composite
def repeating(draw: st.DrawFn, frequencies: tuple[str, ...] = ("hourly", "daily", "weekly", "monthly")) -> Shift:
    frequency = draw(st.sampled_from(frequencies))
    start = draw(walls)
    return Shift(
        type=draw(st.sampled_from(["recurrent_event", "rolling_users"])),
        start=start,
        duration=draw(st.integers(1, 12 * 60)) * STEP[frequency] / 240,
        zone=draw(st.sampled_from(ZONES)),
        level=draw(st.integers(-1, 3)),
        frequency=frequency,
        interval=draw(st.integers(1, 4)) * (6 if frequency == "hourly" else 1),
        until=draw(st.none() | st.none() | instants),
        rotation_start=draw(st.none() | st.integers(-30, 90).map(lambda n: start + n * DAY)),
        week_start=draw(st.sampled_from(WEEKDAYS)),
        by_day=draw(some(WEEKDAYS, 7)),
        by_month=draw(some(list(range(1, 13)), 12, rarely=4)),
        by_monthday=draw(some([*range(1, 32), *range(-31, 0)], 8, rarely=4)),
        users=draw(st.sampled_from([(), (1,), (2, 3)])),
        rolling_users=draw(st.lists(st.sampled_from([(), (1,), (2, 3), (4,)]), min_size=1, max_size=4).map(tuple)),
        start_index=draw(st.integers(0, 5)),
        key=draw(st.integers(1, 9)),
    )


@st.composite
def windows(draw: st.DrawFn) -> tuple[datetime, datetime]:
    start = draw(instants)
    return start, start + draw(st.integers(1, 90 * 24 * 60)) * timedelta(minutes=1)


@st.composite
def unbroken(draw: st.DrawFn) -> Shift:
    """A rotation whose definition has neither a gap nor an overlap: each turn lasts exactly one step."""
    frequency = draw(st.sampled_from(["hourly", "daily", "weekly"]))
    interval = draw(st.integers(1, 3)) * (8 if frequency == "hourly" else 1)
    return Shift(
        type="rolling_users",
        start=draw(walls),
        duration=interval * STEP[frequency],
        zone=draw(st.sampled_from(ZONES)),
        frequency=frequency,
        interval=interval,
        week_start=draw(st.sampled_from(WEEKDAYS)),
        rolling_users=draw(groups_of_one),
        start_index=draw(st.integers(0, 6)),
    )


# --- properties ----------------------------------------------------------------------------------------------------


@given(shift=repeating(), window=windows())
@settings(quick, max_examples=300)
def test_a_window_shows_what_walking_from_the_start_would_show(shift: Shift, window: tuple[datetime, datetime]) -> None:
    found = list(occurrences(shift, *window))
    assert sorted(found, key=order) == sorted(slow_occurrences(shift, *window), key=order)
    assert found == sorted(found, key=lambda one: one.start)


def order(one: Occurrence) -> tuple[datetime, datetime, tuple[int, ...]]:
    return one.start, one.end, one.users


@given(shift=unbroken())
@quick
def test_an_unbroken_rotation_has_no_gap_and_no_overlap_in_three_years(shift: Shift) -> None:
    start, end = SPAN
    begins = max(start, slow_utc(shift.start, shift.zone))
    pieces = final_pieces([shift], begins, end)
    assert gaps(pieces, begins, end) == []
    assert all(one.end == after.start for one, after in pairwise(pieces))


@given(shift=unbroken())
@quick
def test_nobody_in_a_rotation_starves_or_serves_two_turns_more_than_another(shift: Shift) -> None:
    served = [one.users[0] for one in occurrences(shift, *SPAN)]
    counts = [served.count(user) for (user,) in shift.rolling_users]
    assert min(counts) >= 1
    assert max(counts) - min(counts) <= 1


@given(shifts=st.lists(repeating(("daily", "weekly", "monthly")), min_size=1, max_size=4))
@quick
def test_resolution_covers_exactly_what_occurrences_with_people_cover(shifts: list[Shift]) -> None:
    start, end = SPAN
    pieces = final_pieces(shifts, start, end)
    found = [one for shift in shifts for one in occurrences(shift, start, end) if one.users]
    assert covered(pieces) == covered(
        Piece(max(one.start, start), min(one.end, end), one.users, 0, False, 0) for one in found
    )
    borders = [start, *(at for span in covered(pieces) for at in span), end]
    between = zip(borders[::2], borders[1::2], strict=True)
    assert gaps(pieces, start, end) == [(begins, ends) for begins, ends in between if begins < ends]


@given(shifts=st.lists(repeating(("daily", "weekly", "monthly")), min_size=2, max_size=4))
@quick
def test_pieces_overlap_only_within_one_level(shifts: list[Shift]) -> None:
    pieces = final_pieces(shifts, *SPAN)
    open_pieces: list[Piece] = []
    for piece in pieces:
        open_pieces = [one for one in open_pieces if one.end > piece.start]
        assert all(one.level == piece.level for one in open_pieces)
        open_pieces.append(piece)


@given(shifts=st.lists(repeating(("daily", "weekly", "monthly")), min_size=1, max_size=4), at=instants)
@quick
def test_the_greatest_level_is_on_call_at_every_instant(shifts: list[Shift], at: datetime) -> None:
    month = [one for shift in shifts for one in slow_occurrences(shift, at, at + 31 * DAY) if one.users]
    for instant in [at, *(one.start for one in month if one.start > at)][:40]:
        there = [one for one in month if one.start <= instant < one.end]
        top = max((one.level for one in there), default=0)
        assert set(on_call_at(shifts, instant)) == {user for one in there if one.level == top for user in one.users}


def covered(pieces: Iterator[Piece] | list[Piece]) -> list[tuple[datetime, datetime]]:
    """Sweep over borders, counting who is there: an account of coverage that shares no code with gaps()."""
    borders = sorted((at, step) for one in pieces for at, step in ((one.start, -1), (one.end, 1)))
    spans: list[tuple[datetime, datetime]] = []
    depth, begun = 0, SPAN[0]
    for at, step in borders:
        if depth == 0:
            begun = at
        depth -= step
        if depth == 0:
            spans.append((begun, at))
    return spans
