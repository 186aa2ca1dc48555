from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from oncall.rotation import OVERRIDE_LEVEL, Occurrence, Shift, occurrences

A, B, C, D = 1, 2, 3, 4
PARIS = "Europe/Paris"
LORD_HOWE = "Australia/Lord_Howe"
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
WORKING_DAYS = ("MO", "TU", "WE", "TH", "FR")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


def rolling(
    start: str, duration: timedelta, frequency: str, *groups: tuple[int, ...], zone: str = "UTC", **rest
) -> Shift:
    return Shift(
        "rolling_users", local(start), duration, ZoneInfo(zone), frequency=frequency, rolling_users=groups, **rest
    )


def recurrent(start: str, duration: timedelta, frequency: str, *, zone: str = "UTC", **rest) -> Shift:
    return Shift("recurrent_event", local(start), duration, ZoneInfo(zone), frequency=frequency, users=(A,), **rest)


def single(start: str, duration: timedelta, zone: str = "UTC", **rest) -> Shift:
    return Shift(
        **{"type": "single_event", "users": (A,)} | rest, start=local(start), duration=duration, zone=ZoneInfo(zone)
    )


def between(shift: Shift, start: str, end: str) -> list[Occurrence]:
    return list(occurrences(shift, utc(start), utc(end)))


def turns(found: Iterable[Occurrence]) -> list[tuple[str, str]]:
    """Each occurrence as its UTC start and its people's letters."""
    return [(f"{one.start:%m-%d %H:%M}", "".join(" ABCD"[user] for user in one.users)) for one in found]


def days(found: Iterable[Occurrence]) -> list[str]:
    return [f"{one.start:%m-%d}" for one in found]


# --- the worked examples of the contract, by their numbers ---------------------------------------------------------


def test_example_1_a_weekly_rotation_begins_with_the_group_of_the_start_index() -> None:
    shift = rolling("2024-01-01T09:00", WEEK, "weekly", (A,), (B, D), (C,), start_index=1)
    assert turns(between(shift, "2024-01-01", "2024-01-29")) == [
        ("01-01 09:00", "BD"),
        ("01-08 09:00", "C"),
        ("01-15 09:00", "A"),
        ("01-22 09:00", "BD"),
    ]


def test_example_2_a_daily_handover_keeps_its_clock_time_when_spring_takes_an_hour() -> None:
    shift = rolling("2024-03-29T08:00", DAY, "daily", (A,), (B,), zone=PARIS)
    found = between(shift, "2024-03-29T07:00", "2024-04-02T07:00")
    assert turns(found) == [
        ("03-29 07:00", "A"),
        ("03-30 07:00", "B"),
        ("03-31 06:00", "A"),
        ("04-01 06:00", "B"),
        ("04-02 06:00", "A"),
    ]
    assert [one.end - one.start for one in found] == [DAY, 23 * HOUR, DAY, DAY, DAY]


def test_example_2b_a_daily_handover_keeps_its_clock_time_when_autumn_gives_an_hour() -> None:
    shift = rolling("2024-10-25T08:00", DAY, "daily", (A,), (B,), zone=PARIS)
    found = between(shift, "2024-10-25T06:00", "2024-10-28T08:00")
    assert turns(found) == [("10-25 06:00", "A"), ("10-26 06:00", "B"), ("10-27 07:00", "A"), ("10-28 07:00", "B")]
    assert [one.end - one.start for one in found] == [DAY, 25 * HOUR, DAY, DAY]


def test_example_3_a_series_whose_first_week_spans_a_change_is_right_in_all_its_weeks() -> None:
    shift = rolling("2024-10-21T09:00", WEEK, "weekly", (A,), (B,), zone=PARIS)
    found = between(shift, "2024-10-21", "2024-11-11")
    assert turns(found) == [("10-21 07:00", "A"), ("10-28 08:00", "B"), ("11-04 08:00", "A")]
    assert [one.end - one.start for one in found] == [169 * HOUR, WEEK, WEEK]


def test_example_4_a_first_group_that_starts_on_wednesday_keeps_the_rest_of_that_week() -> None:
    shift = rolling("2024-02-28T03:00", 12 * HOUR, "weekly", (A,), (B,), by_day=WORKING_DAYS)
    found = between(shift, "2024-02-20", "2024-03-16")
    assert days(one for one in found if one.users == (A,)) == [
        *("02-28", "02-29", "03-01"),
        *("03-11", "03-12", "03-13", "03-14", "03-15"),
    ]
    assert days(one for one in found if one.users == (B,)) == ["03-04", "03-05", "03-06", "03-07", "03-08"]


