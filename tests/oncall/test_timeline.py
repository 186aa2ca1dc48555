from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from oncall.rotation import Occurrence, Shift
from oncall.timeline import Piece, Swap, final_pieces, gaps, on_call_at, people, resolve

A, B, C, D = 1, 2, 3, 4
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")


def on(day: int, hour: float = 0) -> datetime:
    return datetime(2024, 5, day, tzinfo=UTC) + hour * HOUR


def duty(
    start: datetime, end: datetime, *users: int, level: int = 0, override: bool = False, key: int = 0
) -> Occurrence:
    return Occurrence(start, end, users, level, override, key)


def single(begins: float, hours: float, *users: int, level: int = 0, type: str = "single_event", key: int = 0) -> Shift:
    start = datetime(2024, 5, 2) + begins * HOUR  # noqa: DTZ001  local wall clock
    return Shift(type, start, hours * HOUR, UTC_ZONE, level=level, users=users, key=key)


def daily(*groups: tuple[int, ...], day: int = 1, level: int = 0, key: int = 0) -> Shift:
    start = datetime(2024, 5, day)  # noqa: DTZ001  local wall clock
    return Shift("rolling_users", start, DAY, UTC_ZONE, level=level, frequency="daily", rolling_users=groups, key=key)


def swap(begins: datetime, ends: datetime, *, of: int, by: int | None, asked: int = 1) -> Swap:
    return Swap(of, by, begins, ends, datetime(2024, 4, asked, tzinfo=UTC))


def rows(pieces: Iterable[Piece]) -> list[tuple[float, float, str]]:
    """Each piece as its hours since 2 May and its people's letters."""
    return [
        ((one.start - on(2)) / HOUR, (one.end - on(2)) / HOUR, "".join(" ABCD"[user] for user in one.users))
        for one in pieces
    ]


# --- levels and overrides ------------------------------------------------------------------------------------------


def test_example_8_the_higher_level_wins_and_the_lower_keeps_what_remains() -> None:
    shifts = [single(7, 6, C), single(8, 3, A, level=1), single(9, 2, B, level=2)]
    assert rows(final_pieces(shifts, on(2), on(3))) == [(7, 8, "C"), (8, 9, "A"), (9, 11, "B"), (11, 13, "C")]
    assert on_call_at(shifts, on(2, 10)) == (B,)
    assert on_call_at(shifts, on(2, 8)) == (A,)


def test_example_8b_equals_are_on_call_together() -> None:
    shifts = [single(8, 3, A, level=1, key=10), single(9, 4, B, level=1, key=11)]
    assert [on_call_at(shifts, on(2, hour)) for hour in (8.5, 9.5, 11.5)] == [(A,), (A, B), (B,)]
    pieces = final_pieces(shifts, on(2), on(3))
    assert rows(pieces) == [(8, 11, "A"), (9, 13, "B")]
    assert [one.shift_key for one in pieces] == [10, 11]


def test_example_10_overrides_beat_every_level_and_each_other_never() -> None:
    start = datetime(2024, 5, 1, 8)  # noqa: DTZ001  local wall clock
    base = Shift("recurrent_event", start, 8 * HOUR, UTC_ZONE, level=9, frequency="daily", users=(A,))
    one = single(9, 4, B, type="override")
    assert rows(final_pieces([base, one], on(2), on(3))) == [(8, 9, "A"), (9, 13, "B"), (13, 16, "A")]
    both = [base, one, single(10, 1, C, type="override")]
    assert [on_call_at(both, on(2, hour)) for hour in (8.5, 9.5, 10.5, 11.5, 13)] == [(A,), (B,), (B, C), (B,), (A,)]
    assert on_call_at(both, on(3, 9.5)) == (A,)


def test_an_override_beats_a_level_above_its_own() -> None:
    assert on_call_at([single(8, 2, A, level=1000), single(8, 2, B, type="override")], on(2, 9)) == (B,)


def test_override_events_of_a_feed_compete_by_their_levels() -> None:
    feed = [
        duty(on(2, 8), on(2, 12), A, override=True, level=1),
        duty(on(2, 9), on(2, 10), B, override=True, level=2),
        duty(on(2, 8), on(2, 14), C, level=50),
    ]
    assert rows(resolve(feed, (), on(2), on(3))) == [(8, 9, "A"), (9, 10, "B"), (10, 12, "A"), (12, 14, "C")]


