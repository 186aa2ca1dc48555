"""What a router's rule may do with an alert: each action adds to an outcome (spec/pagertree C7)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from alerts.router_matching import values_at

DURATION = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*([a-z]*)\s*", re.IGNORECASE)
UNITS = {
    **dict.fromkeys(("", "ms", "msec", "msecs", "millisecond", "milliseconds"), timedelta(milliseconds=1)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), timedelta(seconds=1)),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
    **dict.fromkeys(("w", "week", "weeks"), timedelta(weeks=1)),
}
LONGEST = timedelta(days=30)
SEVERITIES = ("SEV-1", "SEV-2", "SEV-3", "SEV-4", "SEV-5", "SEV-UNKNOWN")
URGENCIES = ("low", "medium", "high", "critical")
SETTABLE = ("title", "description", "tags", "urgency")


class RulesError(ValueError):
    """The rules cannot be used; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Alerts of one fingerprint are folded under the first of them for `window`."""

    fingerprint: str
    window: timedelta


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to become of an alert."""

    rule: int | None = None  # its number from 1; None when none matched
    receivers: tuple[str, ...] = ()
    delay: timedelta = timedelta()
    ignored: bool = False
    recorded: bool = False
    fold: Fold | None = None
    incident: tuple[tuple[str, Any], ...] = ()  # of `meta`
    values: tuple[tuple[str, Any], ...] = ()  # of the alert's own fields
    stakeholders: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def is_silent(self) -> bool:
        """Nobody is to be asked."""
        return self.ignored or self.recorded


def duration(raw: Any) -> timedelta:
    """Return `5m`, `1h`, `1d` or a number of milliseconds as a span. Raises RulesError."""
    found = DURATION.fullmatch(str(raw)) if not isinstance(raw, bool) else None
    unit = UNITS.get(found[2].lower()) if found else None
    if found is None or unit is None:
        raise RulesError(f"{raw!r} is not a duration such as 5m, 1h or 1d")
    span = float(found[1]) * unit.total_seconds()
    if span > LONGEST.total_seconds():
        raise RulesError(f"{raw!r} is longer than {LONGEST.days} days")
    return timedelta(seconds=span)


def _assign(outcome: Outcome, settings: Mapping[str, Any], data: Mapping[str, Any]) -> Outcome:
    receivers = texts(settings.get("receiver", []), "receiver")
    if not receivers:
        raise RulesError("say who receives it: receiver")
    delay = duration(settings["delay"]) if settings.get("delay") is not None else timedelta()
    merged = tuple(dict.fromkeys([*outcome.receivers, *receivers]))
    return replace(outcome, receivers=merged, delay=max(outcome.delay, delay))


def _aggregate(outcome: Outcome, settings: Mapping[str, Any], data: Mapping[str, Any]) -> Outcome:
    paths = texts(settings.get("by", []), "by")
    if not paths:
        raise RulesError("say what makes alerts alike: by")
    window = duration(settings.get("timeout", "1h"))
    receivers = tuple(dict.fromkeys([*outcome.receivers, *texts(settings.get("receiver", []), "receiver")]))
    facts = [[path, values_at(data, path.split("."))] for path in paths]
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()
    return replace(outcome, receivers=receivers, fold=Fold(digest, window))


def _ignore(outcome: Outcome, settings: Mapping[str, Any], data: Mapping[str, Any]) -> Outcome:
    return replace(outcome, ignored=True)


def _record(outcome: Outcome, settings: Mapping[str, Any], data: Mapping[str, Any]) -> Outcome:
    return replace(outcome, recorded=True)


def _incident(outcome: Outcome, settings: Mapping[str, Any], data: Mapping[str, Any]) -> Outcome:
    meta: dict[str, Any] = {"incident": True}
    if settings.get("severity") is not None:
        severity = str(settings["severity"]).strip().upper()
        if severity not in SEVERITIES:
            raise RulesError(f"severity must be one of {', '.join(SEVERITIES)}")
        meta["incident_severity"] = severity
    if settings.get("message") is not None:
        meta["incident_message"] = filled(str(settings["message"]), data)
    return replace(outcome, incident=tuple((dict(outcome.incident) | meta).items()))


def _setval(outcome: Outcome, settings: Mapping[str, Any], data: Mapping[str, Any]) -> Outcome:
    wanted = settings.get("map")
    if not isinstance(wanted, Mapping) or not wanted or set(wanted) - set(SETTABLE):
        raise RulesError(f"map must set some of {', '.join(SETTABLE)}")
    values = dict(outcome.values)
    for name, value in wanted.items():
        values[name] = _settable(name, value, data)
    return replace(outcome, values=tuple(values.items()))


def _settable(name: str, value: Any, data: Mapping[str, Any]) -> Any:
    if name == "urgency":
        if value not in URGENCIES:
            raise RulesError(f"urgency must be one of {', '.join(URGENCIES)}")
        return value
    if name == "tags":
        return list(dict.fromkeys(filled(tag, data).strip() for tag in texts(value, "tags") if tag.strip()))
    if name == "title" and not str(value).strip():
        raise RulesError("title must not be blank")
    return filled(str(value), data)


def _stakeholder(outcome: Outcome, settings: Mapping[str, Any], data: Mapping[str, Any]) -> Outcome:
    ids = texts(settings.get("ids", []), "ids")
    if not ids:
        raise RulesError("say who wants to know: ids")
    return replace(outcome, stakeholders=tuple(dict.fromkeys([*outcome.stakeholders, *ids])))


ACTIONS: dict[str, Callable[[Outcome, Mapping[str, Any], Mapping[str, Any]], Outcome]] = {
    "assign": _assign,
    "aggregate": _aggregate,
    "ignore": _ignore,
    "record": _record,
    "incident": _incident,
    "setval": _setval,
    "stakeholder": _stakeholder,
}
PLACE = re.compile(r"\{\{\{?\s*([A-Za-z0-9_.$-]{1,200})\s*\}?\}\}")


def filled(text: str, data: Mapping[str, Any]) -> str:
    """Put values into a text's `{{alert.title}}`; a place that leads nowhere is empty. Nothing else is evaluated."""

    def value(found: re.Match[str]) -> str:
        values = values_at(data, found[1].split("."))
        shown = values[0] if values else ""
        return shown if isinstance(shown, str) else json.dumps(shown, default=str)

    return PLACE.sub(value, text)


def texts(raw: Any, name: str) -> list[str]:
    """Return a text or a list of texts as a list. Raises RulesError."""
    items = raw if isinstance(raw, list) else [raw]
    if not all(isinstance(item, str) for item in items):
        raise RulesError(f"{name} must be a text or a list of texts")
    return list(items)