def test_example_5_days_across_the_week_start_are_split_between_two_groups() -> None:
    shift = rolling("2024-03-02T03:00", 12 * HOUR, "weekly", (A,), (B,), by_day=("SA", "SU", "MO"))
    found = between(shift, "2024-03-01", "2024-03-19")
    assert days(one for one in found if one.users == (A,)) == ["03-02", "03-03", "03-11", "03-16", "03-17"]
    assert days(one for one in found if one.users == (B,)) == ["03-04", "03-09", "03-10", "03-18"]


def test_example_5_with_another_week_start_the_same_days_stay_together() -> None:
    shift = rolling("2024-03-02T03:00", 12 * HOUR, "weekly", (A,), (B,), by_day=("SA", "SU", "MO"), week_start="SA")
    found = between(shift, "2024-03-01", "2024-03-19")
    assert days(one for one in found if one.users == (A,)) == ["03-02", "03-03", "03-04", "03-16", "03-17", "03-18"]
    assert days(one for one in found if one.users == (B,)) == ["03-09", "03-10", "03-11"]


def test_example_5b_an_unselected_start_moves_to_the_first_selected_day_of_the_week_order() -> None:
    # Wednesday, with Monday and Friday selected: Friday is nearer, Monday comes first in a week.
    shift = rolling("2024-02-28T03:00", 12 * HOUR, "weekly", (A,), (B,), by_day=("FR", "MO"))
    assert turns(between(shift, "2024-02-26", "2024-03-12")) == [
        ("03-04 03:00", "A"),
        ("03-08 03:00", "A"),
        ("03-11 03:00", "B"),
    ]


@pytest.mark.parametrize(("week_start", "first"), [("MO", "03-04"), ("TH", "03-01"), ("SA", "03-04"), ("FR", "03-01")])
def test_example_5b_the_week_start_decides_where_an_unselected_start_moves(week_start: str, first: str) -> None:
    shift = rolling("2024-02-28T03:00", HOUR, "weekly", (A,), by_day=("FR", "MO"), week_start=week_start)
    assert days(between(shift, "2024-02-26", "2024-03-12"))[0] == first


def test_example_6_a_daily_rotation_on_working_days_counts_working_days() -> None:
    shift = rolling("2024-01-01T08:00", 10 * HOUR, "daily", (A,), (B,), zone=PARIS, by_day=WORKING_DAYS)
    assert turns(between(shift, "2024-01-01", "2024-01-13")) == [
        ("01-01 07:00", "A"),
        ("01-02 07:00", "B"),
        ("01-03 07:00", "A"),
        ("01-04 07:00", "B"),
        ("01-05 07:00", "A"),
        ("01-08 07:00", "B"),
        ("01-09 07:00", "A"),
        ("01-10 07:00", "B"),
        ("01-11 07:00", "A"),
        ("01-12 07:00", "B"),
    ]


def test_example_6b_with_selected_days_the_interval_is_how_many_in_a_row_one_group_keeps() -> None:
    shift = rolling("2024-01-01T08:00", 10 * HOUR, "daily", (A,), (B,), by_day=WORKING_DAYS, interval=2)
    found = between(shift, "2024-01-01", "2024-01-10")
    assert "".join(letter for _, letter in turns(found)) == "AABBAAB"
    assert days(found) == ["01-01", "01-02", "01-03", "01-04", "01-05", "01-08", "01-09"]


def test_example_6c_without_selected_days_the_days_between_steps_are_uncovered() -> None:
    shift = rolling("2024-01-01T08:00", DAY, "daily", (A,), (B,), interval=2)
    assert turns(between(shift, "2024-01-01", "2024-01-06")) == [
        ("01-01 08:00", "A"),
        ("01-03 08:00", "B"),
        ("01-05 08:00", "A"),
    ]


