"""Healthchecks: a webhook whose body is `$JSON`, or names of its own choice filled from $CODE, $NAME, $STATUS."""

from __future__ import annotations

from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.ingest.times import Times, mapping, moment, said_at

MESSAGE = """\
{{ payload.desc or payload.message or "" }}
{%- if payload.tags %}
- tags: {{ payload.tags }}
{%- endif %}
{%- if payload.last_ping %}
- last ping: {{ payload.last_ping }}
{%- endif %}
{%- if payload.n_pings is defined %}
- pings: {{ payload.n_pings }}
{%- endif %}"""

TEMPLATES = CHANNELS | {
    "grouping_key": (
        '{{ payload.code or payload.uuid or payload.unique_key or payload.ping_url or payload.name or "" }}'
    ),
    "resolve_signal": '{{ payload.status | string | lower == "up" }}',
    "source_link": "{{ payload.url or payload.update_url }}",
    "web_title": '{{ payload.name or payload.slug or "A check" }} is {{ payload.status or "down" }}',
    "web_message": MESSAGE,
}


def times(payload: Any) -> Times:
    """Return when the status was sent, where the body says it (`$NOW`)."""
    said = mapping(payload)
    return said_at(moment(said.get("now")), ended=str(said.get("status")).lower() == "up")


TYPE = IntegrationType(
    slug="healthchecks", title="Healthchecks", default_name="Healthchecks", templates=TEMPLATES, times=times
)
