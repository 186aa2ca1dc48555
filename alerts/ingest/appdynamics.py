"""AppDynamics: an HTTP request action with the event's type, application, node and link (POLICY_CLOSE and its kind)."""

from __future__ import annotations

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS

PARTS = (
    "{%- set event = payload.event or payload -%}"
    "{%- set app, node = event.application or event.app or {}, event.node or {} -%}"
    "{%- set app_name = (app.name if app is mapping else app) or '' -%}"
    "{%- set node_name = (node.name if node is mapping else node) or '' -%}"
)

TEMPLATES = CHANNELS | {
    "grouping_key": f"{PARTS}{{% if app_name or node_name %}}{{{{ app_name }}}}/{{{{ node_name }}}}{{% endif %}}",
    "resolve_signal": (
        f"{PARTS}{{{{ (event.eventType | string).startswith('POLICY_CLOSE') "
        "or (event.eventType | string).startswith('POLICY_CANCEL') }}"
    ),
    "source_link": f"{PARTS}{{{{ event.deepLink or event.link }}}}",
    "web_title": (
        f"{PARTS}{{{{ event.displayName or event.summary or event.summaryMessage or event.eventType "
        "or 'Alert from AppDynamics' }}"
    ),
    "web_message": (
        f"{PARTS}{{{{ event.summaryMessage or event.eventMessage or '' }}}}"
        "{%- for name, value in {'application': app_name, 'node': node_name, 'severity': event.severity}.items()"
        " if value %}\n- {{ name }}: {{ value }}{%- endfor %}"
    ),
}

TYPE = IntegrationType(slug="appdynamics", title="AppDynamics", default_name="AppDynamics", templates=TEMPLATES)
