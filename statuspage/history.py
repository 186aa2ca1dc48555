"""How components fared, day by day, and their uptime (C4). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from zoneinfo import ZoneInfo

UNKNOWN, OPERATIONAL, MAINTENANCE = "unknown", "operational", "under_maintenance"
PARTIALLY, DEGRADED = "partially-degraded", "degraded"
DAYS = 90
STEP = Decimal("0.001")
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Spell:
    """A time in which a notice had a state; `end` is now for one that still has it."""

    notice: int
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one component, in the zone of the page. `impact` is how long it was degraded."""

    on: date
    state: str
    impact: timedelta = timedelta(0)
    notices: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """What happened to one component: what hit it or something above it, what hit only a part of it, planned work."""

    known_since: datetime
    impact: Sequence[Spell] = ()
    partial: Sequence[Spell] = ()
    planned: Sequence[Spell] = ()


def window(now: datetime, zone: ZoneInfo, days: int = DAYS) -> list[Span]:
    """Return the spans of the last days in that zone, the last of them ending now."""
    today = now.astimezone(zone).date()
    begins = [_midnight(today - timedelta(days=back), zone) for back in range(days - 1, -1, -1)]
    return [*zip(begins, [*begins[1:], now], strict=True)]


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(), zone)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the same times without overlaps."""
    out: list[Span] = []
    for begin, end in sorted(span for span in spans if span[0] < span[1]):
        if out and begin <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((begin, end))
    return out


def length(spans: Iterable[Span]) -> timedelta:
    """Return how much time the spans cover together."""
    # instants of one zone are subtracted as wall clocks, so the offsets are taken into account here
    return sum((timedelta(seconds=end.timestamp() - begin.timestamp()) for begin, end in merged(spans)), timedelta(0))


def clipped(spells: Iterable[Spell], within: Span) -> list[Span]:
    """Return the parts of the spells that lie within the span."""
    parts = ((max(one.begin, within[0]), min(one.end, within[1])) for one in spells)
    return [part for part in parts if part[0] < part[1]]


def days(record: Record, spans: Sequence[Span]) -> tuple[Day, ...]:
    """Return the component's days, oldest first; a day before it was known is neither up nor down."""
    return tuple(_day(record, span) for span in spans)


def _day(record: Record, span: Span) -> Day:
    on = span[0].date()
    if span[1] <= record.known_since and not _touching(record, span):
        return Day(on, UNKNOWN)
    impact = length(clipped(record.impact, span))
    for state, spells in (
        (DEGRADED, record.impact),
        (PARTIALLY, record.partial),
        (MAINTENANCE, record.planned),
    ):
        if clipped(spells, span):
            return Day(on, state, impact, _touching(record, span))
    return Day(on, OPERATIONAL)


def _touching(record: Record, span: Span) -> tuple[int, ...]:
    every = (*record.impact, *record.partial, *record.planned)
    return tuple(sorted({one.notice for one in every if one.begin < span[1] and one.end > span[0]}))


def uptime(record: Record, begin: datetime, end: datetime) -> Decimal | None:
    """Return the per cent of the known time without impact, rounded down; None when nothing is known."""
    first = min((spell.begin for spell in record.impact), default=record.known_since)
    begin = max(begin, min(first, record.known_since))
    total = Decimal(str(end.timestamp() - begin.timestamp()))
    if total <= 0:
        return None
    impact = Decimal(str(length(clipped(record.impact, (begin, end))).total_seconds()))
    return (100 * (1 - impact / total)).quantize(STEP, ROUND_DOWN)
