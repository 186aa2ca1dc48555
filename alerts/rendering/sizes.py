"""What a call or a filter would make, asked before it is made. Each takes the budget and the call's arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sized
from typing import Any

from jinja2.exceptions import SecurityError

from alerts.rendering.budget import NODE_WEIGHT, Budget, OverBudgetError

MAX_WIDTH = 999  # three digits
MAX_BITS = 4096
_PERCENT = re.compile(r"%(?:\([^)]*\))?[#0\- +]*(\*|\d+)?(?:\.(\*|\d+))?")
_NESTED_FIELD = re.compile(r"\{[^{}]*\{")
_FOUR_DIGITS = re.compile(r"\d{4}")

Size = Callable[[Budget, tuple[Any, ...], Mapping[str, Any]], None]


def charge_made(budget: Budget, value: object) -> None:
    """Pay for a value that has just been made: its text, or its places."""
    if isinstance(value, (str, bytes)):
        budget.charge(len(value))
    elif isinstance(value, (list, tuple, dict)):
        budget.charge(NODE_WEIGHT * len(value))


def widths(limit: int = MAX_WIDTH) -> Size:
    """Refuse numbers above a limit, and pay for texts that are put into each line."""

    def size(budget: Budget, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        lines = args[0].count("\n") + 1 if isinstance(args[0], str) else 1
        for value in (*args[1:], *kwargs.values()):
            if isinstance(value, (int, float)) and abs(value) > limit:
                raise OverBudgetError(f"a width of {limit} is the most")
            budget.charge(lines * (len(value) if isinstance(value, str) else limit))

    return size


def texts_between(budget: Budget, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Pay for texts that may be put between any two characters."""
    for value in (*args[1:], *kwargs.values()):
        if isinstance(value, str):
            budget.charge(len(value) * len(str(args[0])))


def replacing(budget: Budget, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Pay for every place where the new text is put."""
    text = str(args[0]) if isinstance(args[0], (str, int, float)) else ""
    old = str(args[1] if len(args) > 1 else kwargs.get("old", ""))
    new = str(args[2] if len(args) > 2 else kwargs.get("new", ""))
    budget.charge(len(text) + text.count(old) * len(new))


def joining(budget: Budget, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Pay for the parts (the argument after the separator) and what is put between them."""
    separator, parts = args[0], args[1]
    budget.charge(budget.weigh(parts) + len(str(separator)) * (len(parts) if isinstance(parts, Sized) else 0))


def percent(budget: Budget, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse wide fields of `%` formats and pay for their values, which a format may name many times."""
    text = str(args[0])
    for width, precision in _PERCENT.findall(text):
        for number in (width, precision):
            if number == "*" or len(number.lstrip("0")) > 3:
                raise OverBudgetError(f"a width of {MAX_WIDTH} is the most")
    fields = text.count("%")
    budget.charge(len(text) + fields * (MAX_WIDTH + budget.weigh_all(args[1:], kwargs)))


def braces(budget: Budget, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse wide fields of `{}` formats and pay for their values, which a format may name many times."""
    text = args[0].replace("{{", "")
    if _NESTED_FIELD.search(text) or _FOUR_DIGITS.search(text, text.find("{") if "{" in text else len(text)):
        raise OverBudgetError(f"a width of {MAX_WIDTH} is the most")
    budget.charge(len(text) + text.count("{") * (MAX_WIDTH + budget.weigh_all(args[1:], kwargs)))


def no_lists(budget: Budget, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse to add lists up, which costs the square of their length."""
    if any(isinstance(value, (list, tuple)) for value in (*args[1:], *kwargs.values())):
        raise SecurityError("sum adds numbers only")


def weight_of(limit: int, then: Size | None = None) -> Size:
    """Refuse a value too heavy for something slow."""

    def size(budget: Budget, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        if budget.weigh(args[0], limit) > limit:
            raise OverBudgetError(f"the template handles a text of more than {limit} characters as a whole")
        if then:
            then(budget, args, kwargs)

    return size


def operands(budget: Budget, operator: str, left: Any, right: Any) -> None:
    """Pay for the result of `+`, `*`, `**` or `%` before it is worked out."""
    if operator == "%":
        if isinstance(left, (str, bytes)):
            percent(budget, (left.decode("latin-1") if isinstance(left, bytes) else left, right), {})
    elif operator == "+":
        charge_made(budget, left)
        charge_made(budget, right)
    elif isinstance(left, int) and isinstance(right, int):
        _number(operator, left, right)
    elif operator == "*":
        _repeated(budget, left, right)
        _repeated(budget, right, left)


def _number(operator: str, left: int, right: int) -> None:
    bits = left.bit_length() * abs(right) if operator == "**" else left.bit_length() + right.bit_length()
    if bits > MAX_BITS:
        raise OverBudgetError(f"a number of {MAX_BITS} bits is the most")


def _repeated(budget: Budget, value: Any, times: Any) -> None:
    if isinstance(times, int) and isinstance(value, (str, bytes, list, tuple)):
        budget.charge(len(value) * max(times, 0) * (1 if isinstance(value, (str, bytes)) else NODE_WEIGHT))
