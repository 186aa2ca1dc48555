"""The kinds of values that the PagerTree API takes in: JSON's types are taken at their word."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts.api.fields import public_id
from alerts.models import Alert
from alerts.services.destinations import unknown_destinations
from alerts.services.stakeholders import unknown_stakeholders

DEEPEST = 20
MOST_ITEMS = 100
SEVERITIES = ("SEV-1", "SEV-2", "SEV-3", "SEV-4", "SEV-5", "SEV-UNKNOWN")
DATA_TYPES = ("text", "link", "img", "email", "email[]", "phone", "datetime")
STRINGS = {"type": "array", "items": {"type": "string"}}


class JsonField(serializers.Field):
    """A value of JSON. `null` is the field's default unless it may be null itself."""

    initial_value: Callable[[], Any] = str

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        if data is None and not self.required and not self.allow_null:
            return True, self.initial_value()
        return super().validate_empty_values(data)

    def refuse(self, text: str) -> Any:
        """Raise the field's error."""
        raise serializers.ValidationError(text)


@extend_schema_field(OpenApiTypes.STR)
class Text(JsonField):
    """A string, kept as it is sent."""

    def __init__(
        self, *, max_length: int | None = None, blank: bool = True, empty_is_null: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.max_length, self.blank, self.empty_is_null = max_length, blank, empty_is_null

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        if data is None and not self.allow_null:
            self.fail("null")
        return super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> str | None:
        if not isinstance(data, str):
            self.refuse("must be a string")
        if not self.blank and not data.strip():
            self.refuse("must not be blank")
        if self.max_length is not None and len(data) > self.max_length:
            self.refuse(f"must have at most {self.max_length} characters")
        if "\0" in data:
            self.refuse("must not contain a null character")
        return None if self.empty_is_null and not data else data


@extend_schema_field(OpenApiTypes.STR)
class Word(JsonField):
    """One of a few strings."""

    def __init__(self, words: Iterable[str], *, default_word: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = tuple(words)
        self.initial_value = lambda: default_word

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.words:
            self.refuse(f"must be one of {', '.join(self.words)}")
        return str(data)


@extend_schema_field(OpenApiTypes.BOOL)
class Flag(JsonField):
    """True or false, and nothing that merely looks like it."""

    initial_value: Callable[[], Any] = bool

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.refuse("must be true or false")
        return bool(data)


@extend_schema_field(OpenApiTypes.INT)
class WholeNumber(JsonField):
    """A whole number, and nothing that merely counts as one."""

    initial_value = int

    def __init__(self, *, least: int = -(2**53), most: int = 2**53, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least, self.most = least, most

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.refuse("must be a whole number")
        if not self.least <= data <= self.most:
            self.refuse(f"must be from {self.least} to {self.most}")
        return int(data)


class SwitchedOn(Flag):
    """True unless somebody says otherwise."""

    initial_value = staticmethod(lambda: True)


@extend_schema_field(OpenApiTypes.OBJECT)
class Meta(JsonField):
    """Free keys and values, of which those of an incident mean something (A11). `null` deletes a key."""

    initial_value = dict

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.refuse("must be an object")
        if problem := unstorable(data):
            self.refuse(problem)
        if not isinstance(data.get("incident"), bool | None):
            self.refuse("incident must be true or false")
        severity = data.get("incident_severity")
        if severity is None:
            return dict(data)
        word = severity.strip().upper() if isinstance(severity, str) else ""
        if word not in SEVERITIES:
            self.refuse(f"incident_severity must be one of {', '.join(SEVERITIES)}")
        return data | {"incident_severity": word}


@extend_schema_field(OpenApiTypes.STR)
class ParentId(JsonField):
    """Another alert."""

    def to_internal_value(self, data: Any) -> Alert:
        bare = public_id(data, "alt") if isinstance(data, str) else None
        found = bare and Alert.objects.filter(public_id=bare).first()
        return found or self.refuse(f"there is no alert '{data}'")


@extend_schema_field(STRINGS)
class Strings(JsonField):
    """An array of strings."""

    initial_value = list

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
            self.refuse("must be an array of strings")
        if len(data) > MOST_ITEMS:
            self.refuse(f"must have at most {MOST_ITEMS} items")
        if any("\0" in item for item in data):
            self.refuse("must not contain a null character")
        return self.check(list(data))

    def check(self, items: list[str]) -> list[str]:
        """Return what is kept of them."""
        return items


class Tags(Strings):
    """Trimmed, none blank, each once, in order."""

    def check(self, items: list[str]) -> list[str]:
        return list(dict.fromkeys(tag for item in items if (tag := item.strip())))


class Responses(Strings):
    """What a broadcast may be answered with."""

    def check(self, items: list[str]) -> list[str]:
        folded = [item.strip().casefold() for item in items]
        if "" in folded or len(set(folded)) < len(folded):
            self.refuse("must be different from each other and not blank")
        return items


class DestinationIds(Strings):
    """Who is asked: users, teams, schedules and routers that exist, each once (A7)."""

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        if data is None:
            self.fail("null")
        return super().validate_empty_values(data)

    def check(self, items: list[str]) -> list[str]:
        wanted = list(dict.fromkeys(items))
        if not wanted:
            self.refuse("must name at least one user, team, schedule or router")
        if unknown := unknown_destinations(wanted):
            self.refuse(f"there is no user, team, schedule or router '{unknown[0]}'")
        return wanted


class StakeholderIds(Strings):
    """Groups of people who want to know."""

    def check(self, items: list[str]) -> list[str]:
        wanted = list(dict.fromkeys(items))
        kept = getattr(getattr(self.parent, "instance", None), "stakeholders", [])  # also of groups that are gone
        if unknown := unknown_stakeholders(item for item in wanted if item not in kept):
            self.refuse(f"there is no stakeholder '{unknown[0]}'")
        return wanted


@extend_schema_field({"type": "array", "items": {"type": "object"}})
class AdditionalData(JsonField):
    """Rows of `{type, label, value}`; `format` is read as `type` (A5)."""

    initial_value = list

    def to_internal_value(self, data: Any) -> list[dict[str, str]]:
        if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
            self.refuse("must be an array of objects")
        if len(data) > MOST_ITEMS:
            self.refuse(f"must have at most {MOST_ITEMS} items")
        return [self._row(row) for row in data]

    def _row(self, row: dict[str, Any]) -> dict[str, str]:
        kept = {"type": row.get("type", row.get("format")), "label": row.get("label"), "value": row.get("value")}
        if kept["type"] not in DATA_TYPES:
            self.refuse(f"type must be one of {', '.join(DATA_TYPES)}")
        if not all(isinstance(item, str) for item in kept.values()):
            self.refuse("label and value must be strings")
        if any("\0" in str(item) for item in kept.values()):
            self.refuse("must not contain a null character")
        if kept["type"] in ("link", "img") and not _is_address(str(kept["value"])):
            self.refuse(f"the value of a {kept['type']} must be an http or https address")
        return {name: str(item) for name, item in kept.items()}


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def unstorable(value: Any, depth: int = DEEPEST) -> str:
    """Return why a value of JSON cannot be kept by every database; empty when it can."""
    if depth == 0:
        return f"must not be nested deeper than {DEEPEST} levels"
    match value:
        case str():
            return "must not contain a null character" if "\0" in value else ""
        case float():
            return "" if math.isfinite(value) else "must not contain an infinite number"
        case dict():
            inner = [*value, *value.values()]
        case list():
            inner = value
        case _:
            return ""
    return next((problem for item in inner if (problem := unstorable(item, depth - 1))), "")
