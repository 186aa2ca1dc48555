"""New Relic: the default bodies of workflows, and of the notification channels before them."""

from __future__ import annotations

from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.ingest.times import Times, epoch, mapping, said_at

PER_SECOND = 1000

TEMPLATES = CHANNELS | {
    "grouping_key": '{{ payload.incident_id or payload.issueId or payload.id or "" }}',
    "resolve_signal": '{{ (payload.current_state or payload.state) | string | upper == "CLOSED" }}',
    "acknowledge_signal": (
        '{{ (payload.current_state or payload.trigger or payload.state) | string | upper == "ACKNOWLEDGED" }}'
    ),
    "source_link": "{{ payload.incident_url or payload.issueUrl or payload.issuePageUrl }}",
    "web_title": (
        "{%- set title = payload is mapping and payload.title -%}"
        '{{ (title if title is string else "") or payload.condition_name or "Alert from New Relic" }}'
    ),
    "web_message": (
        "{{ payload.details or '' }}"
        "{%- for name, value in {'priority': payload.priority or payload.severity, 'policy': payload.policy_name or"
        " payload.alertPolicyNames | default([], true) | join(', '), 'condition': payload.condition_name or"
        " payload.alertConditionNames | default([], true) | join(', '),"
        " 'entities': payload.impactedEntities | default([], true) | join(', ')}.items() if value %}\n"
        "- {{ name }}: {{ value }}{%- endfor %}"
    ),
}


def times(payload: Any) -> Times:
    """Return when the issue changed, in milliseconds."""
    said = mapping(payload)
    ended = str(said.get("current_state") or said.get("state")).upper() == "CLOSED"
    at = said.get("timestamp") or (said.get("updatedAt") if ended else said.get("createdAt"))
    return said_at(epoch(at, per_second=PER_SECOND), ended=ended)


TYPE = IntegrationType(slug="newrelic", title="New Relic", default_name="New Relic", templates=TEMPLATES, times=times)
