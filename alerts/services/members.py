"""Formats that tell of the parts of an alert one by one: it ends when its last firing part has ended."""

from __future__ import annotations

from alerts.ingest import integration_type
from alerts.models import Alert

MOST = 2_000  # events looked at, the newest first


def some_fire(alert: Alert, type_slug: str) -> bool:
    """Tell whether a part of the alert still fires. False for formats that know no parts."""
    member = integration_type(type_slug).member
    if member is None:
        return False
    newest: dict[str, bool] = {}
    for payload, resolves in alert.events.order_by("-pk").values_list("payload", "resolves")[:MOST]:
        name = member(payload)
        if name is not None:
            newest.setdefault(name, not resolves)
    return any(newest.values())
