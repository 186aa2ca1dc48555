"""Sentry: webhooks of an internal integration (issues, errors, issue alerts, metric alerts), and the old plugin's."""

from __future__ import annotations

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS

PARTS = (
    "{%- set said = payload.data or {} -%}"
    "{%- set issue, metric = said.issue or {}, said.metric_alert or {} -%}"
    "{%- set event = said.event or said.error or payload.event or {} -%}"
)

TEMPLATES = CHANNELS | {
    # An issue and a metric alert are numbered apart.
    "grouping_key": (
        f"{PARTS}{{%- if metric.id %}}metric-alert-{{{{ metric.id }}}}{{% else %}}"
        '{{ issue.id or event.issue_id or payload.id or "" }}{% endif -%}'
    ),
    "resolve_signal": '{{ payload.action == "resolved" }}',
    "source_link": f"{PARTS}{{{{ said.web_url or issue.web_url or event.web_url or issue.permalink or payload.url }}}}",
    "web_title": (
        f"{PARTS}{{{{ said.description_title or issue.title or event.title or metric.title or payload.message "
        'or payload.culprit or "Alert from Sentry" }}'
    ),
    "web_message": (
        f"{PARTS}{{{{ said.description_text or event.message or (issue.metadata or {{}}).value or payload.message "
        'or "" }}'
        "{%- for name, value in {'project': payload.project_name or (issue.project or {}).name or payload.project,"
        " 'rule': said.triggered_rule, 'culprit': issue.culprit or event.culprit or payload.culprit,"
        " 'level': issue.level or event.level or payload.level}.items() if value %}\n- {{ name }}: {{ value }}"
        "{%- endfor %}"
    ),
}

TYPE = IntegrationType(slug="sentry", title="Sentry", default_name="Sentry", templates=TEMPLATES)
