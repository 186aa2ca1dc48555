"""JSON in our own words: alert_uid, title, image_url, state, link_to_upstream_details, message; each may be missing."""

from __future__ import annotations

from functools import partial
from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.ingest.webhook import resolve_signal, text_of

NO_TITLE = "Alert without a title"
TEMPLATES = CHANNELS | {
    "grouping_key": '{{ payload.alert_uid if payload.alert_uid is not none else "" }}',
    "resolve_signal": '{{ payload.state | string | upper == "OK" }}',
    "source_link": "{{ payload.link_to_upstream_details }}",
    "web_title": f'{{{{ (payload is mapping and payload.title) or "{NO_TITLE}" }}}}',
    "web_message": '{{ payload.message or "" }}',
    "web_image_url": "{{ payload.image_url }}",
}


def title(payload: Any) -> str | None:
    """Do what TEMPLATES["web_title"] says."""
    text = text_of(payload, "title")
    return None if text is None else text or NO_TITLE


TYPE = IntegrationType(
    slug="formatted_webhook",
    title="Formatted webhook",
    default_name="Formatted webhook",
    templates=TEMPLATES,
    has_heartbeat=True,
    native={
        "grouping_key": partial(text_of, name="alert_uid"),
        "resolve_signal": resolve_signal,
        "source_link": partial(text_of, name="link_to_upstream_details"),
        "web_title": title,
        "web_message": partial(text_of, name="message"),
        "web_image_url": partial(text_of, name="image_url"),
    },
)
