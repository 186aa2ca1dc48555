"""Conditions of router rules: queries in MongoDB's manner over plain values (spec/pagertree C7).

Only what `router_checks.check` let through comes here. Data of any shape raises nothing; a regular expression that
takes too long raises TimeoutError."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alerts.rendering.patterns import compile_pattern
from alerts.router_time import CLOCKS, compared_with, lies_between, reading

REGEX_SECONDS = 0.25
OPTIONS = "imsx"


def is_number(value: Any) -> bool:
    """Tell a number; true and false are none here, though Python counts them as such."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_operators(wanted: Any) -> bool:
    """Tell `{$gt: 1}` from a value to be equal to."""
    return isinstance(wanted, Mapping) and bool(wanted) and all(str(name).startswith("$") for name in wanted)


def with_options(pattern: str, options: Any) -> str:
    """Return the pattern with its $options."""
    letters = "".join(sorted(set(options) & set(OPTIONS))) if isinstance(options, str) else ""
    return f"(?{letters}){pattern}" if letters else pattern


TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": is_number,
    "bool": lambda value: isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, Mapping),
    "array": lambda value: isinstance(value, list),
    "null": lambda value: value is None,
}


def matches(query: Mapping[str, Any], data: Any, *, now: datetime) -> bool:
    """Tell whether the data satisfies every condition. Raises TimeoutError."""
    return all(_one(name, wanted, data, now) for name, wanted in query.items())


def _one(name: str, wanted: Any, data: Any, now: datetime) -> bool:
    match name:
        case "$and":
            return all(matches(query, data, now=now) for query in wanted)
        case "$or":
            return any(matches(query, data, now=now) for query in wanted)
        case "$nor":
            return not any(matches(query, data, now=now) for query in wanted)
        case "$not":
            return not matches(wanted, data, now=now)
    if name in CLOCKS:
        return _clock(name, wanted, now)
    return _satisfies(wanted, values_at(data, name.split(".")), now)


def _clock(name: str, wanted: Any, now: datetime) -> bool:
    if name == "$timeBetween":
        return lies_between(wanted, now)
    return _satisfies(compared_with(wanted), [reading(name, wanted, now)], now)


def values_at(data: Any, path: list[str]) -> list[Any]:
    """Return what lies at the path; several values where it passes through a list, none where it leads nowhere."""
    if not path:
        return [data]
    if isinstance(data, Mapping):
        return values_at(data[path[0]], path[1:]) if path[0] in data else []
    if not isinstance(data, list):
        return []
    if path[0].isdecimal() and int(path[0]) < len(data):
        return values_at(data[int(path[0])], path[1:])
    return [found for item in data for found in values_at(item, path)]


@dataclass(frozen=True, slots=True)
class Asked:
    """The values that an operator is asked of."""

    values: list[Any]
    options: Any
    now: datetime


def _satisfies(wanted: Any, values: list[Any], now: datetime) -> bool:
    if not is_operators(wanted):
        return _equal(wanted, Asked(values, "", now))
    asked = Asked(values, wanted.get("$options", ""), now)
    return all(_holds(name, operand, asked) for name, operand in wanted.items() if name != "$options")


def _holds(name: str, operand: Any, asked: Asked) -> bool:
    if name in CLOCKS:
        return _clock(name, operand, asked.now)
    return OPERATORS[name](operand, asked)


def _equal(operand: Any, asked: Asked) -> bool:
    """Equal to a value or to an element of one, as MongoDB has it; null equals what is not there."""
    if operand is None and not asked.values:
        return True
    return any(_same(value, operand) for value in [*asked.values, *_elements(asked)])


def _same(value: Any, operand: Any) -> bool:
    return isinstance(value, bool) is isinstance(operand, bool) and bool(value == operand)


def _elements(asked: Asked) -> list[Any]:
    return [item for value in asked.values for item in (value if isinstance(value, list) else [value])]


def _in(operand: Any, asked: Asked) -> bool:
    return any(_equal(each, asked) for each in operand)


def _element(operand: Any, asked: Asked) -> bool:
    items = [item for value in asked.values if isinstance(value, list) for item in value]
    if is_operators(operand):
        return any(_satisfies(operand, [item], asked.now) for item in items)
    return any(isinstance(item, Mapping) and matches(operand, item, now=asked.now) for item in items)


def _pattern(operand: Any, asked: Asked) -> bool:
    pattern = compile_pattern(with_options(operand, asked.options))
    texts = [item for item in _elements(asked) if isinstance(item, str)]
    return any(pattern.search(text, timeout=REGEX_SECONDS) is not None for text in texts)


def _ordered(holds: Callable[[Any, Any], bool]) -> Callable[[Any, Asked], bool]:
    """Return an operator that compares numbers with numbers and texts with texts, and nothing else."""

    def compare(operand: Any, asked: Asked) -> bool:
        kind = is_number if is_number(operand) else TYPES["string"]
        usable = kind(operand)
        return usable and any(kind(item) and holds(item, operand) for item in _elements(asked))

    return compare


OPERATORS: dict[str, Callable[[Any, Asked], bool]] = {
    "$eq": _equal,
    "$ne": lambda operand, asked: not _equal(operand, asked),
    "$in": _in,
    "$nin": lambda operand, asked: not _in(operand, asked),
    "$all": lambda operand, asked: all(_equal(each, asked) for each in operand),
    "$exists": lambda operand, asked: bool(asked.values) is operand,
    "$not": lambda operand, asked: not _satisfies(operand, asked.values, asked.now),
    "$size": lambda operand, asked: any(isinstance(each, list) and len(each) == operand for each in asked.values),
    "$type": lambda operand, asked: any(TYPES[operand](each) for each in asked.values),
    "$elemMatch": _element,
    "$regex": _pattern,
    "$mod": lambda operand, asked: any(
        is_number(each) and each % operand[0] == operand[1] for each in _elements(asked)
    ),
    "$gt": _ordered(lambda value, operand: value > operand),
    "$gte": _ordered(lambda value, operand: value >= operand),
    "$lt": _ordered(lambda value, operand: value < operand),
    "$lte": _ordered(lambda value, operand: value <= operand),
}
