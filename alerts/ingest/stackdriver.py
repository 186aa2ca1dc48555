"""Google Cloud Monitoring, once Stackdriver: the webhook of its alerting policies."""

from __future__ import annotations

from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.ingest.times import Times, epoch, mapping

TEMPLATES = CHANNELS | {
    "grouping_key": '{{ (payload.incident or {}).incident_id or "" }}',
    "resolve_signal": '{{ (payload.incident or {}).state == "closed" }}',
    "source_link": "{{ (payload.incident or {}).url }}",
    "web_title": (
        "{%- set incident = payload.incident or {} -%}"
        '{{ incident.policy_name or incident.condition_name or "Alert from Google Cloud" }}'
        "{%- if incident.resource_display_name %} ({{ incident.resource_display_name }}){% endif -%}"
    ),
    "web_message": (
        "{%- set incident = payload.incident or {} -%}"
        "{{ incident.summary or '' }}"
        "{%- set text = (incident.documentation or {}).content %}{% if text %}\n\n{{ text }}{% endif %}"
        "{%- for name, value in {'condition': incident.condition_name, 'resource': incident.resource_display_name or"
        " incident.resource_name, 'project': incident.scoping_project_id}.items() if value %}\n"
        "- {{ name }}: {{ value }}{%- endfor %}"
    ),
}


def times(payload: Any) -> Times:
    """Return when the incident began and ended."""
    incident = mapping(mapping(payload).get("incident"))
    return epoch(incident.get("started_at")), epoch(incident.get("ended_at"))


TYPE = IntegrationType(
    slug="stackdriver", title="Google Cloud Monitoring", default_name="Google Cloud", templates=TEMPLATES, times=times
)
