"""Uptime Kuma: its webhook with heartbeat and monitor, and what its Grafana OnCall sender posts, which has no id."""

from __future__ import annotations

from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.ingest.times import Times, mapping, moment, said_at

UP = 1
TEMPLATES = CHANNELS | {
    # The sender for Grafana OnCall says "<name> is down" and "<name> is up": the name is the key.
    "grouping_key": (
        "{%- set monitor = payload.monitor or {} -%}"
        "{%- if monitor.id %}monitor-{{ monitor.id }}"
        "{%- elif payload is mapping and payload.title and payload.title | regex_search(' is (up|down)$') -%}"
        "{{ payload.title | regex_replace(' is (up|down)$', '') }}{%- endif -%}"
    ),
    "resolve_signal": '{{ (payload.heartbeat or {}).status == 1 or payload.state | string | upper == "OK" }}',
    "source_link": "{{ (payload.monitor or {}).url }}",
    "web_title": (
        "{%- set monitor, status = payload.monitor or {}, (payload.heartbeat or {}).status -%}"
        "{%- if monitor.name %}{{ monitor.name }}"
        "{{ {0: ' is down', 1: ' is up', 2: ' is pending', 3: ' is under maintenance'}.get(status, '') }}"
        '{%- else %}{{ (payload is mapping and payload.title) or payload.msg or "Alert from Uptime Kuma" }}{% endif -%}'
    ),
    "web_message": '{{ (payload.heartbeat or {}).msg or payload.message or payload.msg or "" }}',
}


def times(payload: Any) -> Times:
    """Return when the check was made."""
    beat = mapping(mapping(payload).get("heartbeat"))
    return said_at(moment(beat.get("time")), ended=beat.get("status") == UP)


TYPE = IntegrationType(
    slug="uptimekuma", title="Uptime Kuma", default_name="Uptime Kuma", templates=TEMPLATES, times=times
)
