"""Any JSON at all: the body is the alert, and the same body is the same alert, whatever state it reports."""

from __future__ import annotations

from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.rendering.filters import canonical_json, tojson_pretty

# What says how the thing is, and not which thing it is: left out of the key, so that a resolve finds its firing.
STATE_KEYS = ("state", "status", "current_state", "previous_state")

TEMPLATES = CHANNELS | {
    "grouping_key": (
        "{% if payload is mapping and payload.is_oncall_heartbeat is true %}{{ payload.alert_uid }}"
        f"{{% else %}}{{{{ payload | canonical_json({list(STATE_KEYS)}) }}}}{{% endif %}}"
    ),
    "resolve_signal": '{{ payload.state | string | upper == "OK" }}',
    "source_link": "{{ payload.url }}",
    "web_title": "Incident",
    "web_message": "```\n{{ payload | tojson_pretty }}\n```",
}


def grouping_key(payload: Any) -> str | None:
    """Do what TEMPLATES["grouping_key"] says."""
    if isinstance(payload, dict) and payload.get("is_oncall_heartbeat") is True:
        return None
    return canonical_json(payload, STATE_KEYS)


def resolve_signal(payload: Any) -> str | None:
    """Do what TEMPLATES["resolve_signal"] says."""
    state = payload.get("state", "") if isinstance(payload, dict) else None
    return str(state.upper() == "OK") if isinstance(state, str) else None


def source_link(payload: Any) -> str | None:
    """Do what TEMPLATES["source_link"] says."""
    return text_of(payload, "url")


def title(_payload: Any) -> str:
    """Do what TEMPLATES["web_title"] says."""
    return "Incident"


def message(payload: Any) -> str:
    """Do what TEMPLATES["web_message"] says."""
    return f"```\n{tojson_pretty(payload)}\n```"


def text_of(payload: Any, name: str) -> str | None:
    """Return a text of the payload, empty when it has none, None when it is of another kind."""
    value = payload.get(name, "") if isinstance(payload, dict) else None
    return value if isinstance(value, str) else None


TYPE = IntegrationType(
    slug="webhook",
    title="Webhook",
    default_name="Webhook",
    templates=TEMPLATES,
    has_heartbeat=True,
    native={
        "grouping_key": grouping_key,
        "resolve_signal": resolve_signal,
        "source_link": source_link,
        "web_title": title,
        "web_message": message,
    },
)