def test_several_higher_pieces_cut_a_lower_one_into_what_lies_between() -> None:
    higher = [duty(on(2, hour), on(2, hour + 2), B, level=1) for hour in (4, 8, 10, 16)]
    longer = duty(on(2, 0), on(2, 20), A, key=7)
    assert rows(one for one in resolve([longer, *higher], (), on(2), on(3)) if one.users == (A,)) == [
        (0, 4, "A"),
        (6, 8, "A"),
        (12, 16, "A"),
        (18, 20, "A"),
    ]


def test_what_the_highest_level_hides_stays_hidden_three_levels_down() -> None:
    stacked = [
        duty(on(2, 8), on(2, 9), A, level=3),
        duty(on(2, 10), on(2, 11), B, level=2),
        duty(on(2, 7), on(2, 12), C),
    ]
    assert rows(resolve(stacked, (), on(2), on(3))) == [
        *((7, 8, "C"), (8, 9, "A"), (9, 10, "C")),
        *((10, 11, "B"), (11, 12, "C")),
    ]


def test_a_wholly_hidden_occurrence_leaves_nothing() -> None:
    assert rows(resolve([duty(on(2, 8), on(2, 9), A), duty(on(2, 8), on(2, 9), B, level=1)], (), on(2), on(3))) == [
        (8, 9, "B")
    ]


def test_empty_occurrences_hide_nothing_and_cover_nothing() -> None:
    shifts = [daily((A,), (B,)), single(8, 2, level=5), single(12, 2, type="override")]
    assert on_call_at(shifts, on(2, 9)) == (B,)
    assert on_call_at(shifts, on(2, 13)) == (B,)
    assert resolve([duty(on(2), on(3))], (), on(2), on(3)) == []


def test_an_empty_group_in_a_rotation_is_a_gap_or_the_lower_levels_turn() -> None:
    rotation = daily((A,), (), (C,), level=1)
    assert gaps(final_pieces([rotation], on(1), on(5)), on(1), on(5)) == [(on(2), on(3))]
    assert on_call_at([rotation, daily((D,))], on(2, 5)) == (D,)


def test_pieces_are_clipped_to_the_window() -> None:
    assert rows(final_pieces([daily((A,), (B,))], on(2, 6), on(3, 6))) == [(6, 24, "B"), (24, 30, "A")]


def test_the_handover_instant_belongs_to_the_incoming_user() -> None:
    shifts = [daily((A,), (B,))]
    assert on_call_at(shifts, on(2) - timedelta(microseconds=1)) == (A,)
    assert on_call_at(shifts, on(2)) == (B,)
    assert on_call_at(shifts, on(1) - timedelta(microseconds=1)) == ()


def test_duplicates_collapse() -> None:
    shifts = [single(8, 2, A, B, A, key=1), single(8, 2, B, C, key=2)]
    assert on_call_at(shifts, on(2, 9)) == (A, B, C)
    assert [one.users for one in final_pieces(shifts, on(2), on(3))] == [(A, B), (B, C)]
    assert people(final_pieces(shifts, on(2), on(3))) == (A, B, C)


def test_the_order_of_people_does_not_depend_on_the_order_of_shifts() -> None:
    shifts = [single(8, 2, A, key=1), single(8, 2, B, key=2), single(7, 3, C, key=3)]
    assert on_call_at(shifts, on(2, 9)) == on_call_at(shifts[::-1], on(2, 9))


def test_nobody_is_an_empty_answer() -> None:
    assert on_call_at([], on(2)) == ()
    assert final_pieces([], on(2), on(3)) == []


# --- swaps ---------------------------------------------------------------------------------------------------------


def test_example_16_a_swap_splits_turns_at_its_borders() -> None:
    start = datetime(2024, 1, 1)  # noqa: DTZ001  local wall clock
    rotation = Shift("rolling_users", start, DAY, UTC_ZONE, frequency="daily", rolling_users=((A,), (B,)))
    january = [datetime(2024, 1, day, tzinfo=UTC) for day in range(1, 8)]
    taken = Swap(A, C, january[2] + 12 * HOUR, january[4] + 12 * HOUR, january[0])
    pieces = final_pieces([rotation], january[2], january[5], [taken])
    assert [(one.start, one.users) for one in pieces] == [
        (january[2], (A,)),
        (january[2] + 12 * HOUR, (C,)),
        (january[3], (B,)),
        (january[4], (C,)),
        (january[4] + 12 * HOUR, (A,)),
    ]
    assert gaps(pieces, january[2], january[5]) == []


def test_an_untaken_swap_changes_nothing() -> None:
    assert on_call_at([daily((A,), (B,))], on(3, 5), [swap(on(1), on(9), of=A, by=None)]) == (A,)


