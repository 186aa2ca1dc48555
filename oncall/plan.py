"""What an escalation does next: pure decisions over a frozen plan (seed 001, spec/oncall-config-api 3.7).

A plan is the snapshot of a chain. `decide` looks at one step and says what it means now; the shell in
`alerts.services` fetches the facts it asks for and writes down what it decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Protocol

from oncall.models.escalation import EscalationPolicy

Type = EscalationPolicy.Type
LAST_RESORT = "last_resort"  # no policy that people choose: part of the plan of a page to one person
MAX_REPEATS = 5
DEFAULT_WAIT = 300
DEFAULT_FINAL_TIMEOUT = 300
ASKS = frozenset(
    {Type.PERSONS, Type.ROUND_ROBIN, Type.ON_CALL, Type.NEXT_ON_CALL, Type.USER_GROUP, Type.TEAM, Type.WHOLE_CHANNEL}
)


@dataclass(frozen=True, slots=True)
class Step:
    """One policy, frozen. Durations are whole seconds, windows `HH:MM:SS` in UTC, the rest primary keys."""

    type: str
    policy: int | None = None
    important: bool = False
    delay: int | None = None
    persons: tuple[int, ...] = ()
    schedule: int | None = None
    user_group: int | None = None
    team: int | None = None
    webhook: int | None = None
    window_from: str | None = None
    window_to: str | None = None
    num_alerts: int | None = None
    num_minutes: int | None = None
    severity: str | None = None
    endless: bool = False  # a repeat that never gives up


@dataclass(frozen=True, slots=True)
class Plan:
    """An ordered list of steps and what it is called."""

    name: str
    steps: tuple[Step, ...]
    final_timeout: int = DEFAULT_FINAL_TIMEOUT  # seconds
    chain: str = ""  # public id, where it comes from a chain

    def to_json(self) -> dict[str, Any]:
        """Return the snapshot that rests on an escalation."""
        steps = [{k: v for k, v in asdict(step).items() if v not in (None, (), False)} for step in self.steps]
        return {"name": self.name, "chain": self.chain, "final_timeout": self.final_timeout, "steps": steps}

    @property
    def insists(self) -> bool:
        """Whether it asks the same person until somebody takes the alert."""
        return any(step.type == LAST_RESORT for step in self.steps)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Plan:
        """Return the plan that `to_json` wrote."""
        steps = tuple(Step(**{**step, "persons": tuple(step.get("persons", ()))}) for step in raw["steps"])
        return cls(raw["name"], steps, raw["final_timeout"], raw.get("chain", ""))


class Facts(Protocol):
    """What a step may need to know at the moment it runs."""

    def on_call(self, schedule: int) -> tuple[int, ...] | None:
        """Return who is on call now; None where there is no such schedule."""

    def next_on_call(self, schedule: int) -> tuple[int, ...] | None:
        """Return who is on call after those of now; None where there is no such schedule."""

    def team_members(self, team: int) -> tuple[int, ...] | None:
        """Return the members who may be asked; None where there is no such team."""

    def group_members(self, group: int) -> tuple[int, ...] | None:
        """Return the members who may be asked; None where there is no such group."""

    def next_in_turn(self, step: Step) -> int | None:
        """Return the next person of a round robin and move its cursor."""

    def askable(self, persons: Iterable[int]) -> tuple[int, ...]:
        """Return those who are active and may be asked, in order."""

    def webhook_state(self, webhook: int) -> str:
        """Return "enabled", "disabled" or "missing"."""


@dataclass(frozen=True, slots=True)
class Ask:
    """These people are asked now."""

    users: tuple[int, ...]
    important: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing happens before `until`."""

    until: datetime
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CallWebhook:
    """The webhook is called."""

    webhook: int


@dataclass(frozen=True, slots=True)
class Resolve:
    """The alert is resolved by the chain."""


@dataclass(frozen=True, slots=True)
class TellLastResort:
    """Nobody took it for so long that the last resort hears of it; the asking goes on."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Back to the first step."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Until the alert's next event."""


@dataclass(frozen=True, slots=True)
class GoOn:
    """The next step runs at once; `problem` says what could not be done, for the log."""

    problem: str = ""
    code: int | None = None  # spec/oncall-runtime-api 4.7
    detail: dict[str, Any] = field(default_factory=dict)


Move = Ask | Wait | CallWebhook | Resolve | TellLastResort | Repeat | Pause | GoOn


