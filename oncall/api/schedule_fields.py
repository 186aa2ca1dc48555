"""How the OnCall API spells the parts of a schedule."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from oncall.api.fields import public_id
from oncall.models import OnCallShift


@extend_schema_field({"type": "array", "items": {"type": "string"}, "nullable": True})
class ShiftListField(serializers.Field):
    """The shifts of a schedule; null is the empty list. Unknown ids are refused by name."""

    default_error_messages = {
        "not_a_list": 'Expected a list of items but got type "{input_type}".',
        "unknown": "On-call shift does not exist {{{ids}}}",
        "long": "Ensure this field has no more than {limit} elements.",
    }
    LIMIT = 500

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, []) if data is None else super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> list[OnCallShift]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if len(data) > self.LIMIT:
            self.fail("long", limit=self.LIMIT)
        bare = [public_id(value, "O") for value in data]
        rows = OnCallShift.objects.filter(public_id__in=[each for each in bare if each])
        found = {shift.public_id: shift for shift in rows}
        unknown = dict.fromkeys(str(value) for value, each in zip(data, bare, strict=True) if each not in found)
        if unknown:
            self.fail("unknown", ids=", ".join(repr(value) for value in unknown))
        return list(found.values())

    def to_representation(self, value: Any) -> Any:
        return value


class FeedUrlField(serializers.CharField):
    """The address of an iCal calendar; where null is allowed, the empty text is null too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=500, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(None if data == "" and self.allow_null else data)

    def to_internal_value(self, data: Any) -> str:
        text: str = super().to_internal_value(data)
        try:
            parts = urlsplit(text)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            usable = False
        if not usable or not text.isprintable() or " " in text:
            raise serializers.ValidationError("Enter a valid URL.")
        return text
