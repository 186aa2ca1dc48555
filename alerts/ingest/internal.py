"""What the product says to itself: people who page each other, and maintenance. No monitor can post to these."""

from __future__ import annotations

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS

DIRECT_PAGING = IntegrationType(
    slug="direct_paging",
    title="Direct paging",
    default_name="Direct paging",
    is_internal=True,
    templates=CHANNELS
    | {
        "grouping_key": "{{ payload | canonical_json }}",  # has a uid in it: no two pages are one
        "source_link": "{{ (payload.oncall or {}).permalink }}",
        "web_title": '{{ (payload.oncall or {}).title or "Direct page" }}',
        "web_message": '{{ (payload.oncall or {}).message or "" }}',
    },
)
MAINTENANCE = IntegrationType(
    slug="maintenance",
    title="Maintenance",
    default_name="Maintenance",
    is_internal=True,
    templates=CHANNELS
    | {
        "web_title": '{{ (payload is mapping and payload.title) or "Maintenance" }}',
        "web_message": '{{ payload.message or "" }}',
    },
)
