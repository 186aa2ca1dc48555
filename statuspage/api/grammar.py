"""The filters of the Sorry API's lists (A12): `filter[<attribute>_<operator>]=value`, all of which must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from statuspage import states
from statuspage.api.fields import FALSE, TRUE, instant, number
from statuspage.models.notices import CLOSED

NOTHING = Q(pk__in=())
# Longest first, since `not_eq` ends like `eq`.
OPERATORS = (
    *("not_null", "not_eq", "not_in", "not_cont", "matches", "present", "blank", "start", "gteq", "lteq", "null"),
    *("cont", "end", "eq", "gt", "lt", "in"),
)
NEGATED = {"not_eq": "eq", "not_in": "in", "not_cont": "cont", "not_null": "null", "present": "blank"}
MILLISECOND = timedelta(milliseconds=1)


class BadFilter(Exception):
    """A filter that cannot be understood; the text says why."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """What can be asked of a column: `kind` is text, number, instant, boolean or tags."""

    kind: str
    path: str
    many: bool = False  # reached through rows of another table


Condition = Callable[[str, list[Any], datetime], Q]  # operator, values, now
Attributes = Mapping[str, Attribute | Condition]


def compiled(asked: Mapping[str, Any], attributes: Attributes, now: datetime) -> list[Q]:
    """Return one condition per filter. Raises BadFilter."""
    return [_condition(name, raw, attributes, now) for name, raw in asked.items() if not isinstance(raw, dict)]


def _condition(name: str, raw: Any, attributes: Attributes, now: datetime) -> Q:
    attribute, operator = _split(name, attributes)
    values = list(raw) if isinstance(raw, list) else [raw]
    if operator not in ("in", "not_in"):
        values = values[-1:]
    elif not isinstance(raw, list):
        values = str(raw).split(",")
    if any("\0" in str(value) for value in values):
        raise BadFilter(f"filter[{name}]: must not contain a null character")
    positive = NEGATED.get(operator)
    try:
        found = _ask(attribute, positive or operator, values, now)
    except ValueError as error:
        raise BadFilter(f"filter[{name}]: {values} cannot be used: {error}") from error
    if operator in ("null", "not_null", "present", "blank") and _says_no(values[0] if values else ""):
        found = ~found
    return ~found if positive else found


def _split(name: str, attributes: Attributes) -> tuple[Attribute | Condition, str]:
    for operator in OPERATORS:
        attribute = name.removesuffix(f"_{operator}")
        if attribute != name and attribute in attributes:
            return attributes[attribute], operator
    raise BadFilter(f"filter[{name}]: there is no such attribute with such an operator")


def _says_no(value: Any) -> bool:
    return str(value).strip().lower() in FALSE


def _ask(attribute: Attribute | Condition, operator: str, values: list[Any], now: datetime) -> Q:
    if callable(attribute):
        return attribute(operator, values, now)
    if operator == "in":
        return _any(_compare(attribute, "eq", value) for value in values)
    return _compare(attribute, operator, values[0] if values else "")


def _any(conditions: Iterable[Q]) -> Q:
    found = NOTHING
    for condition in conditions:
        found |= condition
    return found


def _compare(attribute: Attribute, operator: str, value: Any) -> Q:
    path = attribute.path
    if operator == "null":
        return Q(**{f"{path}__isnull": True})
    if operator == "blank":
        return _blank(attribute)
    if attribute.kind == "tags":
        return _tags(attribute, operator, str(value))
    if operator in TEXT_LOOKUPS:
        return Q(**{f"{path}__{TEXT_LOOKUPS[operator]}": str(value)})
    if operator == "matches":
        return Q(**{f"{path}__iregex": like(str(value))})
    return READERS[attribute.kind](path, operator, value)


TEXT_LOOKUPS = {"cont": "icontains", "start": "istartswith", "end": "iendswith"}
ORDERS = {"gt": "gt", "lt": "lt", "gteq": "gte", "lteq": "lte"}


def like(pattern: str) -> str:
    """Return the regular expression that SQL's LIKE stands for: % is anything, _ one character."""
    special = {"%": ".*", "_": "."}
    escaped = "".join(special.get(char, f"\\{char}" if char in r"\.^$*+?{}[]()|" else char) for char in pattern)
    return f"^{escaped}$"


def _blank(attribute: Attribute) -> Q:
    null = Q(**{f"{attribute.path}__isnull": True})
    if attribute.kind == "tags":
        return Q(**{attribute.path: []})
    return null | Q(**{attribute.path: ""}) if attribute.kind == "text" else null


def _tags(attribute: Attribute, operator: str, value: str) -> Q:
    # The column is a JSON array of strings; both databases can search its text.
    if operator not in ("eq", "cont"):
        raise ValueError("tags can be compared by eq, cont, in, present and blank")
    return Q(**{f"{attribute.path}__icontains": f'"{value}"'})


def _text(path: str, operator: str, value: Any) -> Q:
    return Q(**{path if operator == "eq" else f"{path}__{ORDERS[operator]}": str(value)})


def _number(path: str, operator: str, value: Any) -> Q:
    try:
        found = number(value)
    except Exception as error:
        raise ValueError("it is not a number") from error
    return Q(**{path if operator == "eq" else f"{path}__{ORDERS[operator]}": found})


def _instant(path: str, operator: str, value: Any) -> Q:
    """Compare in milliseconds, as instants are shown."""
    at = instant(value)
    if operator == "eq":
        return Q(**{f"{path}__gte": at, f"{path}__lt": at + MILLISECOND})
    if operator in ("gt", "lteq"):
        return Q(**{f"{path}__{'gte' if operator == 'gt' else 'lt'}": at + MILLISECOND})
    return Q(**{f"{path}__{ORDERS[operator]}": at})


def _boolean(path: str, operator: str, value: Any) -> Q:
    word = str(value).strip().lower()
    if operator != "eq" or word not in TRUE | FALSE:
        raise ValueError("it can be true or false")
    return Q(**{path: word in TRUE})


READERS: Mapping[str, Callable[[str, str, Any], Q]] = {
    "text": _text,
    "number": _number,
    "instant": _instant,
    "boolean": _boolean,
}


def timeline(operator: str, values: list[Any], now: datetime) -> Q:
    """Compare `timeline_state`, which no column holds (A6); `past` is both of the past."""
    words = {
        states.FUTURE: Q(state="scheduled"),
        states.PRESENT_NOW: Q(state__in=states.PRESENT),
        states.PAST_RECENT: Q(state__in=CLOSED, ended_at__gte=now - states.RECENT),
        states.PAST_DISTANT: Q(state__in=CLOSED, ended_at__lt=now - states.RECENT),
        "past": Q(state__in=CLOSED),
    }
    if operator in ("null", "blank"):
        return NOTHING
    if operator not in ("eq", "in"):
        raise ValueError("it can be compared by eq and in")
    return _any(words.get(str(value), NOTHING) for value in values)
