"""Plans and people: who is called, in which order, and how they want to be reached."""

from __future__ import annotations

from oncall.models.availability import Availability
from oncall.models.calendars import CalendarFeed, CalendarToken
from oncall.models.contacts import ContactMethod, NotificationRule
from oncall.models.escalation import EscalationChain, EscalationPolicy, PolicyPerson
from oncall.models.logins import LoginTry
from oncall.models.people import ApiKey, Organization, Team, User, UserGroup
from oncall.models.quiet import QuietHours
from oncall.models.schedules import OnCallShift, Schedule, ShiftSwap
from oncall.models.team_calendars import TeamCalendar
from oncall.models.webhooks import Webhook

__all__ = [
    "ApiKey",
    "Availability",
    "CalendarFeed",
    "CalendarToken",
    "ContactMethod",
    "EscalationChain",
    "EscalationPolicy",
    "LoginTry",
    "NotificationRule",
    "OnCallShift",
    "Organization",
    "PolicyPerson",
    "QuietHours",
    "Schedule",
    "ShiftSwap",
    "Team",
    "TeamCalendar",
    "User",
    "UserGroup",
    "Webhook",
]
