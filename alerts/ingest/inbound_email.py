"""Mail: the subject is the alert, and a mail that says nothing but OK ends it."""

from __future__ import annotations

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS

TEMPLATES = CHANNELS | {
    "grouping_key": '{{ payload.subject | default("", true) | string | upper }}',
    "resolve_signal": '{{ payload.message | string | upper == "OK" }}',
    "web_title": '{{ payload.subject or "Mail without a subject" }}',
    "web_message": '{{ payload.message or "" }}',
}

TYPE = IntegrationType(slug="inbound_email", title="Inbound email", default_name="Inbound email", templates=TEMPLATES)
