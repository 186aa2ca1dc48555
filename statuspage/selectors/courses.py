"""Where notices, pages and components stand. What the clock has not done yet is shown as if it had."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from statuspage import states
from statuspage.models import (
    Component,
    Notice,
    StatusPage,
)
from statuspage.models.notices import CLOSED
from statuspage.states import Course, Plan
from statuspage.tree import Node, Tree


def plan_of(notice: Notice) -> Plan:
    """Return what the clock goes by."""
    return Plan(notice.automated and notice.type == Notice.Type.PLANNED, notice.begins_at, notice.ends_at)


def course_of(notice: Notice) -> Course:
    """Return where the row says that the notice stands."""
    return Course(notice.state, notice.began_at, notice.ended_at)


def course_at(notice: Notice, now: datetime) -> Course:
    """Return where the notice stands at `now`, also when the clock has not got to it yet."""
    course, plan = course_of(notice), plan_of(notice)
    while (state := states.next_state(course.state, plan, now)) is not None:
        course = states.move(course, state, states.due_at(course.state, plan) or now)
    return course


def page_state(page: StatusPage, now: datetime) -> str:
    """Return operational, degraded or under_maintenance (C2): any open incident, else any work that is underway."""
    open_ones = Notice.objects.filter(page=page).exclude(state__in=CLOSED)
    return overall(page, [course_at(one, now).state for one in open_ones])


def token_states(page_pk: int) -> dict[int, str]:
    """Return the state of every component as the token API has it (B2): every open notice degrades."""
    rows = Component.objects.filter(page=page_pk).values_list("pk", "parent_id", "position")
    named = Notice.components.through.objects.filter(notice__page=page_pk, notice__state__in=states.PRESENT)
    return Tree(Node(*row) for row in rows).states(named.values_list("component_id", flat=True))


def overall(page: StatusPage, open_states: Iterable[str]) -> str:
    found = set(open_states)
    if found & set(degrading(page)):
        return "degraded"
    return "under_maintenance" if "underway" in found else "operational"


def degrading(page: StatusPage) -> tuple[str, ...]:
    """Return the states of an incident that make things degraded for the public (F2)."""
    return (*states.IMPACT, "recovering") if page.recovering_is_degraded else states.IMPACT
