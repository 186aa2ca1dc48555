"""Labels as clients of the OnCall API write them: `[{"key": {"name": …}, "value": {"name": …}}]`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts.api.grafana.group_rows import label
from alerts.models import AlertLabel
from alerts.rendering import check_syntax

NAME = {"type": "object", "required": ["name"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
SCHEMA = {
    "type": "array",
    "items": {"type": "object", "required": ["key", "value"], "properties": {"key": NAME, "value": NAME}},
}


@extend_schema_field(SCHEMA)
class LabelsField(serializers.Field):
    """A dict of labels, as a list of pairs; with `templates` the values are templates."""

    default_error_messages = {
        "not_a_list": 'Expected a list of items but got type "{input_type}".',
        "pair": "Expected items like {{'key': {{'name': '…'}}, 'value': {{'name': '…'}}}}.",
        "long": "Ensure that no name has more than {limit} characters.",
        "many": "Ensure this field has no more than {limit} elements.",
    }
    TEMPLATE_LENGTH = 10_000

    def __init__(self, *, templates: bool = False, **kwargs: Any) -> None:
        self.templates = templates
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if len(data) > AlertLabel.MOST:
            self.fail("many", limit=AlertLabel.MOST)
        return dict(self._pair(item) for item in data)

    def _pair(self, item: Any) -> tuple[str, str]:
        key, value = (_name(item, part) for part in ("key", "value"))
        if not key or not value:
            self.fail("pair")
        limit = self.TEMPLATE_LENGTH if self.templates else AlertLabel.LENGTH
        if len(key) > AlertLabel.LENGTH or len(value) > limit:
            self.fail("long", limit=limit)
        if self.templates and (reason := check_syntax(value)):
            raise serializers.ValidationError(reason)
        return key, value

    def to_representation(self, value: dict[str, str]) -> list[dict[str, Any]]:
        return [label(key, text) for key, text in sorted(value.items())]


def _name(item: Any, part: str) -> str | None:
    found = item.get(part) if isinstance(item, dict) else None
    name = found.get("name") if isinstance(found, dict) else None
    return name if isinstance(name, str) and "\x00" not in name else None
