"""What monitors post to an integration's PagerTree address: an event type and an alert in plain words (B1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from alerts.ingest.signal import Signal
from alerts.models.integrations import Urgency

CREATE, ACKNOWLEDGE, RESOLVE = "create", "acknowledge", "resolve"
KNOWN = ("event_type", "id", "title", "description", "urgency", "tags", "meta", "dedup_keys")
SEVERITIES = ("SEV-1", "SEV-2", "SEV-3", "SEV-4", "SEV-5", "SEV-UNKNOWN")
MOST_ROWS = 100


def event_type(payload: Any) -> str | None:
    """Return what a payload wants, in lower case; None where it does not speak this format."""
    if not isinstance(payload, Mapping):
        return None
    found = _folded(payload).get("event_type")
    return found.strip().lower() if isinstance(found, str) else None


def signal(payload: Mapping[str, Any], *, name: str, capture: bool) -> Signal:
    """Return what a payload says. `capture`: what it says besides becomes rows of additional data."""
    said = _folded(payload)
    kind = event_type(payload)
    key = said.get("id")
    urgency = str(said.get("urgency") or "").strip().lower()
    more: dict[str, Any] = {"meta": _meta(said.get("meta")), "tags": _tags(said.get("tags"))}
    if capture:
        more["additional_data"] = _rows({key: value for key, value in payload.items() if key.lower() not in KNOWN})
    return Signal(
        dedup_key=str(uuid4()) if key in (None, "") else _text(key),
        title=_text(said.get("title")).strip() or f"Alert from {name}",
        message=_text(said.get("description")),
        image_url=None,
        source_url=None,
        resolves=kind == RESOLVE,
        acknowledges=kind == ACKNOWLEDGE,
        started_at=None,
        ended_at=None,
        urgency=urgency if urgency in Urgency.values else None,
        more=more,
    )


def _folded(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in payload.items()}


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else str(value)


def _tags(value: Any) -> list[str]:
    items = value if isinstance(value, list) else []
    return list(dict.fromkeys(tag.strip() for tag in items if isinstance(tag, str) and tag.strip()))


def _meta(value: Any) -> dict[str, Any]:
    """Return the free keys; what an incident is said to be must make sense (A11), or it is left out."""
    if not isinstance(value, Mapping):
        return {}
    meta = dict(value)
    if not isinstance(meta.get("incident", False), bool):
        meta.pop("incident")
    if "incident_severity" in meta:
        severity = str(meta["incident_severity"]).strip().upper()
        meta["incident_severity"] = severity
        if severity not in SEVERITIES:
            meta.pop("incident_severity")
    return meta


def _rows(said: Mapping[str, Any]) -> list[dict[str, str]]:
    rows = [{"type": "text", "label": str(key), "value": _text(value)} for key, value in said.items()]
    return rows[:MOST_ROWS]
