"""ServiceNow: a business rule that posts the incident's fields; states go by name or by number (6, 7, 8 are over)."""

from __future__ import annotations

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS

PARTS = (
    "{%- set incident = payload.incident or payload.result or payload -%}"
    "{%- set state = (incident.incident_state or incident.state) | string | lower -%}"
)

TEMPLATES = CHANNELS | {
    "grouping_key": f'{PARTS}{{{{ incident.sys_id or incident.number or "" }}}}',
    "resolve_signal": f'{PARTS}{{{{ state in ["6", "7", "8", "resolved", "closed", "canceled", "cancelled"] }}}}',
    "acknowledge_signal": f'{PARTS}{{{{ state in ["2", "in progress"] }}}}',
    "source_link": f"{PARTS}{{{{ incident.link or incident.url }}}}",
    "web_title": (
        f'{PARTS}{{{{ incident.number or "ServiceNow" }}}}: '
        '{{ incident.short_description or "incident without a description" }}'
    ),
    "web_message": f"{PARTS}{{{{ incident.description or '' }}}}",
}

TYPE = IntegrationType(slug="servicenow", title="ServiceNow", default_name="ServiceNow", templates=TEMPLATES)
