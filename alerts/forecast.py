"""What will happen next to an alert and when, read from the frozen plans of its escalations: pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from alerts.models import Escalation
from oncall import plan as plans
from oncall.models import EscalationPolicy
from oncall.plan import Plan, Step, Type

WORDS = {**dict(EscalationPolicy.Type.choices), plans.LAST_RESORT: "The last resort is told"}
Names = Callable[[Step], str]


@dataclass(frozen=True, slots=True)
class Next:
    """One coming step. `at` is None when it waits for something other than the clock."""

    at: datetime | None
    text: str


def forecast(row: Escalation, names: Names, *, now: datetime) -> list[Next]:
    """Return the coming steps of one escalation, as they will be if nobody answers and nothing is edited."""
    plan = Plan.from_json(row.snapshot)
    if row.status == Escalation.Status.PAUSED:
        return [Next(None, f"{_words(plan, row.cursor, names)}: waits for the next event")]
    if row.due_at is None:
        return []
    at = max(row.due_at, now)
    if row.status == Escalation.Status.ENDING:
        return [Next(at, "Dropped if nobody takes it by then")]
    return _walk(plan, row, at, names)


def _walk(plan: Plan, row: Escalation, at: datetime, names: Names) -> list[Next]:
    coming = []
    for index in range(row.cursor, len(plan.steps)):
        step = plan.steps[index]
        if step.type == Type.WAIT:
            at += timedelta(seconds=step.delay or plans.DEFAULT_WAIT)
            continue
        if step.type == Type.TIME_WINDOW:
            at = _opening(step, at)
            continue
        coming.append(Next(at, _words(plan, index, names)))
        if step.type == Type.RESOLVE or (step.type == Type.REPEAT and _repeats(step, row)):
            return coming
    if not plan.steps or plan.steps[-1].type != Type.WAIT:
        at += timedelta(seconds=plan.final_timeout)
    return [*coming, Next(at, "Dropped if nobody takes it by then")]


def _repeats(step: Step, row: Escalation) -> bool:
    return step.endless or row.pass_number < plans.MAX_REPEATS


def _opening(step: Step, at: datetime) -> datetime:
    if step.window_from is None or step.window_to is None:
        return at
    return plans.next_opening(time.fromisoformat(step.window_from), time.fromisoformat(step.window_to), at)


def _words(plan: Plan, index: int, names: Names) -> str:
    step = plan.steps[index]
    who = names(step)
    word = WORDS.get(step.type, "Empty policy")
    return f"{word}: {who}" if who else word
