"""How the OnCall API spells ids, durations and times of day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import Model, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from oncall.models import User

BARE_ID = re.compile(r"[A-Z0-9]{1,20}")
TIME_OF_DAY = re.compile(r"[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=1)


def public_id(value: object, prefix: str) -> str | None:
    """Return a spelled id without its prefix; None when it cannot be one."""
    if not isinstance(value, str) or not value.startswith(prefix):
        return None
    bare = value.removeprefix(prefix)
    return bare if BARE_ID.fullmatch(bare) else None


def answered_together(serializer: Any) -> list[Any]:
    """Return the rows of the page that a serializer writes, or its one row: what must be looked up is, for all."""
    return [serializer.instance] if serializer.parent is None else list(serializer.parent.instance or ())


def spelled(prefix: str, instance: Any) -> str | None:
    """Return the id of an object as this API writes it; null for no object."""
    return None if instance is None else f"{prefix}{instance.public_id}"


@extend_schema_field(OpenApiTypes.STR)
class PublicIdField(serializers.Field):
    """A reference to one object; the empty string and the words in `nulls` mean null, as clients send it."""

    default_error_messages = {"unknown": "Object does not exist"}

    def __init__(
        self,
        prefix: str,
        queryset: Callable[[], QuerySet[Any]] | None = None,
        *,
        nulls: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        self.prefix = prefix
        self.queryset = queryset
        self.nulls = frozenset(nulls)
        super().__init__(**kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        if data == "" or (isinstance(data, str) and data in self.nulls):
            data = None
        return super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> Model:
        bare = public_id(data, self.prefix)
        found = self.queryset().filter(public_id=bare).first() if bare and self.queryset else None
        if found is None:
            self.fail("unknown")
        return found

    def to_representation(self, value: Any) -> str | None:
        return spelled(self.prefix, value)


class IdField(serializers.CharField):
    """The object's own id, read only."""

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(source="public_id", read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str:
        return f"{self.prefix}{value}"


@extend_schema_field({"type": "array", "items": {"type": "string"}, "nullable": True})
class UserListField(serializers.Field):
    """A list of people in the order sent, each once; null is the empty list. Unknown ids are refused by name."""

    default_error_messages = {
        "not_a_list": 'Expected a list of items but got type "{input_type}".',
        "unknown": "User does not exist {{{ids}}}",
        "long": "Ensure this field has no more than {limit} elements.",
    }
    LIMIT = 500

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, []) if data is None else super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> list[User]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if len(data) > self.LIMIT:
            self.fail("long", limit=self.LIMIT)
        bare = [public_id(value, "U") for value in data]
        found = {user.public_id: user for user in User.objects.filter(public_id__in=[each for each in bare if each])}
        unknown = dict.fromkeys(str(value) for value, each in zip(data, bare, strict=True) if each not in found)
        if unknown:
            self.fail("unknown", ids=", ".join(repr(value) for value in unknown))
        return list(dict.fromkeys(found[each] for each in bare if each))

    def to_representation(self, value: Iterable[User]) -> list[str | None]:
        return [spelled("U", user) for user in value]


@extend_schema_field({"type": "integer", "minimum": 60, "maximum": 86400, "nullable": True})
class SecondsField(serializers.Field):
    """A delay in seconds, 60 to 86,400: a number or a numeric string, cut to an integer."""

    default_error_messages = {
        "invalid": "A valid number is required.",
        "short": "Ensure this value is greater than or equal to 0:01:00.",
        "long": "Ensure this value is less than or equal to 1 day, 0:00:00.",
    }

    def to_internal_value(self, data: Any) -> timedelta:
        seconds = whole_seconds(data)
        if seconds is None:
            self.fail("invalid")
        if seconds < SHORTEST.total_seconds():
            self.fail("short")
        if seconds > LONGEST.total_seconds():
            self.fail("long")
        return timedelta(seconds=seconds)

    def to_representation(self, value: timedelta) -> int:
        return int(value.total_seconds())


def whole_seconds(value: object) -> int | None:
    """Return a number or numeric string cut to an integer; None when it is neither."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(float(value))
    except (ValueError, OverflowError):  # words, NaN, infinity
        return None


@extend_schema_field({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", "nullable": True})
class TimeOfDayField(serializers.Field):
    """A UTC time of day, strictly `09:00:00Z`."""

    default_error_messages = {"invalid": "Time has wrong format. Use one of these formats instead: hh:mm:ssZ."}

    def to_internal_value(self, data: Any) -> time:
        if not isinstance(data, str) or not TIME_OF_DAY.fullmatch(data):
            self.fail("invalid")
        try:
            return datetime.strptime(data, "%H:%M:%SZ").replace(tzinfo=UTC).time()
        except ValueError:
            self.fail("invalid")

    def to_representation(self, value: time) -> str:
        return value.strftime("%H:%M:%SZ")
