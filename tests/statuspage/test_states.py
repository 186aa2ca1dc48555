"""The life of a notice, row by row of the contract's tables (A5 to A8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from statuspage import states
from statuspage.states import Course, Plan

T0 = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
T1 = T0 + timedelta(minutes=10)
T2 = T0 + timedelta(minutes=40)


@pytest.mark.parametrize(
    ("type_", "state", "course"),
    [
        ("unplanned", "investigating", Course("investigating", T0)),
        ("unplanned", "recovering", Course("recovering", T0)),
        ("unplanned", "resolved", Course("resolved", T0, T0)),
        ("planned", "scheduled", Course("scheduled")),
        ("planned", "underway", Course("underway", T0)),
        ("planned", "complete", Course("complete", T0, T0)),
        ("planned", "cancelled", Course("cancelled", None, T0)),
    ],
)
def test_a_notice_begins_in_any_state_of_its_type(type_: str, state: str, course: Course) -> None:
    assert states.begin(type_, state, T0) == course


@pytest.mark.parametrize(
    ("before", "state", "after"),
    [
        (Course("scheduled"), "underway", Course("underway", T1)),
        (Course("underway", T0), "scheduled", Course("scheduled")),
        (Course("scheduled"), "cancelled", Course("cancelled", None, T1)),
        (Course("underway", T0), "cancelled", Course("cancelled", T0, T1)),
        (Course("underway", T0), "complete", Course("complete", T0, T1)),
        (Course("resolved", T0, T0), "false_alarm", Course("false_alarm", T0, T0)),
        (Course("resolved", T0, T0), "identified", Course("identified", T0)),
        (Course("resolved", T0, T0), "resolved", Course("resolved", T0, T0)),
        (Course("cancelled", None, T0), "underway", Course("underway", T1)),
    ],
)
def test_a_change_of_state_sets_the_instants(before: Course, state: str, after: Course) -> None:
    assert states.move(before, state, T1) == after


def test_the_schedule_asks_for_a_state_at_its_instant_and_not_before() -> None:
    plan = Plan(automated=True, begins_at=T1, ends_at=T2)
    just = timedelta(microseconds=1)
    assert states.next_state("scheduled", plan, T1 - just) is None
    assert states.next_state("scheduled", plan, T1) == "underway"
    assert states.next_state("underway", plan, T2 - just) is None
    assert states.next_state("underway", plan, T2) == "complete"
    assert states.next_state("complete", plan, T2) is None
    assert states.next_state("cancelled", plan, T2) is None
    assert states.next_state("scheduled", Plan(automated=False, begins_at=T1, ends_at=T2), T2) is None


@pytest.mark.parametrize(
    ("state", "ended_at", "shown"),
    [
        ("scheduled", None, "future"),
        ("underway", None, "present"),
        ("recovering", None, "present"),
        ("resolved", T0 - timedelta(days=7), "past_recent"),
        ("resolved", T0 - timedelta(days=7, microseconds=1), "past_distant"),
        ("cancelled", T0, "past_recent"),
    ],
)
def test_the_timeline_follows_the_state(state: str, ended_at: datetime | None, shown: str) -> None:
    assert states.timeline_state(state, ended_at, T0) == shown
