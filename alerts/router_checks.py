"""Whether a condition of a router's rule can be understood: asked when rules are saved (spec/pagertree C7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from alerts.rendering.patterns import PatternError, compile_pattern
from alerts.router_matching import OPTIONS, TYPES, is_number, is_operators, with_options
from alerts.router_time import CLOCKS, ConditionError, check_clock

DEEPEST = 20
JOINS = ("$and", "$or", "$nor")


def check(query: Any, depth: int = DEEPEST) -> None:
    """Raise ConditionError unless the query can be understood."""
    if not isinstance(query, Mapping):
        raise ConditionError("match must be an object of conditions")
    if depth <= 0:
        raise ConditionError(f"match must not be nested deeper than {DEEPEST} levels")
    for name, wanted in query.items():
        _check_one(str(name), wanted, depth)


def _check_one(name: str, wanted: Any, depth: int) -> None:
    if name in JOINS:
        _check_list(name, wanted, depth)
    elif name == "$not":
        check(wanted, depth - 1)
    elif name in CLOCKS:
        _check_value(check_clock(name, wanted), depth - 1)
    elif name.startswith("$"):
        raise ConditionError(f"match: {name} stands below an attribute, or does not exist")
    else:
        _check_value(wanted, depth - 1)


def _check_list(name: str, wanted: Any, depth: int) -> None:
    if not isinstance(wanted, list) or not wanted:
        raise ConditionError(f"match: {name} needs a list of conditions")
    for query in wanted:
        check(query, depth - 1)


def _check_value(wanted: Any, depth: int) -> None:
    if depth <= 0:
        raise ConditionError(f"match must not be nested deeper than {DEEPEST} levels")
    if not is_operators(wanted):
        return
    for name, operand in wanted.items():
        if name in CLOCKS:
            _check_value(check_clock(name, operand), depth - 1)
        elif name not in CHECKS:
            raise ConditionError(f"match: there is no operator {name}")
        else:
            CHECKS[name](name, operand, wanted, depth)


def _a_list(name: str, operand: Any, _: Mapping[str, Any], depth: int) -> None:
    if not isinstance(operand, list):
        raise ConditionError(f"match: {name} needs a list")


def _a_query(name: str, operand: Any, _: Mapping[str, Any], depth: int) -> None:
    if name == "$elemMatch" and isinstance(operand, Mapping) and not is_operators(operand):
        check(operand, depth - 1)
    else:
        _check_value(operand, depth - 1)


def _a_pattern(name: str, operand: Any, wanted: Mapping[str, Any], depth: int) -> None:
    if not isinstance(operand, str):
        raise ConditionError("match: $regex needs a text")
    try:
        compile_pattern(with_options(operand, wanted.get("$options", "")))
    except PatternError as error:
        raise ConditionError(f"match: $regex {operand!r}: {error}") from error


def _some_options(name: str, operand: Any, wanted: Mapping[str, Any], depth: int) -> None:
    if not isinstance(operand, str) or set(operand) - set(OPTIONS) or "$regex" not in wanted:
        raise ConditionError(f"match: $options goes with $regex and is made of {OPTIONS}")


def _a_division(name: str, operand: Any, _: Mapping[str, Any], depth: int) -> None:
    usable = isinstance(operand, list) and len(operand) == 2 and all(is_number(each) for each in operand)
    if not usable or operand[0] == 0:
        raise ConditionError("match: $mod needs a divisor and a remainder")


def _a_type(name: str, operand: Any, _: Mapping[str, Any], depth: int) -> None:
    if operand not in TYPES:
        raise ConditionError(f"match: $type must be one of {', '.join(TYPES)}")


def _a_size(name: str, operand: Any, _: Mapping[str, Any], depth: int) -> None:
    if not isinstance(operand, int) or isinstance(operand, bool):
        raise ConditionError("match: $size needs a whole number")


def _a_flag(name: str, operand: Any, _: Mapping[str, Any], depth: int) -> None:
    if not isinstance(operand, bool):
        raise ConditionError("match: $exists must be true or false")


def _anything(name: str, operand: Any, _: Mapping[str, Any], depth: int) -> None:
    return


CHECKS: dict[str, Callable[[str, Any, Mapping[str, Any], int], None]] = {
    **dict.fromkeys(("$in", "$nin", "$all"), _a_list),
    **dict.fromkeys(("$not", "$elemMatch"), _a_query),
    **dict.fromkeys(("$eq", "$ne", "$gt", "$gte", "$lt", "$lte"), _anything),
    "$regex": _a_pattern,
    "$options": _some_options,
    "$mod": _a_division,
    "$type": _a_type,
    "$size": _a_size,
    "$exists": _a_flag,
}
