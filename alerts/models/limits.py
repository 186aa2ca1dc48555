"""How much an integration has sent lately, where that is limited."""

from __future__ import annotations

from django.db import models

from alerts.models.integrations import Integration


class IngestWindow(models.Model):
    """The five minutes in which an integration's events are being counted."""

    integration = models.OneToOneField(Integration, models.CASCADE, primary_key=True, related_name="ingest_window")
    began_at = models.DateTimeField()
    received = models.PositiveIntegerField(default=0)
    coalesced = models.PositiveIntegerField(default=0)  # counted on their alert and not kept