def test_example_7_weeks_an_interval_skips_are_uncovered_unless_the_duration_fills_them() -> None:
    week = rolling("2024-01-01T09:00", WEEK, "weekly", (A,), (B,), interval=2)
    assert [(f"{one.start:%m-%d}", f"{one.end:%m-%d}") for one in between(week, "2024-01-01", "2024-01-29")] == [
        ("01-01", "01-08"),
        ("01-15", "01-22"),
    ]
    fortnight = rolling("2024-01-01T09:00", 2 * WEEK, "weekly", (A,), (B,), interval=2)
    found = between(fortnight, "2024-01-01", "2024-01-29")
    assert [one.end for one in found] == [utc("2024-01-15T09:00"), utc("2024-01-29T09:00")]
    assert turns(found) == [("01-01 09:00", "A"), ("01-15 09:00", "B")]


def test_example_9_a_later_rotation_start_hides_turns_and_keeps_the_phase() -> None:
    shift = rolling("2024-01-01T08:00", DAY, "daily", (A,), (B,), (C,), rotation_start=local("2024-01-03T08:00"))
    assert turns(between(shift, "2024-01-01", "2024-01-06")) == [
        ("01-03 08:00", "C"),
        ("01-04 08:00", "A"),
        ("01-05 08:00", "B"),
    ]


def test_example_12_monthly_rules_count_month_days_and_skip_months_without_the_day() -> None:
    last_day = recurrent("2024-01-31T09:00", DAY, "monthly", by_monthday=(-1,))
    assert days(between(last_day, "2024-01-01", "2024-06-01")) == ["01-31", "02-29", "03-31", "04-30", "05-31"]
    same_day = recurrent("2024-01-31T09:00", DAY, "monthly")
    assert days(between(same_day, "2024-01-01", "2024-08-01")) == ["01-31", "03-31", "05-31", "07-31"]


def test_example_12_a_monthly_rotation_changes_with_the_month() -> None:
    shift = rolling("2024-01-15T09:00", DAY, "monthly", (A,), (B,), by_monthday=(1, 15))
    assert turns(between(shift, "2024-01-01", "2024-04-16")) == [
        ("01-15 09:00", "A"),
        ("02-01 09:00", "B"),
        ("02-15 09:00", "B"),
        ("03-01 09:00", "A"),
        ("03-15 09:00", "A"),
        ("04-01 09:00", "B"),
        ("04-15 09:00", "B"),
    ]


def test_example_14_hourly_turns_follow_each_other() -> None:
    shift = rolling("2024-01-01T00:00", 6 * HOUR, "hourly", (A,), (B,), (C,), interval=6)
    assert "".join(letter for _, letter in turns(between(shift, "2024-01-01", "2024-01-02T06:00"))) == "ABCAB"


# --- the rules of 6.1 and 6.2 --------------------------------------------------------------------------------------


def test_six_hourly_handovers_stay_at_the_same_clock_times_over_a_change() -> None:
    shift = rolling("2024-03-30T00:00", 6 * HOUR, "hourly", (A,), (B,), zone=PARIS, interval=6)
    spring = between(shift, "2024-03-30T23:00", "2024-03-31T22:00")
    assert turns(spring) == [("03-30 23:00", "A"), ("03-31 04:00", "B"), ("03-31 10:00", "A"), ("03-31 16:00", "B")]
    assert [one.end - one.start for one in spring] == [5 * HOUR, 6 * HOUR, 6 * HOUR, 6 * HOUR]
    autumn = between(shift, "2024-10-26T22:00", "2024-10-27T05:00")
    assert [one.end - one.start for one in autumn] == [7 * HOUR]


def test_an_hour_that_does_not_exist_has_no_turn_and_one_that_comes_twice_is_one_turn() -> None:
    shift = rolling("2024-03-31T00:00", HOUR, "hourly", (A,), (B,), zone=PARIS)
    assert turns(between(shift, "2024-03-31T00:00", "2024-03-31T03:00")) == [
        ("03-31 00:00", "B"),
        ("03-31 01:00", "B"),
        ("03-31 02:00", "A"),
    ]
    doubled = between(shift, "2024-10-27T00:30", "2024-10-27T00:31")
    assert [(one.start, one.end) for one in doubled] == [(utc("2024-10-27T00:00"), utc("2024-10-27T02:00"))]


def test_a_start_that_does_not_exist_moves_forward_by_the_gap() -> None:
    shift = recurrent("2024-03-30T02:30", 2 * HOUR, "daily", zone=PARIS)
    found = between(shift, "2024-03-30", "2024-04-02")
    assert [one.start for one in found] == [utc("2024-03-30T01:30"), utc("2024-03-31T01:30"), utc("2024-04-01T00:30")]
    assert [one.end for one in found] == [utc("2024-03-30T03:30"), utc("2024-03-31T02:30"), utc("2024-04-01T02:30")]


