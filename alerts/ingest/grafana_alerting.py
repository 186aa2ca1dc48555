"""Grafana Alerting: Alertmanager's wire, with pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from alerts.ingest import alertmanager


def image_url(payload: Any) -> str | None:
    """Do what the default template for the picture says."""
    alerts = payload.get("alerts") if isinstance(payload, dict) else None
    if not isinstance(alerts, list) or not alerts or not isinstance(alerts[0], dict):
        return None
    link = alerts[0].get("imageURL", "")
    return link if isinstance(link, str) else None


TYPE = replace(
    alertmanager.TYPE,
    slug="grafana_alerting",
    title="Grafana Alerting",
    default_name="Grafana Alerting",
    has_heartbeat=False,
    templates=alertmanager.TEMPLATES | {"web_image_url": "{{ payload.alerts[0].imageURL }}"},
    native={**alertmanager.TYPE.native, "web_image_url": image_url},
)
