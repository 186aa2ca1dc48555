"""The kinds of attributes that the PagerTree API's lists filter and sort by (spec/pagertree A4).

Each compiles a comparison into a condition on rows. Unset never satisfies an order or a part of a text, and is `ne`
to everything; an empty value stands for unset."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat
from django_filters import CharFilter

from alerts.api.expressions import Bytewise, HasElement, JsonNumber, JsonText
from alerts.api.grammar import Comparison
from base.errors import Invalid

NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,9})?")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FAR = 2**53
ORDERS = ("lt", "lte", "gt", "gte")
NOTHING = Q(pk__in=())


class Attribute(CharFilter):
    """An attribute of an object. `column` is where it is kept."""

    operators: ClassVar[tuple[str, ...]] = ("equals", "ne")

    def __init__(self, column: str, **kwargs: Any) -> None:
        super().__init__(field_name=column, **kwargs)
        self.column = column

    @property
    def expression(self) -> Combinable | None:
        """What is compared and sorted; None when the attribute has no order."""
        return F(self.column)

    def apply(self, rows: QuerySet[Any], asked: Comparison, alias: str) -> QuerySet[Any]:
        """Return the rows that satisfy the comparison; `alias` is a name free to use. Raises Invalid."""
        if asked.path:
            raise Invalid(f"'{asked.name}' has no attributes of its own", field=asked.name)
        return rows.filter(self.condition(asked))

    def condition(self, asked: Comparison) -> Q:
        """Return which rows satisfy the comparison. Raises Invalid."""
        if asked.operator not in self.operators:
            raise Invalid(f"ops: '{asked.operator}' cannot be used on '{asked.name}'", field="ops")
        if asked.operator == "equals":
            return self.equal(asked)
        if asked.operator == "ne":
            return ~self.equal(asked)
        return self.ordered(asked)

    def equal(self, asked: Comparison) -> Q:
        """Return which rows have the value; a condition that is never NULL, so that it can be turned round."""
        raise TypeError(f"{type(self).__name__} cannot be compared")

    def ordered(self, asked: Comparison) -> Q:
        """Return which rows lie where the operator says."""
        raise TypeError(f"{type(self).__name__} has no order")


class Integers(Attribute):
    """Whole numbers: the column's own, or instants counted in a unit of time. A fraction lies between two."""

    operators = ("equals", "ne", *ORDERS, "between")
    unit: timedelta | None = None

    def number(self, asked: Comparison, raw: str) -> Decimal:
        """Read a value."""
        if not NUMBER.fullmatch(raw):
            raise Invalid(f"{asked.name}: '{raw}' is not a number", field=asked.name)
        return Decimal(raw)

    def equal(self, asked: Comparison) -> Q:
        if asked.value == "":
            return Q(**{f"{self.column}__isnull": True})
        value = self.number(asked, asked.value)
        if value != math.floor(value):
            return NOTHING
        return self.within(math.floor(value), math.floor(value) + 1)

    def ordered(self, asked: Comparison) -> Q:
        if asked.operator == "between":
            low, dots, high = asked.value.partition("..")
            if not dots:
                raise Invalid(f"{asked.name}: between needs a value like 1..5", field=asked.name)
            return self.within(math.ceil(self.number(asked, low)), math.floor(self.number(asked, high)) + 1)
        value = self.number(asked, asked.value)
        match asked.operator:
            case "lt":
                return self.within(-FAR, math.ceil(value))
            case "lte":
                return self.within(-FAR, math.floor(value) + 1)
            case "gt":
                return self.within(math.floor(value) + 1, FAR)
        return self.within(math.ceil(value), FAR)

    def within(self, low: int, high: int) -> Q:
        """Return the rows in [low, high)."""
        not_null = Q(**{f"{self.column}__isnull": False})
        return not_null & Q(**{f"{self.column}__gte": self.bound(low), f"{self.column}__lt": self.bound(high)})

    def bound(self, number: int) -> Any:
        """Return what the column is compared with."""
        if self.unit is None:
            return max(-FAR, min(number, FAR))
        span = self.unit * max(EARLIEST // self.unit, min(number, LATEST // self.unit))
        return EPOCH + span


EARLIEST = datetime(1, 1, 2, tzinfo=UTC) - EPOCH
LATEST = datetime(9999, 12, 30, tzinfo=UTC) - EPOCH


class UnixSeconds(Integers):
    """An instant, shown in whole seconds."""

    unit = timedelta(seconds=1)


class Timestamp(Integers):
    """An instant, shown in ISO 8601 with milliseconds; without a zone it is UTC."""

    unit = timedelta(milliseconds=1)

    def number(self, asked: Comparison, raw: str) -> Decimal:
        try:
            instant = datetime.fromisoformat(raw.replace(" ", "+") if "T" in raw else raw)  # a + in an address
        except ValueError as exc:
            raise Invalid(f"{asked.name}: '{raw}' is not a timestamp", field=asked.name) from exc
        try:
            since = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)) - EPOCH
        except OverflowError as exc:
            raise Invalid(f"{asked.name}: '{raw}' is out of range", field=asked.name) from exc
        return Decimal(since // timedelta(microseconds=1)) / 1000


class Word(Attribute):
    """A string."""

    operators = ("equals", "ne", *ORDERS, "between", "beginsWith", "contains")

    @property
    def expression(self) -> Combinable:
        return Bytewise(self.text)

    @property
    def text(self) -> Combinable:
        """What is compared."""
        return F(self.column)

    def apply(self, rows: QuerySet[Any], asked: Comparison, alias: str) -> QuerySet[Any]:
        if asked.path or asked.operator in ("equals", "ne"):
            return super().apply(rows, asked, alias)
        return below(rows, self.text, asked, alias)

    def equal(self, asked: Comparison) -> Q:
        return equal_text(self.column, asked.value)


def equal_text(column: str, value: str) -> Q:
    """Return the rows with that text; an empty one stands for none."""
    unset = Q(**{f"{column}__isnull": True})
    return unset | Q(**{column: ""}) if value == "" else ~unset & Q(**{column: value})


def below(rows: QuerySet[Any], text: Combinable, asked: Comparison, alias: str) -> QuerySet[Any]:
    """Return the rows whose text begins with, contains or lies where the operator says."""
    parts = {"beginsWith": "istartswith", "contains": "icontains"}
    if part := parts.get(asked.operator):
        return rows.alias(**{alias: text}).filter(**{f"{alias}__{part}": asked.value})
    return rows.alias(**{alias: Bytewise(text)}).filter(lying(alias, asked, str))


def lying(column: str, asked: Comparison, read: Callable[[str], Any]) -> Q:
    """Return the rows that lie before, after or between."""
    if asked.operator != "between":
        return Q(**{f"{column}__{asked.operator}": read(asked.value)})
    low, dots, high = asked.value.partition("..")
    if not dots:
        raise Invalid(f"{asked.name}: between needs a value like a..b", field=asked.name)
    return Q(**{f"{column}__gte": read(low), f"{column}__lte": read(high)})


class Computed(Word):
    """A string that is made of columns. `exact` says in columns, so that an index helps, who has a value."""

    def __init__(self, text: Combinable, exact: Callable[[str], Q], **kwargs: Any) -> None:
        super().__init__("", **kwargs)
        self.made, self.exact = text, exact

    @property
    def text(self) -> Combinable:
        return self.made

    def equal(self, asked: Comparison) -> Q:
        return self.exact(asked.value)


def spelled(prefix: str, path: str) -> Case:
    """Return the expression of `usr_…` for the row at that path, NULL where there is none."""
    made = Concat(Value(f"{prefix}_"), F(f"{path}public_id"))
    return Case(When(**{f"{path}public_id__isnull": False}, then=made), output_field=CharField())


def id_of(prefix: str, path: str) -> Computed:
    """Return the attribute that spells the id of the row at that path."""

    def exact(value: str) -> Q:
        if value == "":
            return Q(**{f"{path}public_id__isnull": True})
        kind, _, bare = value.partition("_")
        return Q(**{f"{path}public_id__isnull": False, f"{path}public_id": bare}) if kind == prefix else NOTHING

    return Computed(spelled(prefix, path), exact)


def constant(value: str | None) -> Computed:
    """Return an attribute that every object has the same of."""
    always = ~NOTHING
    return Computed(Value(value, CharField()), lambda asked: always if asked == (value or "") else NOTHING)


class Boolean(Attribute):
    """True or false."""

    def equal(self, asked: Comparison) -> Q:
        if asked.value not in ("true", "false", ""):
            raise Invalid(f"{asked.name}: must be true or false", field=asked.name)
        return Q(**{self.column: asked.value == "true"}) if asked.value else NOTHING


class Array(Attribute):
    """An array of strings: to equal one is to have it as an element."""

    operators = ("equals", "ne", "contains")
    expression = None

    def equal(self, asked: Comparison) -> Q:
        return Q(HasElement(self.column, asked.value)) if asked.value else Q(**{self.column: []})

    def ordered(self, asked: Comparison) -> Q:
        return Q(HasElement(self.column, asked.value, fold=True))


class Object(Attribute):
    """Free keys and values, compared by path: `meta.incident=true`. A value is compared as it is written in JSON."""

    operators = ("equals", "ne", *ORDERS, "between", "beginsWith", "contains")
    expression = None

    def apply(self, rows: QuerySet[Any], asked: Comparison, alias: str) -> QuerySet[Any]:
        if not asked.path or any(not key or set(key) & {'"', "\\"} for key in asked.path):
            raise Invalid(f"'{asked.name}' is filtered by the path of a value: {asked.name}.key", field=asked.name)
        if asked.operator in ("equals", "ne"):
            equal = equal_text(alias, asked.value)
            rows = rows.alias(**{alias: JsonText(self.column, asked.path)})
            return rows.filter(equal if asked.operator == "equals" else ~equal)
        if self._counts(asked):
            return rows.alias(**{alias: JsonNumber(self.column, asked.path)}).filter(lying(alias, asked, float))
        return below(rows, JsonText(self.column, asked.path), asked, alias)

    def _counts(self, asked: Comparison) -> bool:
        values = asked.value.split("..") if asked.operator == "between" else [asked.value]
        return asked.operator in (*ORDERS, "between") and all(NUMBER.fullmatch(value) for value in values)