def test_a_gap_of_half_an_hour_moves_a_start_by_half_an_hour() -> None:
    (found,) = between(single("2024-10-06T02:15", 2 * HOUR, LORD_HOWE), "2024-10-05", "2024-10-07")
    assert (found.start, found.end) == (utc("2024-10-05T15:45"), utc("2024-10-05T17:15"))


def test_an_ambiguous_time_is_the_earlier_instant() -> None:
    (found,) = between(single("2024-10-27T02:30", HOUR, PARIS), "2024-10-26", "2024-10-28")
    assert (found.start, found.end) == (utc("2024-10-27T00:30"), utc("2024-10-27T02:30"))


@pytest.mark.parametrize("kind", ["single_event", "override"])
def test_one_event_that_a_gap_would_swallow_keeps_its_elapsed_duration(kind: str) -> None:
    (found,) = between(single("2024-03-31T02:45", HOUR / 2, PARIS, type=kind), "2024-03-31", "2024-04-01")
    assert (found.start, found.end) == (utc("2024-03-31T01:45"), utc("2024-03-31T02:15"))


def test_a_repeated_turn_that_a_gap_swallows_is_dropped() -> None:
    shift = recurrent("2024-03-30T02:45", HOUR / 2, "daily", zone=PARIS)
    assert days(between(shift, "2024-03-30", "2024-04-02")) == ["03-30", "04-01"]


def test_the_start_is_an_occurrence_even_where_the_masks_exclude_it() -> None:
    # A Wednesday, the 10th, in January.
    for masks in ({"by_day": ("MO",)}, {"by_monthday": (1,)}, {"by_month": (2,)}):
        for frequency in ("hourly", "daily", "weekly", "monthly"):
            shift = recurrent("2024-01-10T09:00", HOUR, frequency, **masks)
            assert [one.start for one in between(shift, "2024-01-10", "2024-01-10T09:30")] == [utc("2024-01-10T09:00")]


def test_a_monthly_rotation_keeps_a_start_outside_its_month_days_as_the_first_groups() -> None:
    shift = rolling("2024-01-10T09:00", HOUR, "monthly", (A,), (B,), by_monthday=(1, 15))
    assert turns(between(shift, "2024-01-01", "2024-02-28")) == [
        ("01-10 09:00", "A"),
        ("01-15 09:00", "A"),
        ("02-01 09:00", "B"),
        ("02-15 09:00", "B"),
    ]


def test_recurrent_masks_limit_each_other() -> None:
    fridays_13 = recurrent("2024-01-01T09:00", HOUR, "monthly", by_day=("FR",), by_monthday=(13,))
    assert days(between(fridays_13, "2024-01-02", "2025-01-01")) == ["09-13", "12-13"]
    mondays_in_march = recurrent("2024-01-01T09:00", HOUR, "weekly", by_month=(3,))
    assert days(between(mondays_in_march, "2024-01-02", "2025-01-01")) == ["03-04", "03-11", "03-18", "03-25"]
    every_third_day = recurrent("2024-01-01T09:00", HOUR, "daily", interval=3, by_day=("MO", "TH"))
    assert days(between(every_third_day, "2024-01-01", "2024-02-01")) == ["01-01", "01-04", "01-22", "01-25"]
    mondays = recurrent("2024-01-01T09:00", HOUR, "monthly", interval=2, by_day=("MO",))
    assert days(between(mondays, "2024-01-20", "2024-03-12")) == ["01-22", "01-29", "03-04", "03-11"]


def test_a_recurrent_week_interval_is_counted_from_the_week_start() -> None:
    # RFC 5545's own example of WKST: Tuesday and Sunday of every other week.
    rule: dict[str, Any] = {"interval": 2, "by_day": ("TU", "SU")}
    monday = recurrent("1997-08-05T09:00", HOUR, "weekly", **rule)
    assert days(between(monday, "1997-08-01", "1997-08-25")) == ["08-05", "08-10", "08-19", "08-24"]
    sunday = recurrent("1997-08-05T09:00", HOUR, "weekly", week_start="SU", **rule)
    assert days(between(sunday, "1997-08-01", "1997-09-01")) == ["08-05", "08-17", "08-19", "08-31"]


