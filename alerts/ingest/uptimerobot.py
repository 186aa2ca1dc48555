"""UptimeRobot: the values of its web-hook contact, sent as JSON or as a form (1 down, 2 up, 3 certificate)."""

from __future__ import annotations

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS

TEMPLATES = CHANNELS | {
    "grouping_key": '{{ payload.monitorURL or payload.monitorID or "" }}',
    "resolve_signal": '{{ payload.alertType | string == "2" }}',
    "source_link": "{{ payload.monitorURL }}",
    "web_title": (
        '{{ payload.monitorFriendlyName or payload.monitorURL or "A monitor" }}: '
        '{{ payload.alertTypeFriendlyName or "Down" }}'
    ),
    "web_message": (
        '{{ payload.alertDetails or "" }}'
        "{%- if payload.alertDuration %}\n- duration: {{ payload.alertDuration }} s{% endif %}"
        "{%- if payload.sslExpiryDaysLeft %}\n- certificate: {{ payload.sslExpiryDaysLeft }} days left, "
        "until {{ payload.sslExpiryDate }}{% endif %}"
    ),
}

TYPE = IntegrationType(slug="uptimerobot", title="UptimeRobot", default_name="UptimeRobot", templates=TEMPLATES)
