"""PagerDuty: its webhooks of version 3, and what senders post to its Events API of version 2."""

from __future__ import annotations

from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.ingest.times import Times, mapping, moment, said_at

PARTS = (
    "{%- set event, sent = payload.event or {}, payload.payload or {} -%}"
    "{%- set about = event.data or {} -%}"
    "{%- set incident = about.incident or about -%}"  # a note or a status update names its incident
)
RESOLVED = ("incident.resolved", "resolve")

TEMPLATES = CHANNELS | {
    "grouping_key": f'{PARTS}{{{{ incident.id or payload.dedup_key or "" }}}}',
    "resolve_signal": (
        '{{ (payload.event or {}).event_type == "incident.resolved" or payload.event_action == "resolve" }}'
    ),
    "acknowledge_signal": (
        '{{ (payload.event or {}).event_type == "incident.acknowledged" or payload.event_action == "acknowledge" }}'
    ),
    "source_link": (
        f"{PARTS}{{{{ incident.html_url or payload.client_url or ((payload.links or [{{}}])[0] or {{}}).href }}}}"
    ),
    "web_title": f'{PARTS}{{{{ incident.title or incident.summary or sent.summary or "Alert from PagerDuty" }}}}',
    "web_message": (
        f"{PARTS}"
        "{%- for name, value in {'event': event.event_type, 'status': incident.status, 'urgency': incident.urgency,"
        " 'service': (incident.service or {}).summary, 'source': sent.source, 'severity': sent.severity,"
        " 'component': sent.component, 'group': sent.group, 'note': about.content}.items() if value -%}"
        "- {{ name }}: {{ value }}\n"
        "{%- endfor -%}"
        "{%- if sent.custom_details %}```\n{{ sent.custom_details | tojson_pretty }}\n```{% endif -%}"
    ),
    "web_image_url": "{{ ((payload.images or [{}])[0] or {}).src }}",
}


def times(payload: Any) -> Times:
    """Return when the incident moved, or when the sender says that it happened."""
    said = mapping(payload)
    event, sent = mapping(said.get("event")), mapping(said.get("payload"))
    ended = event.get("event_type") == RESOLVED[0] or said.get("event_action") == RESOLVED[1]
    return said_at(moment(event.get("occurred_at") or sent.get("timestamp")), ended=ended)


TYPE = IntegrationType(slug="pagerduty", title="PagerDuty", default_name="PagerDuty", templates=TEMPLATES, times=times)
