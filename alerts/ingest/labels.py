"""The labels of a new alert: its integration's own, and what templates read out of the payload."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from alerts.ingest.storable import storable_text
from alerts.models.labels import AlertLabel
from alerts.rendering import RenderingError, render

NO_VALUE = ("", "none")


def labels_of(
    fixed: Mapping[str, str], templates: Mapping[str, str], payload: Any, *, now: datetime
) -> dict[str, str] | None:
    """Return at most 15 labels by key; None where the integration has none at all.

    A template wins over a fixed label of the same key. A value that is empty, "none", too long or cannot be rendered
    drops its label (spec/oncall-runtime-api 2.7)."""
    if not fixed and not templates:
        return None
    found = dict(fixed)
    for key, template in templates.items():
        value = _rendered(template, payload, now)
        if value is None:
            found.pop(key, None)
        else:
            found[key] = value
    return dict(sorted(found.items())[: AlertLabel.MOST])


def _rendered(template: str, payload: Any, now: datetime) -> str | None:
    try:
        value = storable_text(render(template, {"payload": payload}, now=now)).strip()
    except RenderingError:
        return None
    return None if value.lower() in NO_VALUE or len(value) > AlertLabel.LENGTH else value
