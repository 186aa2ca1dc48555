"""Who is on call when: many occurrences resolved into what remains after swaps, eligibility, overrides and levels.

Rules: oncall-config-api 6.4 to 6.7, applied in this order. Swaps come first, the oldest request before the younger.
Then people who can't be notified are left out, and an occurrence with nobody left **covers nothing**: it never hides a
lower level that still has somebody. Then at each instant the occurrences of the greatest (is_override, level) stay, all
of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from operator import attrgetter

from oncall.rotation import Occurrence, Shift, occurrences

Eligible = Callable[[int], bool] | AbstractSet[int] | None
Span = tuple[datetime, datetime]

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Swap:
    """A request to stand in: inside [start, end) (aware UTC) the benefactor does the beneficiary's turns.

    Without a benefactor nobody has taken it yet, and it changes nothing. `requested_at` orders swaps that overlap.
    """

    beneficiary: int
    benefactor: int | None
    start: datetime
    end: datetime
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Piece:
    """What remains of one occurrence: these users are on call in [start, end), aware UTC, because of this shift.

    Pieces of one schedule overlap only where their (is_override, level) is the same.
    """

    start: datetime
    end: datetime
    users: tuple[int, ...]
    level: int
    is_override: bool
    shift_key: int


def resolve(
    occurrences: Iterable[Occurrence], swaps: Iterable[Swap], start: datetime, end: datetime, eligible: Eligible = None
) -> list[Piece]:
    """Resolve occurrences into pieces clipped to [start, end), sorted by start, then shift.

    No piece is without users. Occurrences of one level that overlap stay pieces of their own, so that each
    (piece, user) is one row of a final schedule and names its shift.
    """
    by_key: dict[tuple[bool, int], list[Piece]] = {}
    for piece in _present(_swapped(_clipped(occurrences, start, end), swaps), eligible):
        by_key.setdefault((piece.is_override, piece.level), []).append(piece)
    resolved: list[Piece] = []
    above: list[Piece] = []
    for key in sorted(by_key, reverse=True):
        covered = _union((piece.start, piece.end) for piece in above)
        resolved.extend(part for piece in by_key[key] for part in _outside(piece, covered))
        above += by_key[key]
    resolved.sort(key=attrgetter("start", "shift_key"))
    return resolved


def final_pieces(
    shifts: Iterable[Shift], start: datetime, end: datetime, swaps: Iterable[Swap] = (), eligible: Eligible = None
) -> list[Piece]:
    """Resolve a schedule's shifts into its final pieces in [start, end), aware UTC."""
    return resolve((one for shift in shifts for one in occurrences(shift, start, end)), swaps, start, end, eligible)


def on_call_at(
    shifts: Iterable[Shift], at: datetime, swaps: Iterable[Swap] = (), eligible: Eligible = None
) -> tuple[int, ...]:
    """Name who is on call at an instant (aware UTC), each once; at a handover it is the incoming user."""
    return people(final_pieces(shifts, at, at + _MOMENT, swaps, eligible))


def people(pieces: Iterable[Piece]) -> tuple[int, ...]:
    """Name everyone in the pieces, each once, in the order of their first piece."""
    return tuple(dict.fromkeys(user for piece in pieces for user in piece.users))


def gaps(pieces: Iterable[Piece], start: datetime, end: datetime) -> list[Span]:
    """List the intervals of [start, end) in which no piece has anybody on call."""
    found: list[Span] = []
    reached = start
    for begins, ends in _union([(piece.start, piece.end) for piece in pieces if piece.users]):
        if begins >= end:
            break
        if begins > reached:
            found.append((reached, begins))
        reached = max(reached, ends)
    if reached < end:
        found.append((reached, end))
    return found


def _clipped(occurrences: Iterable[Occurrence], start: datetime, end: datetime) -> list[Piece]:
    return [
        Piece(max(one.start, start), min(one.end, end), one.users, one.level, one.is_override, one.shift_key)
        for one in occurrences
        if one.start < end and one.end > start
    ]


def _swapped(pieces: list[Piece], swaps: Iterable[Swap]) -> list[Piece]:
    for swap in sorted(swaps, key=lambda swap: swap.requested_at):
        if swap.benefactor is not None and swap.start < swap.end:
            pieces = [part for piece in pieces for part in _swap_one(piece, swap, swap.benefactor)]
    return pieces


def _swap_one(piece: Piece, swap: Swap, benefactor: int) -> Iterator[Piece]:
    begins, ends = max(piece.start, swap.start), min(piece.end, swap.end)
    if begins >= ends or swap.beneficiary not in piece.users:
        yield piece
        return
    if piece.start < begins:
        yield replace(piece, end=begins)
    users = tuple(benefactor if user == swap.beneficiary else user for user in piece.users)
    yield replace(piece, start=begins, end=ends, users=users)
    if ends < piece.end:
        yield replace(piece, start=ends)


def _present(pieces: Iterable[Piece], eligible: Eligible) -> Iterator[Piece]:
    may = eligible if eligible is None or callable(eligible) else eligible.__contains__
    for piece in pieces:
        users = piece.users if may is None else tuple(user for user in piece.users if may(user))
        if len(users) > 1:
            users = tuple(dict.fromkeys(users))
        if users:
            yield piece if users == piece.users else replace(piece, users=users)


def _outside(piece: Piece, covered: Sequence[Span]) -> Iterable[Piece]:
    return _cut(piece, covered) if covered else (piece,)


def _cut(piece: Piece, covered: Sequence[Span]) -> Iterator[Piece]:
    reached = piece.start
    nearest = bisect_right(covered, piece.start, key=lambda span: span[0]) - 1
    for begins, ends in islice(covered, max(nearest, 0), None):
        if begins >= piece.end:
            break
        if begins > reached:
            yield replace(piece, start=reached, end=begins)
        reached = max(reached, ends)
    if reached == piece.start:
        yield piece
    elif reached < piece.end:
        yield replace(piece, start=reached)


def _union(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for begins, ends in sorted(spans):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined
