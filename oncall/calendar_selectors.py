"""What an exported calendar shows."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

from oncall.ical_export import Entry
from oncall.models import CalendarFeed, OnCallShift, Schedule, ShiftSwap, User
from oncall.selectors import final_schedules, shifts_by_schedule
from oncall.timeline import Piece


def entries(schedule: Schedule, start: datetime, end: datetime) -> list[Entry]:
    """Return one entry for each piece and person of a schedule in [start, end)."""
    pieces = final_schedules([schedule], start, end)[schedule.pk]
    people = User.objects.in_bulk({pk for piece in pieces for pk in piece.users})
    shifts = _shift_ids(pieces)
    return [_entry(piece, people[pk], shifts, people[pk].username) for piece in pieces for pk in piece.users]


def entries_of(user: User, start: datetime, end: datetime) -> list[Entry]:
    """Return one entry for each piece of any schedule in which the person is on call, by start."""
    schedules = _concerned(user)
    found = final_schedules(schedules, start, end)
    names = {schedule.pk: schedule.name for schedule in schedules}
    own = [(piece, names[pk]) for pk, pieces in found.items() for piece in pieces if user.pk in piece.users]
    own.sort(key=lambda each: each[0].start)
    shifts = _shift_ids([piece for piece, _ in own])
    return [_entry(piece, user, shifts, f"{name}: {user.username}") for piece, name in own]


def _concerned(user: User) -> list[Schedule]:
    """Return the schedules in which the person may have a turn: most installations have many more."""
    schedules = list(Schedule.objects.order_by("pk"))
    swapped = ShiftSwap.objects.filter(benefactor=user, deleted_at=None).values_list("schedule_id", flat=True)
    pks = {*swapped, *CalendarFeed.objects.values_list("schedule_id", flat=True)}
    for pk, rules in shifts_by_schedule(schedules).items():
        if any(user.pk in (*rule.users, *chain.from_iterable(rule.rolling_users)) for rule in rules):
            pks.add(pk)
    return [schedule for schedule in schedules if schedule.pk in pks]


def _shift_ids(pieces: list[Piece]) -> dict[int, str]:
    pks = {piece.shift_key for piece in pieces}
    return dict(OnCallShift.objects.filter(pk__in=pks).values_list("pk", "public_id"))


def _entry(piece: Piece, user: User, shifts: dict[int, str], summary: str) -> Entry:
    # A piece of an imported calendar has the negative number of its feed.
    origin = f"O{shifts[piece.shift_key]}" if piece.shift_key in shifts else f"feed{-piece.shift_key}"
    key = f"{origin}-{piece.start:%Y%m%dT%H%M%SZ}-U{user.public_id}"
    return Entry(key, summary, piece.start, piece.end, piece.is_override)
