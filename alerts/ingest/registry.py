"""Every kind of integration there is."""

from __future__ import annotations

from alerts.ingest import alertmanager, formatted_webhook, grafana_alerting, webhook
from alerts.ingest.integration_type import IntegrationType
from base.errors import Invalid

TYPES: dict[str, IntegrationType] = {
    known.slug: known for known in (alertmanager.TYPE, grafana_alerting.TYPE, webhook.TYPE, formatted_webhook.TYPE)
}


def integration_type(slug: str) -> IntegrationType:
    """Return a kind of integration; raises Invalid, in the words of the wire, if there is none."""
    try:
        return TYPES[slug]
    except KeyError:
        raise Invalid("Invalid integration type", field="type") from None
