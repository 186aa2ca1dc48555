"""The life of a notice: which states there are, what a change of state does to the instants, what readers make of it.

Pure. The tables are those of the Sorry API (A5 to A8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from statuspage.models.notices import CLOSED, PLANNED, UNPLANNED

STATES = {"planned": PLANNED, "unplanned": UNPLANNED}
INITIAL = {"planned": "scheduled", "unplanned": "investigating"}
PRESENT = ("investigating", "identified", "recovering", "underway")
IMPACT = ("investigating", "identified")  # what counts against the uptime
RECENT = timedelta(days=7)  # inclusive

FUTURE, PRESENT_NOW, PAST_RECENT, PAST_DISTANT = "future", "present", "past_recent", "past_distant"


@dataclass(frozen=True, slots=True)
class Course:
    """Where a notice stands, and since when."""

    state: str
    began_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the clock goes by."""

    automated: bool
    begins_at: datetime | None
    ends_at: datetime | None


def begin(type_: str, state: str, now: datetime) -> Course:
    """Return the course of a notice that is created in a state of its type."""
    if state == "scheduled":
        return Course(state)
    return move(Course(INITIAL[type_], began_at=now if type_ == "unplanned" else None), state, now)


def move(course: Course, state: str, now: datetime) -> Course:
    """Return the course after a change of state; the same state again changes nothing."""
    if state == course.state:
        return course
    if state == "scheduled":
        return Course(state)
    if state not in CLOSED:
        return Course(state, began_at=course.began_at or now)
    if course.state in CLOSED:
        return Course(state, course.began_at, course.ended_at)
    began_at = course.began_at if state == "cancelled" else course.began_at or now
    return Course(state, began_at, now)


def due_at(state: str, plan: Plan) -> datetime | None:
    """Return when the clock moves a notice; None when it never does."""
    if not plan.automated:
        return None
    return {"scheduled": plan.begins_at, "underway": plan.ends_at}.get(state)


def next_state(state: str, plan: Plan, now: datetime) -> str | None:
    """Return the state that the schedule asks for at `now`; None when it is content."""
    due = due_at(state, plan)
    if due is None or due > now:
        return None
    return "underway" if state == "scheduled" else "complete"


def timeline_state(state: str, ended_at: datetime | None, now: datetime) -> str:
    """Return future, present, past_recent or past_distant. It follows the state, never the plan."""
    if state == "scheduled":
        return FUTURE
    if state in PRESENT:
        return PRESENT_NOW
    return PAST_RECENT if ended_at is not None and now - ended_at <= RECENT else PAST_DISTANT
