"""What happened, and how far we have got with it."""

from __future__ import annotations

from alerts.models.alert import Alert, Event
from alerts.models.escalation import Assignment, Escalation
from alerts.models.heartbeats import Heartbeat
from alerts.models.integrations import Integration, Route
from alerts.models.labels import AlertLabel
from alerts.models.limits import IngestWindow
from alerts.models.log import LogEntry, Source
from alerts.models.maintenance import Maintenance
from alerts.models.notes import ResolutionNote
from alerts.models.routers import Folding, Router, TeamRouter
from alerts.models.stakeholders import Stakeholder

__all__ = [
    "Alert",
    "AlertLabel",
    "Assignment",
    "Escalation",
    "Event",
    "Folding",
    "Heartbeat",
    "IngestWindow",
    "Integration",
    "LogEntry",
    "Maintenance",
    "ResolutionNote",
    "Route",
    "Router",
    "Source",
    "Stakeholder",
    "TeamRouter",
]
