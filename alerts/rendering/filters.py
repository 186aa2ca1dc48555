"""The filters beyond Jinja2's own (spec/oncall-runtime-api 3.2). They return None for what they cannot read.

Times without a zone are UTC.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import pass_context
from jinja2.exceptions import UndefinedError
from jinja2.runtime import Context

from alerts.rendering.budget import Budget, OverBudgetError
from alerts.rendering.patterns import PatternError, compile_pattern

DEFAULT_TIME = "%H:%M / %d-%m-%Y"
MAX_TIME_FORMAT = 500
LONGEST_KEY = 10_000  # characters; a key must not be cut, or two payloads would become one
_DURATION = re.compile(r"([-+]?)(\d{1,9})([smhdwMQy])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_UNREADABLE = (UndefinedError, AttributeError, TypeError, ValueError, OverflowError, KeyError, OSError)


def datetimeformat(value: Any, format: str = DEFAULT_TIME) -> str | None:
    """Write a time."""
    if not isinstance(value, datetime) or len(format) > MAX_TIME_FORMAT:
        return None
    return value.strftime(format)


def datetimeformat_as_timezone(value: Any, format: str = DEFAULT_TIME, tz: str = "UTC") -> str | None:
    """Write a time as the clocks of a zone show it."""
    if not isinstance(value, datetime):
        return None
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetimeformat(aware.astimezone(ZoneInfo(tz)), format)


def datetimeparse(value: Any, format: str = DEFAULT_TIME) -> datetime | None:
    """Read a time written in a format."""
    return None if len(format) > MAX_TIME_FORMAT else datetime.strptime(value, format)  # noqa: DTZ007


def iso8601_to_time(value: Any) -> datetime | None:
    """Read a time in the manner of ISO 8601; it has a zone when the text has one."""
    return datetime.fromisoformat(value.strip())


def timestamp_to_datetime(value: Any) -> datetime | None:
    """Read seconds since 1970 as a time in UTC that, like a parsed one, carries no zone."""
    return datetime.fromtimestamp(float(value), UTC).replace(tzinfo=None)


def timedeltaparse(value: Any) -> timedelta | None:
    """Read `5m`, `-2h`, `1w`. Months, quarters and years are known, but have no fixed length."""
    match = _DURATION.fullmatch(value.strip())
    if not match or match[3] not in _SECONDS:
        return None
    return timedelta(seconds=int(match[1] + match[2]) * _SECONDS[match[3]])


def tojson_pretty(value: Any) -> str | None:
    """Write JSON for people: sorted, four spaces, letters as they are."""
    return json.dumps(value, sort_keys=True, indent=4, ensure_ascii=False)


def json_dumps(value: Any) -> str | None:
    """Write JSON on one line."""
    return json.dumps(value)


def parse_json(value: Any) -> Any:
    """Read JSON."""
    return json.loads(value)


def b64decode(value: Any) -> str | None:
    """Read text written in base 64."""
    return base64.b64decode(value).decode()


def canonical_json(value: Any, without: Iterable[str] = ()) -> str | None:
    """Write JSON that is the same for the same content, whatever its order; a long one as its SHA-256.

    Keys of the outermost object that are named in `without` are left out, unless nothing else is there."""
    if isinstance(value, dict):
        hidden = set(without)
        value = {key: part for key, part in value.items() if key not in hidden} or value
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return text if len(text) <= LONGEST_KEY else f"sha256:{sha256(text.encode()).hexdigest()}"


def regex_search(budget: Budget, value: Any, pattern: str) -> bool | None:
    """Tell whether an expression is found anywhere."""
    return bool(_in_time(lambda: compile_pattern(pattern).search(value, timeout=budget.left())))


def regex_match(budget: Budget, value: Any, pattern: str) -> bool | None:
    """Tell whether the text begins with an expression."""
    return bool(_in_time(lambda: compile_pattern(pattern).match(value, timeout=budget.left())))


def regex_replace(budget: Budget, value: Any, find: str, replace: str) -> str | None:
    """Replace whatever an expression finds."""
    references = replace.count("\\")

    def expand(match: Any) -> str:
        budget.tick()
        longest = max((len(group) for group in (match.group(), *match.groups()) if group), default=0)
        budget.charge(len(replace) + references * longest)
        return str(match.expand(replace)) if references else replace

    replaced: str | None = _in_time(lambda: compile_pattern(find).sub(expand, value, timeout=budget.left()))
    return replaced


def _in_time(search: Callable[[], Any]) -> Any:
    try:
        return search()
    except TimeoutError as error:
        raise OverBudgetError("the regular expression takes too long") from error


def time(context: Context) -> datetime:
    """Return the moment of rendering, in UTC."""
    return context.budget.now  # type: ignore[attr-defined, no-any-return]


time = pass_context(time)

PLAIN: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        datetimeformat, datetimeformat_as_timezone, datetimeparse, iso8601_to_time, timestamp_to_datetime,
        timedeltaparse, tojson_pretty, json_dumps, parse_json, b64decode, canonical_json,
    )
}  # fmt: skip
BUDGETED: dict[str, Callable[..., Any]] = {f.__name__: f for f in (regex_search, regex_match, regex_replace)}


def forgiving(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the filter that answers None where the function cannot read its input."""

    def filtered(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except (*_UNREADABLE, PatternError, ZoneInfoNotFoundError, binascii.Error):
            return None

    return filtered
