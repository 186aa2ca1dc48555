"""Run the steps of one escalation until it must wait: decides by oncall.plan, collects what is to be written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.models import Assignment, Escalation, Event, LogEntry
from oncall import plan as plans
from oncall.models import EscalationPolicy
from oncall.plan import Plan, Step
from oncall.selectors import Roster

LATE_AFTER = timedelta(seconds=5)
TYPE_NAMES = {**dict(EscalationPolicy.Type.choices), plans.LAST_RESORT: "Nobody took it: the last resort is told."}


@dataclass
class Progress:
    """How far one escalation came, and what it wants written."""

    base: datetime  # the instant from which waits count
    cursor: int
    pass_number: int
    due_at: datetime | None = None
    paused: bool = False
    over: bool = False
    resolves: bool = False
    drops: bool = False
    ended_with_wait: bool = False
    assignments: list[Assignment] = field(default_factory=list)
    log: list[LogEntry] = field(default_factory=list)


def run_steps(row: Escalation, roster: Roster, *, now: datetime) -> Progress:
    """Run every step that is due. A step that was due a moment ago counts from then; after a downtime, from now."""
    plan = Plan.from_json(row.snapshot)
    on_time = row.due_at is not None and now - row.due_at <= LATE_AFTER
    base = row.due_at if on_time and row.due_at else now
    progress = Progress(base, row.cursor, row.pass_number)
    while progress.cursor < len(plan.steps):
        step = plan.steps[progress.cursor]
        if _run(step, row, progress, roster, now):
            return progress
    progress.over = True
    progress.ended_with_wait = bool(plan.steps) and plan.steps[-1].type == plans.Type.WAIT
    return progress


def _run(step: Step, row: Escalation, progress: Progress, roster: Roster, now: datetime) -> bool:
    """Run one step and move the cursor. True when the escalation has to rest."""
    move = plans.decide(
        step,
        roster,
        base=progress.base,
        pass_number=progress.pass_number,
        recent_events=lambda minutes: count_recent_events(row, minutes),
    )
    if isinstance(move, plans.Pause):
        progress.paused = True
        return True
    _log(step, move, row, progress, roster, now)
    progress.cursor += 1
    match move:
        case plans.Ask():
            _ask(move, row, progress)
        case plans.Wait():
            progress.due_at = move.until
            return True
        case plans.Resolve():
            progress.resolves = True
            return True
        case plans.TellLastResort():
            progress.drops = True
        case plans.Repeat():
            progress.cursor, progress.pass_number = 0, progress.pass_number + 1
    return False


def _ask(move: plans.Ask, row: Escalation, progress: Progress) -> None:
    important = move.important or row.alert.is_important
    progress.assignments += [
        Assignment(
            alert=row.alert,
            escalation=row,
            user_id=pk,
            run=row.run,
            step=progress.cursor - 1,
            pass_number=progress.pass_number,
            important=important,
            asked_at=progress.base,
            due_at=progress.base,
        )
        for pk in move.users
    ]


def _log(step: Step, move: plans.Move, row: Escalation, progress: Progress, roster: Roster, now: datetime) -> None:
    detail: dict[str, object] = {"step": progress.cursor, "type": step.type, "policy": step.policy}
    text, kind = TYPE_NAMES.get(step.type, "Empty policy"), LogEntry.Kind.STEP
    announce_at = None
    match move:
        case plans.Ask():
            text = f"{text}: {', '.join(roster.name(pk) for pk in move.users)}"
            detail |= {"users": list(move.users), "important": move.important}
        case plans.Wait():
            text = f"{text} until {move.until:%Y-%m-%d %H:%M:%S} UTC" + (f"; {move.problem}" if move.problem else "")
            detail |= {"until": move.until.isoformat()} | ({"code": 8} if move.problem else {})
        case plans.TellLastResort():
            kind, announce_at = LogEntry.Kind.DROPPED, now
        case plans.CallWebhook():
            kind, announce_at = LogEntry.Kind.WEBHOOK, now
            detail |= {"webhook": move.webhook}
        case plans.GoOn(problem=problem, code=code) if problem:
            kind, text = LogEntry.Kind.STEP_FAILED, f"{text}: {problem}; the next step runs at once."
            detail |= {"code": code}
        case _:
            pass
    progress.log.append(
        LogEntry(
            alert=row.alert,
            at=now,
            kind=kind,
            source="escalation",
            run=row.run,
            text=text,
            detail={k: v for k, v in detail.items() if v is not None},
            announce_at=announce_at,
        )
    )


def count_recent_events(row: Escalation, minutes: int) -> int:
    """Count the alert's events in the window that ends with its newest (spec/oncall-runtime-api 4.3)."""
    newest = row.alert.last_event_at
    if newest is None:
        return 0
    return Event.objects.filter(alert=row.alert, received_at__gt=newest - timedelta(minutes=minutes)).count()
