"""Read what monitors send."""

from __future__ import annotations

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.labels import labels_of
from alerts.ingest.reading import dedup_digest, prepare, read, split, template_text
from alerts.ingest.registry import TYPES, integration_type
from alerts.ingest.signal import Signal

__all__ = [
    "TYPES",
    "IntegrationType",
    "Signal",
    "dedup_digest",
    "integration_type",
    "labels_of",
    "prepare",
    "read",
    "split",
    "template_text",
]
