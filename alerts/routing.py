"""Choose the route of a payload: the first that matches, in order, else the default (spec/oncall-runtime-api 2.2)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from alerts.rendering import RenderingError, check_syntax, is_truthy, render
from alerts.rendering.patterns import PatternError, compile_pattern

MAX_EXPRESSION = 1024  # characters
REGEX_SECONDS = 0.25  # for one expression; searching a payload takes microseconds

RouteType = Literal["regex", "jinja2"]


@dataclass(frozen=True, slots=True)
class RouteRule:
    """What a route asks of a payload. `key` is the caller's name for the route."""

    key: int
    type: RouteType
    expression: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class RouteProblem:
    """Why a route could not be asked, and so did not match; `message` is a sentence that names it."""

    key: int
    message: str


@dataclass(frozen=True, slots=True)
class RouteChoice:
    """The route chosen, None when there is not even a default, and what went wrong on the way."""

    key: int | None
    problems: tuple[RouteProblem, ...] = ()


class _Asked:
    """A payload and its labels, with its JSON text made at most once."""

    def __init__(self, payload: Any, labels: dict[str, str] | None, now: datetime) -> None:
        self.payload = payload
        self.labels = labels
        self.now = now

    @cached_property
    def text(self) -> str:
        return json.dumps(self.payload)


def choose_route(
    rules: Iterable[RouteRule], payload: Any, labels: dict[str, str] | None = None, *, now: datetime
) -> RouteChoice:
    """Return the first rule that matches, else the default, wherever it stands in the order.

    A rule that is broken or takes too long does not match; it is named in `problems`.
    """
    asked = _Asked(payload, labels, now)
    default: int | None = None
    problems: list[RouteProblem] = []
    for rule in rules:
        if rule.is_default:
            default = rule.key if default is None else default
            continue
        try:
            if _matches(rule, asked):
                return RouteChoice(rule.key, tuple(problems))
        except (PatternError, RenderingError, TimeoutError) as error:
            reason = "it takes too long" if isinstance(error, TimeoutError) else str(error)
            problems.append(RouteProblem(rule.key, f"The route {rule.expression!r} was passed over: {reason}"))
    return RouteChoice(default, tuple(problems))


def check_expression(type: str, expression: str) -> str | None:
    """Return what is wrong with a route's expression, in the words of the wire, or None."""
    if type not in ("regex", "jinja2"):
        return "Invalid route type"
    if len(expression) > MAX_EXPRESSION:
        return f"Ensure this field has no more than {MAX_EXPRESSION} characters."
    if type == "jinja2":
        return "Jinja template is incorrect" if check_syntax(expression) else None
    try:
        compile_pattern(expression)
    except PatternError:
        return "Regular expression is incorrect"
    return None


def _matches(rule: RouteRule, asked: _Asked) -> bool:
    if rule.type == "jinja2":
        return is_truthy(render(rule.expression, {"payload": asked.payload, "labels": asked.labels}, now=asked.now))
    return compile_pattern(rule.expression).search(asked.text, timeout=REGEX_SECONDS) is not None
