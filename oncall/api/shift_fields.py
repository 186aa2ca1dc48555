"""How the OnCall API spells the parts of a shift. Most refusals are one sentence and stop at the first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django.utils.dateparse import parse_duration
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from base.errors import Invalid
from base.fields import FORMAT, parse_wall_clock
from oncall.api.fields import UserListField, whole_seconds
from oncall.models import OnCallShift
from oncall.models.people import validate_time_zone

LONGEST = timedelta(days=366)
LARGEST_INTERVAL = 10_000
LARGEST = 2_147_483_647
DAYS = ", ".join(f"'{day}'" for day in OnCallShift.Day.values)
WALL_CLOCK = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$", "nullable": True}


class TimeZoneField(serializers.CharField):
    """An IANA name; where null is allowed, the empty text is null too."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(None if data == "" and self.allow_null else data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("Invalid timezone")
        try:
            validate_time_zone(data)
        except ModelError as exc:
            raise serializers.ValidationError("Invalid timezone") from exc
        return data


@extend_schema_field(WALL_CLOCK)
class LocalTimeField(serializers.Field):
    """A local date and time, strictly `2030-01-07T09:00:00`."""

    def to_internal_value(self, data: Any) -> datetime:
        try:
            return parse_wall_clock(data)
        except (TypeError, ValueError) as exc:
            text = "Invalid datetime format, should be \"yyyy-mm-dd'T'hh:mm:ss\""
            raise Invalid(text) from exc

    def to_representation(self, value: datetime) -> str:
        return value.strftime(FORMAT)


class UntilField(LocalTimeField):
    """Written like local times, but UTC."""

    def to_internal_value(self, data: Any) -> datetime:
        return super().to_internal_value(data).replace(tzinfo=UTC)


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": int(LONGEST.total_seconds())})
class ShiftDurationField(serializers.Field):
    """Whole seconds, from one to a leap year; `[DD] [HH:[MM:]]ss` is read too."""

    default_error_messages = {
        "invalid": "Duration has wrong format. Use one of these formats instead: [DD] [HH:[MM:]]ss[.uuuuuu].",
        "short": "Ensure this value is greater than or equal to 0:00:01.",
        "long": f"Ensure this value is less than or equal to {LONGEST}.",
    }

    def to_internal_value(self, data: Any) -> timedelta:
        parsed = _duration(data)
        if parsed is None:
            self.fail("invalid")
        if parsed < timedelta(seconds=1):
            self.fail("short")
        if parsed > LONGEST:
            self.fail("long")
        return timedelta(seconds=int(parsed.total_seconds()))

    def to_representation(self, value: timedelta) -> int:
        return int(value.total_seconds())


def _duration(data: object) -> timedelta | None:
    seconds = None if isinstance(data, str) else whole_seconds(data)
    if seconds is not None:
        return timedelta(seconds=max(-1, min(seconds, LARGEST)))
    try:
        return parse_duration(data) if isinstance(data, str) else None
    except (OverflowError, ValueError):
        return None


class WordField(serializers.ChoiceField):
    """One of a few words, refused in one sentence."""

    def __init__(self, choices: Any, refusal: str, **kwargs: Any) -> None:
        self.refusal = refusal
        super().__init__(choices=choices, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.choices:
            raise Invalid(self.refusal)
        return data


class IntervalField(serializers.IntegerField):
    """Every how many periods, 1 to 10,000."""

    def to_internal_value(self, data: Any) -> int:
        number = super().to_internal_value(data)
        if number < 1:
            raise Invalid("Invalid value for interval")
        return number


class _MaskField(serializers.Field):
    """A list of admitted values; null and the empty list both mean that everything is admitted."""

    default_error_messages = {"not_a_list": 'Expected a list of items but got type "{input_type}".'}
    refusal: str

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, []) if data is None else super().validate_empty_values(data)

    def admits(self, value: Any) -> bool:
        """Tell whether a value may be in the list."""
        return False

    def to_internal_value(self, data: Any) -> list[Any]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if not all(self.admits(value) for value in data):
            raise Invalid(self.refusal)
        return list(dict.fromkeys(data))

    def to_representation(self, value: list[Any]) -> list[Any] | None:
        return value or None


@extend_schema_field({"type": "array", "items": {"type": "string", "enum": OnCallShift.Day.values}, "nullable": True})
class DaysField(_MaskField):
    """Days of the week."""

    refusal = f"Invalid day value in by_day field. Valid values: {DAYS}"

    def admits(self, value: Any) -> bool:
        return isinstance(value, str) and value in OnCallShift.Day.values


@extend_schema_field({"type": "array", "items": {"type": "integer", "minimum": -31, "maximum": 31}, "nullable": True})
class NumbersField(_MaskField):
    """Months, or days of the month."""

    def __init__(self, numbers: Iterable[int], refusal: str, **kwargs: Any) -> None:
        self.numbers = frozenset(numbers)
        self.refusal = refusal
        super().__init__(**kwargs)

    def admits(self, value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and value in self.numbers


def months() -> NumbersField:
    """Return a field for months."""
    return NumbersField(range(1, 13), "Invalid month value in by_month field. Valid values: from 1 to 12")


def days_of_month() -> NumbersField:
    """Return a field for days of the month, counted from either end."""
    refusal = "Invalid monthday value in by_monthday field. Valid values: from 1 to 31 and from -31 to -1"
    return NumbersField({*range(1, 32), *range(-31, 0)}, refusal)


@extend_schema_field({"type": "array", "items": {"type": "array", "items": {"type": "string"}}, "nullable": True})
class GroupsField(serializers.Field):
    """The groups of a rotation, in order: lists of people who are on call together."""

    default_error_messages = {
        "not_a_list": 'Expected a list of items but got type "{input_type}".',
        "long": "Ensure this field has no more than {limit} elements.",
    }
    LIMIT = 200

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, []) if data is None else super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> list[list[Any]]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if len(data) > self.LIMIT:
            self.fail("long", limit=self.LIMIT)
        people, groups, refused = UserListField(), [], {}
        for number, group in enumerate(data):
            try:
                groups.append(people.run_validation(group))
            except serializers.ValidationError as error:
                refused[str(number)] = error.detail
        if refused:
            raise serializers.ValidationError(refused)
        return groups

    def to_representation(self, value: Any) -> Any:
        return value
