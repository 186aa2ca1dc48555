"""Datadog: the default body of its webhooks, and the variables that people add to it in lower case.

The id of the default body is new for every event, so the key is $AGGREG_KEY or $ALERT_ID where they are sent, else
the title without its transition: `[Triggered] …` and `[Recovered] …` are one alert.
"""

from __future__ import annotations

from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.ingest.times import Times, epoch, mapping, said_at

PER_SECOND = 1000
TRANSITION = "{{ (payload is mapping and (payload.alert_transition or payload.transition or payload.title)) | string }}"

TEMPLATES = CHANNELS | {
    "grouping_key": (
        "{%- set title = payload is mapping and payload.title or '' -%}"
        "{%- if payload.aggreg_key or payload.alert_cycle_key %}{{ payload.aggreg_key or payload.alert_cycle_key }}"
        "{%- elif payload.alert_id %}{{ payload.alert_id }}:{{ payload.alert_scope or '' }}"
        "{%- elif title | regex_search('^\\\\[[^\\\\]]+\\\\]') %}"
        "{{- title | regex_replace('^(\\\\[[^\\\\]]*\\\\] *)+', '') or payload.id or '' }}"
        "{%- else %}{{ payload.id or '' }}{% endif -%}"
    ),
    "resolve_signal": (
        f"{{%- set says %}}{TRANSITION}{{% endset -%}}"
        "{{ says | regex_search('^(\\\\[[^\\\\]]*\\\\bRecovered\\\\b|Recovered)') }}"
    ),
    "source_link": "{{ payload.link or payload.url }}",
    "web_title": '{{ (payload is mapping and payload.title) or "Alert from Datadog" }}',
    "web_message": '{{ payload.body or payload.message or "" }}',
    "web_image_url": "{{ payload.snapshot }}",
}


def times(payload: Any) -> Times:
    """Return when the event happened, in milliseconds."""
    said = mapping(payload)
    words = str(said.get("alert_transition") or said.get("transition") or said.get("title"))
    return said_at(epoch(said.get("date"), per_second=PER_SECOND), ended="Recovered" in words.partition("]")[0])


TYPE = IntegrationType(slug="datadog", title="Datadog", default_name="Datadog", templates=TEMPLATES, times=times)
