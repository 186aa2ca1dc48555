"""What a template may call: methods of plain values, each with what it may cost, and Jinja2's own objects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from types import BuiltinMethodType, MethodType
from typing import Any

from jinja2.exceptions import SecurityError
from jinja2.runtime import BlockReference, LoopContext, Macro, Undefined
from jinja2.utils import Cycler, Joiner, Namespace

from alerts.rendering import filters
from alerts.rendering.budget import CONTAINERS, Budget, NeedsCopyError
from alerts.rendering.sizes import Size, charge_made, joining, replacing, texts_between, widths

_JINJA_OBJECTS = (BlockReference, LoopContext, Macro, Undefined, Joiner)
_JINJA_OWNERS = (LoopContext, Cycler)
_GLOBALS = (dict, Cycler, Joiner, Namespace, filters.time)
_CHANGES = frozenset(
    ("append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault", "sort", "update")
)
_COMPARES = frozenset(("count", "index", "remove", "sort"))
_STRFTIME = 500


def _short_format(budget: Budget, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    if any(isinstance(value, str) and len(value) > _STRFTIME for value in (*args[1:], *kwargs.values())):
        raise SecurityError("the time format is too long")


def _plain(names: str) -> dict[str, Size | None]:
    return dict.fromkeys(names.split())


_TEXT: dict[str, Size | None] = _plain(
    "capitalize casefold count encode endswith find format format_map index isalnum isalpha isascii isdecimal isdigit "
    "isidentifier islower isnumeric isprintable isspace istitle isupper lower lstrip partition removeprefix "
    "removesuffix rfind rindex rpartition rsplit rstrip split splitlines startswith strip swapcase title upper"
) | {
    "center": widths(), "ljust": widths(), "rjust": widths(), "zfill": widths(), "expandtabs": texts_between,
    "replace": replacing, "join": joining, "unescape": None, "striptags": widths(),
}  # fmt: skip
_TIME = _plain(
    "astimezone ctime date dst isocalendar isoformat isoweekday replace time timestamp timetuple timetz toordinal "
    "tzname utcoffset utctimetuple weekday"
) | {"strftime": _short_format}
METHODS: tuple[tuple[tuple[type, ...], dict[str, Size | None]], ...] = (
    ((str,), _TEXT),
    ((dict,), _plain("clear copy get items keys pop popitem setdefault update values")),
    ((list,), _plain("append clear copy count extend index insert pop remove reverse sort")),
    ((tuple,), _plain("count index")),
    ((bytes,), _plain("decode hex")),
    ((int, float), _plain("as_integer_ratio bit_length hex is_integer")),
    ((datetime, date, clock_time), _TIME),
    ((timedelta,), _plain("total_seconds")),
)


def guarded_call(budget: Budget, called: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """Check a call and return the arguments to make it with; raises SecurityError for what is not allowed."""
    budget.tick()
    called = getattr(called, "__wrapped__", called)  # str.format comes wrapped
    if isinstance(called, (BuiltinMethodType, MethodType)):
        return _guarded_method(budget, called, args, kwargs)
    if isinstance(called, _JINJA_OBJECTS):
        return args
    if any(called is known for known in _GLOBALS):
        for value in args:
            charge_made(budget, value)
        return args
    raise SecurityError(f"{getattr(called, '__name__', type(called).__name__)!r} must not be called")


def _guarded_method(budget: Budget, called: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    owner, name = called.__self__, called.__name__
    if any(isinstance(value, CONTAINERS) for value in args):
        budget.weigh_all(args, {})
    if isinstance(owner, _JINJA_OWNERS):
        return args
    size = _size_of(owner, name)
    if isinstance(owner, (dict, list)) and name in _CHANGES:
        _guard_change(budget, name, args, kwargs)
    if isinstance(owner, (list, tuple)) and name in _COMPARES:
        budget.weigh(owner)
    if name == "join" and args and not isinstance(args[0], (str, *CONTAINERS)):
        args = (list(args[0]), *args[1:])
    if size:
        size(budget, (owner, *args), kwargs)
    return args


def _size_of(owner: Any, name: str) -> Size | None:
    """Return what a method costs beyond its result; raises SecurityError for one that is not listed."""
    for types, names in METHODS:
        if isinstance(owner, types) and name in names:
            return names[name]
    raise SecurityError(f"{name!r} of a {type(owner).__name__} must not be called")


def _guard_change(budget: Budget, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if not budget.private:
        raise NeedsCopyError
    if kwargs.get("key") is not None and name == "sort":
        raise SecurityError("sort takes no key here; use the filter")
    if name in ("extend", "update"):
        for value in args:
            charge_made(budget, value)
