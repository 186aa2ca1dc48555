"""The templates of an integration: by flat name (`web_title`), and as on the wire (`{"web": {"title": …}}`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alerts.rendering import check_syntax
from base.errors import Invalid

SINGLE = ("grouping_key", "resolve_signal", "acknowledge_signal", "source_link")
GROUPED: dict[str, tuple[str, ...]] = {
    "slack": ("title", "message", "image_url"),
    "web": ("title", "message", "image_url"),
    "telegram": ("title", "message", "image_url"),
    "sms": ("title",),
    "phone_call": ("title",),
    "email": ("title", "message"),
    "mobile_app": ("title", "message"),
}
TEMPLATE_KEYS = (*SINGLE, *(f"{group}_{part}" for group, parts in GROUPED.items() for part in parts))

# The channels say what the web says, each in its own room; they are rendered with the wider context of spec 3.1.
CHANNELS: dict[str, str] = {
    "slack_title": (
        "*{% if grafana_oncall_link %}<{{ grafana_oncall_link }}|{{ web_title }}>{% else %}{{ web_title }}{% endif %}*"
        "{% if integration_name %} via {{ integration_name }}{% endif %}"
    ),
    "slack_message": "{{ web_message }}",
    "slack_image_url": "{{ web_image_url or '' }}",
    "telegram_title": "{{ web_title }}{% if integration_name %} via {{ integration_name }}{% endif %}",
    "telegram_message": "{{ web_message }}",
    "telegram_image_url": "{{ web_image_url or '' }}",
    "sms_title": "{{ web_title }}",
    "phone_call_title": "{{ web_title }}",
    "email_title": "{{ web_title }}",
    "email_message": "{{ web_message }}",
    "mobile_app_title": "{{ web_title }}",
    "mobile_app_message": "{{ web_message }}",
}


def flatten(wire: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the templates that a request names, None for those to be reset to the default.

    Raises Invalid, in the words of the wire, for unknown names and broken syntax (spec/oncall-runtime-api 2.1).
    """
    flat: dict[str, str | None] = {}
    for name, value in wire.items():
        if name in SINGLE:
            flat[name] = _checked(value, f"Invalid {name} template data")
        elif name in GROUPED and (value is None or isinstance(value, Mapping)):
            parts = dict.fromkeys(GROUPED[name]) if value is None else value
            flat |= {f"{name}_{part}": _part(name, part, text) for part, text in parts.items()}
        else:
            raise Invalid("Invalid template data", field="templates")
    return flat


def nest(flat: Mapping[str, str | None]) -> dict[str, Any]:
    """Return templates in the shape of the wire, all of them, None where the default applies."""
    wire: dict[str, Any] = {name: flat.get(name) for name in SINGLE}
    for group, parts in GROUPED.items():
        wire[group] = {part: flat.get(f"{group}_{part}") for part in parts}
    return wire


def _part(group: str, part: str, text: Any) -> str | None:
    if part not in GROUPED[group]:
        raise Invalid("Invalid template data", field="templates")
    return _checked(text, f"invalid {group} {part} template")


def _checked(text: Any, complaint: str) -> str | None:
    if text is None:
        return None
    if not isinstance(text, str) or check_syntax(text):
        raise Invalid(complaint, field="templates")
    return text
