"""Take in what is posted to an integration's PagerTree address (spec/pagertree B1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from alerts import ingest
from alerts.ingest import pagertree
from alerts.ingest.storable import storable
from alerts.models import Alert, Integration
from alerts.services import limits
from alerts.services.receive import receive, take


def take_in(integration: Integration, payload: Any, *, now: datetime) -> Alert | None:
    """Let a payload open, join, acknowledge or resolve an alert; None when it had no effect.

    What does not speak that format is read as the integration's own type says. Accepted means stored: it returns
    after the commit. Raises Invalid and Backlogged as `receive` does."""
    wanted = pagertree.event_type(payload)
    if wanted is None:
        return receive(integration, payload, now=now).alert
    payload = storable(payload)
    capture = integration.options.get("capture_additional_data") is True
    said = pagertree.signal(payload, name=integration.name, capture=capture)
    if wanted != pagertree.CREATE and not (said.resolves or said.acknowledges):
        return None
    if wanted != pagertree.CREATE and not _is_active(integration, said.dedup_key or ""):
        return None
    over = limits.is_over(integration, now=now)
    return take(integration, payload, said, now=now, over_limit=over).alert


def _is_active(integration: Integration, key: str) -> bool:
    return Alert.objects.filter(open_key=f"{integration.pk}:{ingest.dedup_digest(key)}").exists()
