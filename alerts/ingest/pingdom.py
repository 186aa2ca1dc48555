"""Pingdom: the webhook of its checks; a transaction check says SUCCESS and FAILING where others say UP and DOWN."""

from __future__ import annotations

from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.ingest.times import Times, epoch, mapping, said_at

WELL = ("UP", "SUCCESS")

TEMPLATES = CHANNELS | {
    "grouping_key": '{{ payload.check_id or "" }}',
    "resolve_signal": f"{{{{ payload.current_state | string | upper in {list(WELL)} }}}}",
    "source_link": "{{ (payload.check_params or {}).full_url }}",
    "web_title": '{{ payload.check_name or "A check" }} is {{ payload.current_state or "DOWN" }}',
    "web_message": (
        '{{ payload.long_description or payload.description or "" }}'
        "{%- for name, value in {'host': (payload.check_params or {}).hostname, 'was': payload.previous_state,"
        " 'importance': payload.importance_level, 'probe': (payload.first_probe or {}).location}.items() if value %}\n"
        "- {{ name }}: {{ value }}{%- endfor %}"
    ),
}


def times(payload: Any) -> Times:
    """Return when the state changed."""
    said = mapping(payload)
    return said_at(epoch(said.get("state_changed_timestamp")), ended=str(said.get("current_state")).upper() in WELL)


TYPE = IntegrationType(slug="pingdom", title="Pingdom", default_name="Pingdom", templates=TEMPLATES, times=times)
