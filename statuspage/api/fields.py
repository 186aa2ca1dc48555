"""How single values are read and written in the Sorry API (A3, A4). What is wrong is said in its words."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError as DjangoError
from django.core.validators import EmailValidator, URLValidator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from statuspage.api.bodies import Several

BLANK = "can't be blank"
INVALID = "is invalid"
NOT_A_NUMBER = "is not a number"
NOT_LISTED = "is not included in the list"
TRUE = {"true", "1", "t", "yes", "on"}
FALSE = {"false", "0", "f", "no", "off"}
LARGEST = 2**63 - 1
DIGITS = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")


def iso(at: datetime | None) -> str | None:
    """Return `2025-01-27T13:30:27.650Z`: always three digits."""
    if at is None:
        return None
    plain = at.astimezone(UTC)
    return f"{plain:%Y-%m-%dT%H:%M:%S}.{plain.microsecond // 1000:03d}Z"


def instant(raw: Any) -> datetime:
    """Return the instant that ISO 8601 writes; without a zone it is UTC. Raises ValueError."""
    found = datetime.fromisoformat(str(raw).strip())
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def one(raw: Any) -> Any:
    """Return the last of several values."""
    return raw[-1] if isinstance(raw, Several) and raw else raw


def number(raw: Any) -> int:
    """Return a whole number, which may come as digits. Raises ValidationError."""
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) <= LARGEST:
        return raw
    if isinstance(raw, str) and DIGITS.fullmatch(raw):
        return int(raw)
    raise ValidationError(NOT_A_NUMBER)


def text(raw: Any) -> str:
    """Return a text that can be stored. Raises ValidationError."""
    if isinstance(raw, bool | float) or not isinstance(raw, str | int) or "\0" in str(raw):
        raise ValidationError(INVALID)
    return str(raw)


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantField(serializers.Field[Any, Any, Any, Any]):
    """An instant, as it is shown."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str | None:
        return iso(value)


class TextInput(serializers.CharField):
    """A text. `needed`: blank is refused; else blank and null are null where `nullable`, or an empty text."""

    def __init__(self, *, needed: bool = False, nullable: bool = True, most: int | None = None, **kwargs: Any) -> None:
        self.needed, self.nullable, self.most = needed, nullable, most
        super().__init__(required=False, allow_blank=True, allow_null=not needed, max_length=most, **kwargs)

    def run_validation(self, data: Any = None) -> Any:
        """Return the text; blanks at both ends of what has a greatest length, such as a name, are left out."""
        raw = one(data)
        found = "" if raw is None else text(raw)
        if self.most is not None:
            found = found.strip()
        if self.needed and not found.strip():
            raise ValidationError(BLANK)
        if self.most is not None and len(found) > self.most:
            raise ValidationError(f"is too long (maximum is {self.most} characters)")
        return self.checked(found) if found else (None if self.nullable else "")

    def checked(self, found: str) -> str:
        """Return the text where it is one of its kind. Raises ValidationError."""
        return found


class EmailInput(TextInput):
    """A mail address."""

    def checked(self, found: str) -> str:
        return _valid(EmailValidator(), found)


class UrlInput(TextInput):
    """A web address."""

    def checked(self, found: str) -> str:
        return _valid(URLValidator(schemes=["http", "https"]), found)


class WordInput(TextInput):
    """One of some words."""

    def __init__(self, words: tuple[str, ...], **kwargs: Any) -> None:
        self.words = words
        super().__init__(most=100, **kwargs)

    def checked(self, found: str) -> str:
        if found not in self.words:
            raise ValidationError(NOT_LISTED)
        return found


def _valid(validator: Any, found: str) -> str:
    try:
        validator(found)
    except DjangoError as error:
        raise ValidationError(INVALID) from error
    return found


class BooleanInput(serializers.BooleanField):
    """True or false in many spellings; blank and null are not given."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)

    def run_validation(self, data: Any = None) -> bool | None:
        raw = one(data)
        if isinstance(raw, bool):
            return raw
        word = str(raw).strip().lower() if isinstance(raw, str | int) else None
        if raw is None or word == "":
            return None
        if word in TRUE or word in FALSE:
            return word in TRUE
        raise ValidationError(INVALID)


class NumberInput(serializers.IntegerField):
    """A whole number; blank and null are null."""

    def __init__(self, *, least: int | None = None, most: int = LARGEST, **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(required=False, allow_null=True, **kwargs)

    def run_validation(self, data: Any = None) -> int | None:
        raw = one(data)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        found = number(raw)
        if self.least is not None and found < self.least:
            raise ValidationError(f"must be greater than {self.least - 1}")
        if found > self.most:
            raise ValidationError(f"must be less than or equal to {self.most}")
        return found


class IdsInput(serializers.ListField):
    """A set of numbers: an array, repeated names, or a comma list; blanks do not count."""

    child = serializers.IntegerField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)

    def run_validation(self, data: Any = None) -> list[int]:
        try:
            return list(dict.fromkeys(number(part) for part in _parts(data)))
        except ValidationError as error:
            raise ValidationError(INVALID) from error


class TagsInput(serializers.ListField):
    """Words: an array or a comma list; trimmed, each once, in their order."""

    child = serializers.CharField()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)

    def run_validation(self, data: Any = None) -> list[str]:
        return list(dict.fromkeys(text(part).strip() for part in _parts(data)))


def _parts(raw: Any) -> list[Any]:
    if raw is None:
        return []
    values = raw if isinstance(raw, list) else [raw]
    if isinstance(raw, Several) or not isinstance(raw, list):
        values = [part for value in values for part in (value.split(",") if isinstance(value, str) else [value])]
    return [value for value in values if not (isinstance(value, str) and not value.strip()) and value is not None]


class DateInput(serializers.DateField):
    """`YYYY-MM-DD`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)

    def run_validation(self, data: Any = None) -> date | None:
        return _read(data, lambda raw: datetime.strptime(raw, "%Y-%m-%d").date())  # noqa: DTZ007  a date has no zone


class TimeInput(serializers.TimeField):
    """`HH:MM:SS` or `HH:MM`, in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)

    def run_validation(self, data: Any = None) -> time | None:
        def read(raw: str) -> time:
            form = "%H:%M:%S" if raw.count(":") == 2 else "%H:%M"
            return datetime.strptime(raw, form).time()  # noqa: DTZ007  the plan adds the zone: UTC

        return _read(data, read)


class InstantInput(serializers.DateTimeField):
    """ISO 8601; without a zone it is UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)

    def run_validation(self, data: Any = None) -> datetime | None:
        return _read(data, instant)


class MinutesInput(NumberInput):
    """A length in minutes, at least one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(least=1, most=5_256_000, **kwargs)

    def run_validation(self, data: Any = None) -> Any:
        found = super().run_validation(data)
        return None if found is None else timedelta(minutes=found)


def _read(data: Any, reader: Any) -> Any:
    raw = one(data)
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    if not isinstance(raw, str):
        raise ValidationError(INVALID)
    try:
        return reader(raw.strip())
    except (ValueError, OverflowError) as error:
        raise ValidationError(INVALID) from error
