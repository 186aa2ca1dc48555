"""The language of routers: YAML rules that say where an alert goes (spec/pagertree C7). Nothing here knows a database.

`parse` refuses what cannot be understood; `decide` looks at one alert and returns what its first matching rule asks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from alerts import router_checks, router_matching
from alerts.router_actions import ACTIONS, Outcome, RulesError, texts
from alerts.router_time import ConditionError

LARGEST = 100_000  # characters
MOST_RULES = 200
MOST_TIMEOUTS = 3  # an alert must not wait longer for bad patterns


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition and what follows."""

    match: Mapping[str, Any]
    actions: tuple[tuple[str, Mapping[str, Any]], ...]


REPLACED = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class _Loader(yaml.SafeLoader):
    """Plain values only: no tags, no aliases; dates and `18:00` stay the texts that they are."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in REPLACED]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise RulesError("rules: aliases are not allowed")
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "tag", None) is not None:
            raise RulesError("rules: tags are not allowed")
        return super().compose_node(parent, index)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]{1,17}\.[0-9]{1,17}$"), list("-+0123456789")
)


def parse(text: str) -> tuple[Rule, ...]:
    """Return the rules of a text; none of an empty one. Raises RulesError."""
    if len(text) > LARGEST:
        raise RulesError(f"rules: must have at most {LARGEST} characters")
    try:
        read = yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader, narrowed
    except yaml.YAMLError as error:
        raise RulesError(f"rules: this is not YAML: {' '.join(str(error).split())[:300]}") from error
    except (RecursionError, ValueError, OverflowError) as error:
        raise error if isinstance(error, RulesError) else RulesError("rules: this YAML cannot be read") from error
    if read is None:
        return ()
    rows = read.get("rules", []) if isinstance(read, Mapping) else read
    if not isinstance(rows, list) or len(rows) > MOST_RULES:
        raise RulesError(f"rules: must be a list of at most {MOST_RULES} rules")
    return tuple(_rule(number, _plain(row)) for number, row in enumerate(rows, 1))


def _plain(value: Any) -> Any:
    """Return the value as JSON would have it: every key is a text."""
    match value:
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
    return value


def _rule(number: int, row: Any) -> Rule:
    where = f"rule {number}"
    if not isinstance(row, Mapping) or set(row) - {"match", "actions", "name", "description"}:
        raise RulesError(f"{where}: must have match and actions")
    try:
        router_checks.check(row.get("match", {}))
    except ConditionError as error:
        raise RulesError(f"{where}: {error}") from error
    actions = row.get("actions")
    if not isinstance(actions, list) or not actions:
        raise RulesError(f"{where}: actions must be a list of at least one")
    return Rule(row.get("match", {}), tuple(_action(where, action) for action in actions))


def _action(where: str, action: Any) -> tuple[str, Mapping[str, Any]]:
    """Return an action's name and settings: written `ignore`, `assign: {…}` or `{type: assign, …}`."""
    if isinstance(action, str):
        name, settings = action, {}
    elif isinstance(action, Mapping) and "type" in action:
        name, settings = action["type"], {key: value for key, value in action.items() if key != "type"}
    elif isinstance(action, Mapping) and len(action) == 1:
        name, settings = next(iter(action.items()))
        settings = settings if isinstance(settings, Mapping) else {}
    else:
        raise RulesError(f"{where}: an action is a name with its settings")
    if name not in ACTIONS:
        raise RulesError(f"{where}: there is no action {name!r}; use one of {', '.join(ACTIONS)}")
    try:
        ACTIONS[name](Outcome(), settings, {})
    except RulesError as error:
        raise RulesError(f"{where}: {name}: {error}") from error
    return name, settings


def receivers_of(rules: tuple[Rule, ...]) -> Iterator[str]:
    """Yield every destination that the rules name, so that they can be checked when they are saved."""
    for rule in rules:
        for name, settings in rule.actions:
            if name in ("assign", "aggregate"):
                yield from texts(settings.get("receiver", []), "receiver")


def stakeholders_of(rules: tuple[Rule, ...]) -> Iterator[str]:
    """Yield every stakeholder that the rules name."""
    for rule in rules:
        for name, settings in rule.actions:
            if name == "stakeholder":
                yield from texts(settings.get("ids", []), "ids")


def decide(rules: tuple[Rule, ...], data: Mapping[str, Any], *, now: datetime) -> Outcome:
    """Return what the first rule that matches asks for; one that takes too long does not match, and is named.

    `data` holds `alert` and, for what a monitor sent, `log`; `always` is true besides."""
    seen = {"always": True, **data}
    problems: list[str] = []
    for number, rule in enumerate(rules, 1):
        if len(problems) == MOST_TIMEOUTS:
            problems.append("The rules after it were not asked any more.")
            break
        try:
            matched = router_matching.matches(rule.match, seen, now=now)
        except TimeoutError:
            problems.append(f"Rule {number} was passed over: its regular expression takes too long.")
            continue
        if matched:
            outcome = Outcome(rule=number, problems=tuple(problems))
            for name, settings in rule.actions:
                outcome = ACTIONS[name](outcome, settings, seen)
            return outcome
    return Outcome(problems=tuple(problems))