def test_the_others_of_a_group_stay_and_nobody_is_there_twice() -> None:
    shifts = [daily((A, B))]
    assert on_call_at(shifts, on(3), [swap(on(1), on(9), of=A, by=C)]) == (C, B)
    assert on_call_at(shifts, on(3), [swap(on(1), on(9), of=A, by=B)]) == (B,)


def test_swaps_apply_oldest_request_first() -> None:
    shifts = [daily((A,))]
    older, younger = swap(on(1), on(9), of=A, by=B, asked=1), swap(on(1), on(9), of=B, by=C, asked=2)
    assert on_call_at(shifts, on(3), [younger, older]) == (C,)
    assert on_call_at(shifts, on(3), [swap(on(1), on(9), of=A, by=B, asked=2), swap(on(1), on(9), of=B, by=C)]) == (B,)


def test_a_swap_moves_duty_on_every_level_and_in_overrides_before_they_are_resolved() -> None:
    shifts = [single(8, 4, A, level=1), single(9, 1, A, type="override"), single(6, 8, D)]
    assert rows(final_pieces(shifts, on(2), on(3), [swap(on(2, 9.5), on(2, 20), of=A, by=C)])) == [
        (6, 8, "D"),
        (8, 9, "A"),
        (9, 9.5, "A"),
        (9.5, 10, "C"),
        (10, 12, "C"),
        (12, 14, "D"),
    ]


@pytest.mark.parametrize(("begins", "ends"), [(10, 10), (12, 8), (20, 24)])
def test_a_swap_that_touches_no_turn_splits_nothing(begins: int, ends: int) -> None:
    pieces = final_pieces([single(8, 4, A)], on(2), on(3), [swap(on(2, begins), on(2, ends), of=A, by=C)])
    assert rows(pieces) == [(8, 12, "A")]


# --- eligibility ---------------------------------------------------------------------------------------------------


def test_people_who_may_not_be_notified_are_left_out() -> None:
    shifts = [daily((A, B))]
    assert on_call_at(shifts, on(2), eligible={B}) == (B,)
    assert on_call_at(shifts, on(2), eligible=lambda user: user != B) == (A,)
    assert on_call_at(shifts, on(2), eligible=frozenset()) == ()


def test_an_occurrence_with_nobody_eligible_does_not_hide_a_lower_level() -> None:
    shifts = [daily((A,), level=2), daily((B,)), single(8, 2, C, type="override")]
    assert on_call_at(shifts, on(2), eligible={B}) == (B,)
    assert on_call_at(shifts, on(2, 9), eligible={A, B}) == (A,)


def test_eligibility_is_asked_of_whoever_stands_in() -> None:
    shifts, taken = [daily((A,))], [swap(on(1), on(9), of=A, by=C)]
    assert on_call_at(shifts, on(2), taken, eligible={C}) == (C,)
    assert on_call_at(shifts, on(2), taken, eligible={A}) == ()


def test_a_person_who_left_keeps_an_uncovered_turn_and_the_phase_stays() -> None:
    pieces = final_pieces([daily((A,), (B,), (C,))], on(1), on(5), eligible={A, C})
    assert [(one.start, one.users) for one in pieces] == [(on(1), (A,)), (on(3), (C,)), (on(4), (A,))]
    assert gaps(pieces, on(1), on(5)) == [(on(2), on(3))]


# --- gaps ----------------------------------------------------------------------------------------------------------


def test_gaps_are_what_no_piece_covers() -> None:
    pieces = final_pieces([single(2, 2, A), single(3, 3, B), single(6, 1, C), single(10, 2, A)], on(2), on(2, 20))
    assert gaps(pieces, on(2), on(2, 20)) == [
        (on(2), on(2, 2)),
        (on(2, 7), on(2, 10)),
        (on(2, 12), on(2, 20)),
    ]


def test_a_window_without_pieces_is_one_gap_and_a_covered_one_has_none() -> None:
    assert gaps([], on(2), on(3)) == [(on(2), on(3))]
    assert gaps([], on(2), on(2)) == []
    pieces = final_pieces([daily((A,))], on(1), on(5))
    assert gaps(pieces, on(2), on(3)) == []


def test_pieces_outside_the_asked_interval_make_no_gaps_there() -> None:
    pieces = final_pieces([single(2, 2, A), single(20, 2, A)], on(2), on(3))
    assert gaps(pieces, on(2, 4), on(2, 10)) == [(on(2, 4), on(2, 10))]
    assert gaps(pieces, on(2, 3), on(2, 10)) == [(on(2, 4), on(2, 10))]
