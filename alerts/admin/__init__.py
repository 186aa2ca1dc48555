"""The console's pages for what happened."""

from __future__ import annotations

from alerts.admin import alerts, integrations, records, upkeep

__all__ = ["alerts", "integrations", "records", "upkeep"]
