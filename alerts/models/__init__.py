"""What happened, and how far we have got with it."""

from __future__ import annotations

from alerts.models.alert import Alert, Event
from alerts.models.escalation import Assignment, Escalation
from alerts.models.integrations import Integration, Route
from alerts.models.labels import AlertLabel
from alerts.models.log import LogEntry, Source
from alerts.models.notes import ResolutionNote

__all__ = [
    "Alert",
    "AlertLabel",
    "Assignment",
    "Escalation",
    "Event",
    "Integration",
    "LogEntry",
    "ResolutionNote",
    "Route",
    "Source",
]
