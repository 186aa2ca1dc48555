"""ElastAlert: the HTTP POST alerter of a rule, with `alert_uid` and `state` among its static values."""

from __future__ import annotations

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS

TEMPLATES = CHANNELS | {
    "grouping_key": '{{ payload.alert_uid if payload.alert_uid is not none else "" }}',
    "resolve_signal": '{{ payload.state | string | upper == "OK" }}',
    "web_title": '{{ (payload is mapping and payload.title) or "Incident" }}',
    "web_message": '{{ payload.message or "```\\n" ~ (payload | tojson_pretty) ~ "\\n```" }}',
}

TYPE = IntegrationType(
    slug="elastalert", title="ElastAlert", default_name="ElastAlert", templates=TEMPLATES, has_heartbeat=True
)
