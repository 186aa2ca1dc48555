"""Kapacitor: the HTTP handler's alert data; the id names the alert, the level says how it stands."""

from __future__ import annotations

from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.ingest.times import Times, mapping, moment, said_at

TEMPLATES = CHANNELS | {
    "grouping_key": '{{ payload.id if payload.id is not none else "" }}',
    "resolve_signal": '{{ (payload.level | string).startswith("OK") }}',
    "web_title": '{{ payload.id or "Kapacitor alert" }}',
    "web_message": (
        '{{ payload.message or "" }}{% if payload.details %}\n\n{{ payload.details | striptags }}{% endif %}'
    ),
}


def times(payload: Any) -> Times:
    """Return when the level was reached."""
    said = mapping(payload)
    return said_at(moment(said.get("time")), ended=str(said.get("level")).startswith("OK"))


TYPE = IntegrationType(slug="kapacitor", title="Kapacitor", default_name="Kapacitor", templates=TEMPLATES, times=times)