def test_hidden_steps_count_as_turns() -> None:
    shift = rolling("2024-01-31T09:00", HOUR, "daily", (A,), (B,), (C,), by_month=(1, 3))
    # 31 January is turn 0, 1 March turn 30.
    assert turns(between(shift, "2024-01-01", "2024-03-03")) == [
        ("01-31 09:00", "A"),
        ("03-01 09:00", "A"),
        ("03-02 09:00", "B"),
    ]


def test_until_is_utc_inclusive_and_does_not_clip() -> None:
    # 08:00 in Paris is 07:00 UTC.
    shift = recurrent("2024-01-01T08:00", DAY, "daily", zone=PARIS, until=utc("2024-01-03T07:00"))
    found = between(shift, "2024-01-01", "2024-02-01")
    assert days(found) == ["01-01", "01-02", "01-03"]
    assert found[-1].end == utc("2024-01-04T07:00")
    before = recurrent("2024-01-01T08:00", DAY, "daily", zone=PARIS, until=utc("2024-01-03T06:59:59"))
    assert days(between(before, "2024-01-01", "2024-02-01")) == ["01-01", "01-02"]
    first = rolling("2024-01-01T08:00", WEEK, "weekly", (A,), (B,), until=utc("2024-01-02T00:00"))
    assert [one.end for one in between(first, "2024-01-01", "2024-03-01")] == [utc("2024-01-08T08:00")]


def test_rotation_start_means_nothing_to_other_types() -> None:
    late = local("2024-01-03T08:00")
    assert days(
        between(recurrent("2024-01-01T08:00", DAY, "daily", rotation_start=late), "2024-01-01", "2024-01-03")
    ) == [
        "01-01",
        "01-02",
    ]
    assert days(between(single("2024-01-01T08:00", DAY, rotation_start=late), "2024-01-01", "2024-01-03")) == ["01-01"]


def test_a_rotation_start_keeps_the_weekday_and_the_selected_day_count() -> None:
    weekly = rolling("2024-01-01T08:00", WEEK, "weekly", (A,), (B,), rotation_start=local("2024-01-03T00:00"))
    assert turns(between(weekly, "2024-01-01", "2024-01-16")) == [("01-08 08:00", "B"), ("01-15 08:00", "A")]
    selected = rolling(
        *("2024-01-01T08:00", HOUR, "daily"), (A,), (B,), by_day=WORKING_DAYS, rotation_start=local("2024-01-06T00:00")
    )
    assert turns(between(selected, "2024-01-01", "2024-01-10")) == [("01-08 08:00", "B"), ("01-09 08:00", "A")]


def test_an_empty_group_is_an_uncovered_turn_and_the_phase_stays() -> None:
    shift = rolling("2024-01-01T08:00", DAY, "daily", (A,), (), (C,))
    assert [one.users for one in between(shift, "2024-01-01T08:00", "2024-01-05T08:00")] == [(A,), (), (C,), (A,)]


@pytest.mark.parametrize("index", [2, 99, -1])
def test_a_start_index_out_of_range_behaves_like_zero(index: int) -> None:
    shift = rolling("2024-01-01T08:00", DAY, "daily", (A,), (B,), start_index=index)
    assert turns(between(shift, "2024-01-01", "2024-01-02")) == [("01-01 08:00", "A")]


def test_a_rotation_without_groups_has_no_turns() -> None:
    assert between(rolling("2024-01-01T08:00", DAY, "daily"), "2024-01-01", "2025-01-01") == []


@pytest.mark.parametrize("duration", [timedelta(0), -HOUR])
def test_a_shift_without_a_duration_is_never_on_call(duration: timedelta) -> None:
    assert between(single("2024-01-01T08:00", duration), "2023-01-01", "2025-01-01") == []
    assert between(recurrent("2024-01-01T08:00", duration, "daily"), "2023-01-01", "2025-01-01") == []


@pytest.mark.parametrize(("given", "counts_as"), [(-3, 0), (0, 0), (1, 1), (7, 7)])
def test_levels_below_one_count_as_zero(given: int, counts_as: int) -> None:
    (found,) = between(single("2024-01-01T08:00", HOUR, level=given, key=5), "2024-01-01", "2024-01-02")
    assert (found.level, found.is_override, found.shift_key) == (counts_as, False, 5)