def decide(step: Step, facts: Facts, *, base: datetime, pass_number: int, recent_events: Callable[[int], int]) -> Move:
    """Say what the step means now.

    `base` is the instant the step was due (aware UTC), `pass_number` counts the repeats so far, and
    `recent_events(minutes)` counts the alert's events in the window that ends with its newest."""
    if step.type in ASKS:
        return _decide_ask(step, facts)
    match step.type:
        case Type.WAIT:
            return _decide_wait(step, base)
        case Type.ACTION | Type.WEBHOOK:
            return _decide_webhook(step, facts)
        case Type.RESOLVE:
            return Resolve()
        case Type.TIME_WINDOW:
            return _decide_window(step, base)
        case Type.ALERT_COUNT:
            return _decide_count(step, recent_events)
        case Type.REPEAT | "last_resort":
            return _decide_again(step, pass_number)
        case _:
            incident = step.type == Type.DECLARE_INCIDENT
            return GoOn("declaring an incident is not set up", 20) if incident else GoOn("the policy has no type", 10)


def _decide_again(step: Step, pass_number: int) -> Move:
    if step.type == LAST_RESORT:
        return TellLastResort()
    return Repeat() if step.endless or pass_number < MAX_REPEATS else GoOn()


def _decide_ask(step: Step, facts: Facts) -> Move:
    users, problem, code = _who(step, facts)
    if not users:
        return GoOn(problem, code)
    return Ask(users, step.important)


def _who(step: Step, facts: Facts) -> tuple[tuple[int, ...], str, int]:
    """Return who is meant, and what to say when that is nobody."""
    match step.type:
        case Type.PERSONS:
            problem = "none of the people may be asked" if step.persons else "no people are set"
            return facts.askable(step.persons), problem, 2
        case Type.ROUND_ROBIN:
            person = facts.next_in_turn(step)
            return (() if person is None else (person,)), "nobody in the list may be asked", 1
        case Type.ON_CALL | Type.NEXT_ON_CALL:
            return _who_is_on_call(step, facts)
        case Type.TEAM:
            found = None if step.team is None else facts.team_members(step.team)
            return found or (), "no team is set" if found is None else "the team has nobody who may be asked", 18
        case Type.USER_GROUP:
            found = None if step.user_group is None else facts.group_members(step.user_group)
            missing = found is None
            return found or (), "no user group is set" if missing else "the user group is empty", 11 if missing else 12
        case _:
            return (), "no chat channel is connected", 15


def _who_is_on_call(step: Step, facts: Facts) -> tuple[tuple[int, ...], str, int]:
    if step.schedule is None:
        return (), "no schedule is set", 4
    later = step.type == Type.NEXT_ON_CALL
    found = facts.next_on_call(step.schedule) if later else facts.on_call(step.schedule)
    if found is None:
        return (), "the schedule was deleted", 3
    return found, "nobody is on call next" if later else "nobody is on call", 6


def _decide_wait(step: Step, base: datetime) -> Move:
    problem = "" if step.delay else "the wait has no duration: 5 minutes are used"
    return Wait(base + timedelta(seconds=step.delay or DEFAULT_WAIT), problem)


def _decide_webhook(step: Step, facts: Facts) -> Move:
    state = "missing" if step.webhook is None else facts.webhook_state(step.webhook)
    if state == "missing" or step.webhook is None:
        return GoOn("no webhook is set", 14)
    if state == "disabled":
        return GoOn("the webhook is disabled", 19)
    return CallWebhook(step.webhook)


def _decide_count(step: Step, recent_events: Callable[[int], int]) -> Move:
    if step.num_alerts is None or step.num_minutes is None:
        return GoOn("the number of alerts or the window is not set", 16)
    return GoOn() if recent_events(step.num_minutes) > step.num_alerts else Pause()


def _decide_window(step: Step, base: datetime) -> Move:
    if step.window_from is None or step.window_to is None:
        return GoOn("the time window is not set", 9)
    opens = next_opening(time.fromisoformat(step.window_from), time.fromisoformat(step.window_to), base)
    return GoOn() if opens == base else Wait(opens)


def next_opening(start: time, end: time, at: datetime) -> datetime:
    """Return `at` itself inside the daily UTC window, else the next instant it opens (spec 3.7, half-open)."""
    clock = at.astimezone(UTC).time()
    over_midnight = start > end
    inside = (clock >= start or clock < end) if over_midnight else (start <= clock < end or clock == start)
    if inside:
        return at
    opening = datetime.combine(at.astimezone(UTC).date(), start, UTC)
    return opening if opening > at else opening + timedelta(days=1)
