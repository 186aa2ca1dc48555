"""What happened, and how far we have got with it."""

from __future__ import annotations

from alerts.models.alert import Alert, Event
from alerts.models.escalation import Assignment, Escalation
from alerts.models.integrations import Integration, Route
from alerts.models.log import LogEntry, Source
from alerts.models.routers import Folding, Router, TeamRouter
from alerts.models.stakeholders import Stakeholder

__all__ = [
    "Alert",
    "Assignment",
    "Escalation",
    "Event",
    "Folding",
    "Integration",
    "LogEntry",
    "Route",
    "Router",
    "Source",
    "Stakeholder",
    "TeamRouter",
]