def test_an_override_has_its_own_level_whatever_its_row_says() -> None:
    (found,) = between(single("2024-01-01T08:00", HOUR, type="override", level=3), "2024-01-01", "2024-01-02")
    assert (found.level, found.is_override) == (OVERRIDE_LEVEL, True)


def test_intervals_are_half_open() -> None:
    shift = single("2024-01-01T08:00", HOUR)
    assert between(shift, "2024-01-01T07:00", "2024-01-01T08:00") == []
    assert between(shift, "2024-01-01T09:00", "2024-01-01T10:00") == []
    assert between(shift, "2024-01-01T08:30", "2024-01-01T08:30") == []
    assert len(between(shift, "2024-01-01T08:59:59", "2024-01-01T10:00")) == 1


def test_occurrences_are_whole_and_long_ones_are_found_from_inside() -> None:
    shift = rolling("2024-01-01T09:00", 30 * DAY, "weekly", (A,), (B,))
    found = between(shift, "2024-02-05T12:00", "2024-02-05T12:01")
    assert days(found) == ["01-08", "01-15", "01-22", "01-29", "02-05"]
    assert {one.end - one.start for one in found} == {30 * DAY}


# --- cost and absurd rules -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frequency", "rest"),
    [
        ("hourly", {}),
        ("daily", {}),
        ("daily", {"by_day": WORKING_DAYS}),
        ("weekly", {"by_day": ("MO", "TH")}),
        ("monthly", {"by_monthday": (-1,)}),
    ],
)
def test_centuries_between_start_and_window_cost_nothing(frequency: str, rest: dict[str, Any]) -> None:
    """Stepping through 7,000 years of hours would take a minute per question; a thousand questions take a second."""
    shift = rolling("1990-01-01T00:00", DAY, frequency, (A,), (B,), (C,), **rest)
    asked = [utc("9000-01-01") + timedelta(days=n) for n in range(1000)]
    assert any(list(occurrences(shift, at, at + HOUR)) for at in asked)


def test_a_count_of_selected_days_does_not_depend_on_where_the_window_begins() -> None:
    shift = rolling("2024-01-02T08:00", HOUR, "daily", (A,), (B,), (C,), by_day=("TU", "FR", "SA"), interval=2)
    whole = between(shift, "2024-01-01", "2024-03-01")
    assert "".join(letter for _, letter in turns(whole[:8])) == "AABBCCAA"
    for skipped, one in enumerate(whole):
        assert list(occurrences(shift, one.start, utc("2024-03-01"))) == whole[skipped:]


def test_rules_that_never_match_end() -> None:
    for frequency in ("hourly", "daily", "weekly", "monthly"):
        shift = recurrent("2024-01-01T08:00", HOUR, frequency, by_month=(2,), by_monthday=(30,), interval=7)
        assert days(between(shift, "2024-01-01", "2034-01-01")) == ["01-01"]


@pytest.mark.parametrize("frequency", ["hourly", "daily", "weekly", "monthly"])
def test_absurd_numbers_give_an_answer_and_no_exception(frequency: str) -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    rare = rolling("2024-01-01T08:00", HOUR, frequency, (A,), zone=PARIS, interval=10**18)
    assert days(occurrences(rare, first, last)) == ["01-01"]
    early = recurrent("0001-01-01T00:00", HOUR, frequency, zone="Asia/Tokyo")
    assert list(occurrences(early, utc("2024-01-01T00:00"), utc("2024-01-01T00:30"))) != [] or frequency != "hourly"
    endless = rolling("2024-01-01T08:00", timedelta.max, frequency, (A,), interval=10**9)
    assert [one.end for one in between(endless, "2024-01-01", "2025-01-01")] == [last]
    late = rolling("9999-12-31T23:30", HOUR, frequency, (A,), zone="America/New_York")
    assert list(occurrences(late, utc("9999-12-01T00:00"), last)) == []


def test_an_unselected_start_at_the_end_of_time_has_no_turns() -> None:
    shift = rolling("9999-12-31T08:00", HOUR, "weekly", (A,), by_day=("MO",))
    assert between(shift, "9999-12-30", "9999-12-31T23:00") == []


def test_one_event_longer_than_time_or_at_its_end_is_cut_there() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    (found,) = between(single("2024-01-01T08:00", timedelta.max), "2024-01-01", "2025-01-01")
    assert found.end == last
    assert (
        list(occurrences(single("9999-12-31T23:30", timedelta.max, "America/New_York"), utc("9999-12-01"), last)) == []
    )
