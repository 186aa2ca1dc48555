"""A request's body, taken in whole or not at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from alerts import ingest
from alerts.models import Integration
from alerts.services.receive import Received, receive


def receive_all(integration: Integration, body: Any, *, now: datetime) -> list[Received]:
    """Receive every alert that a body carries, at least one, in one transaction. Raises as `receive` does."""
    parts = ingest.split(integration.type, body)
    if len(parts) == 1:
        return [receive(integration, parts[0], now=now)]
    with transaction.atomic():
        return [receive(integration, part, now=now) for part in parts]
