"""The query language of the PagerTree API's lists (spec/pagertree A4): what is asked, without saying of which rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from base.errors import Invalid

RESERVED = ("limit", "offset", "page", "sort", "sortdirection", "select", "ops")
OPERATORS = ("equals", "ne", "lt", "lte", "gt", "gte", "beginsWith", "contains", "between")
DIRECTIONS = {"ASC": False, "DESC": True}


class Params(Protocol):
    """Query parameters, of which one name may come several times."""

    def lists(self) -> Iterator[tuple[str, list[str]]] | Collection[tuple[str, list[str]]]:
        """Return every name with its values."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One condition: the attribute compared with the value; `path` are the keys below it, as in `meta.incident`."""

    name: str
    path: tuple[str, ...]
    operator: str
    value: str


def words(params: Mapping[str, str], name: str) -> list[str]:
    """Return the words of a comma-separated parameter."""
    return [word for part in params.get(name, "").split(",") if (word := part.strip())]


def comparisons(params: Params) -> list[Comparison]:
    """Return every condition. Raises Invalid for an operator that does not exist or has no value to work on."""
    given = dict(params.lists())
    operators = _operators(given.get("ops", []))
    conditions = {name: values for name, values in given.items() if name not in RESERVED}
    if idle := next((name for name in operators if name not in conditions), None):
        raise Invalid(f"ops: there is no value for '{idle}'", field="ops")
    found = []
    for name, values in conditions.items():
        for operator, value in zip(_paired(name, operators[name], len(values)), values, strict=True):
            if "\0" in value:
                raise Invalid(f"{name}: must not contain a null character", field=name)
            attribute, *path = name.split(".")
            found.append(Comparison(attribute, tuple(path), operator, value))
    return found


def _operators(raw: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for item in ",".join(raw).split(","):
        if not item.strip():
            continue
        name, colon, operator = item.strip().rpartition(":")
        if not colon or operator not in OPERATORS:
            raise Invalid(f"ops: '{item.strip()}' is not attribute:operator with one of {', '.join(OPERATORS)}")
        found[name].append(operator)
    return found


def _paired(name: str, operators: list[str], count: int) -> list[str]:
    """Return one operator for each of `count` values of the same attribute."""
    if len(operators) < 2:
        return (operators or ["equals"]) * count
    if len(operators) != count:
        raise Invalid(f"ops: '{name}' has {len(operators)} operators and {count} values", field="ops")
    return operators


def ordering(params: Mapping[str, str]) -> list[tuple[str, bool]]:
    """Return the attributes to sort by, each with whether it descends. Raises Invalid."""
    direction = params.get("sortdirection", "ASC").strip().upper()
    if direction not in DIRECTIONS:
        raise Invalid("sortdirection: must be ASC or DESC", field="sortdirection")
    default = DIRECTIONS[direction]
    return [(word.removeprefix("-"), word.startswith("-") or default) for word in words(params, "sort")]
