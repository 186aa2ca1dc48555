"""Uptime and the bars of ninety days (C4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from statuspage import history
from statuspage.history import Day, Record, Spell

NOW = datetime(2030, 4, 1, 12, 0, tzinfo=UTC)
LONG_AGO = datetime(2029, 1, 1, tzinfo=UTC)


def spell(begin: datetime, hours: float, notice: int = 1) -> Spell:
    return Spell(notice, begin, begin + timedelta(hours=hours))


def test_overlaps_count_once() -> None:
    record = Record(LONG_AGO, impact=[spell(NOW - timedelta(hours=10), 2), spell(NOW - timedelta(hours=9), 2, 2)])
    assert history.uptime(record, NOW - timedelta(hours=100), NOW) == Decimal("97.000")


def test_planned_work_and_partial_trouble_do_not_count() -> None:
    both = [spell(NOW - timedelta(hours=10), 2)]
    assert history.uptime(Record(LONG_AGO, partial=both, planned=both), NOW - timedelta(days=90), NOW) == 100


def test_a_second_of_trouble_is_never_rounded_away() -> None:
    record = Record(LONG_AGO, impact=[spell(NOW - timedelta(hours=10), 1 / 3600)])
    assert history.uptime(record, NOW - timedelta(days=90), NOW) == Decimal("99.999")


def test_before_it_was_known_a_component_is_neither_up_nor_down() -> None:
    record = Record(NOW - timedelta(hours=10), impact=[spell(NOW - timedelta(hours=1), 1)])
    assert history.uptime(record, NOW - timedelta(days=90), NOW) == Decimal("90.000")
    days = history.days(record, history.window(NOW, ZoneInfo("UTC"), 2))
    assert days == (Day(date(2030, 3, 31), "unknown"), Day(date(2030, 4, 1), "degraded", timedelta(hours=1), (1,)))
    assert history.uptime(Record(NOW), NOW - timedelta(days=90), NOW) is None


@pytest.mark.parametrize(
    ("record", "state"),
    [
        (Record(LONG_AGO), "operational"),
        (Record(LONG_AGO, planned=[spell(NOW - timedelta(hours=1), 1)]), "under_maintenance"),
        (
            Record(
                LONG_AGO,
                partial=[spell(NOW - timedelta(hours=1), 1)],
                planned=[spell(NOW - timedelta(hours=1), 1)],
            ),
            "partially-degraded",
        ),
    ],
)
def test_a_day_shows_the_worst_of_it(record: Record, state: str) -> None:
    assert history.days(record, history.window(NOW, ZoneInfo("UTC"), 1))[0].state == state


def test_days_are_those_of_the_page_also_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Paris")  # the night to 31 March 2030 has 23 hours
    spans = history.window(NOW, zone, 3)
    assert [begin.date() for begin, _ in spans] == [date(2030, 3, 30), date(2030, 3, 31), date(2030, 4, 1)]
    assert [history.length([span]) for span in spans] == [timedelta(hours=24), timedelta(hours=23), timedelta(hours=14)]
