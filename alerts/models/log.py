"""What became of an alert, line by line; a line that others must hear carries a clock."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from alerts.models.alert import Alert
from oncall.models import User


class Source(models.TextChoices):
    """By which door something was done."""

    CLOCK = "clock", "the clock"
    MONITOR = "monitor", "the monitor"
    ONCALL_API = "oncall", "the OnCall API"
    PAGERTREE_API = "pagertree", "the PagerTree API"
    HOTPOT_API = "hotpot", "the Hotpot API"
    CONSOLE = "console", "the console"
    LINK = "link", "the link in a message"
    PUSH = "push", "the push notification"
    PHONE = "phone", "a key in a call"
    SMS = "sms", "a text"
    CHAT = "chat", "a chat button"
    COMMAND = "command", "a command"
    ESCALATION = "escalation", "an escalation policy"


class LogEntry(models.Model):
    """One line. `announce_at` is the promise that others hear of it; paging keeps it."""

    class Kind(models.TextChoices):
        REGISTERED = "registered", "Alert registered"
        ROUTED = "routed", "Route chosen"
        EVENT = "event", "Event received"
        DEDUPLICATED = "deduplicated", "Joined an open alert"
        LATE_RESOLVE = "late_resolve", "Resolve without an open alert"
        STEP = "step", "Policy ran"
        STEP_FAILED = "step_failed", "Policy could not run"
        ASKED = "asked", "Person asked"
        UNREACHABLE = "unreachable", "Person cannot be reached"
        FELL_BACK = "fell_back", "Other notification rules used"
        OVERLAP = "overlap", "Asked by another policy already"
        WEBHOOK = "webhook", "Webhook called"
        ESCALATION_FINISHED = "escalation_finished", "Everybody was asked"
        NOBODY_ASKED = "nobody_asked", "Nobody is asked"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        UNACKNOWLEDGED = "unacknowledged", "Unacknowledged"
        RESOLVED = "resolved", "Resolved"
        UNRESOLVED = "unresolved", "Unresolved"
        SILENCED = "silenced", "Silenced"
        UNSILENCED = "unsilenced", "Unsilenced"
        REJECTED = "rejected", "Rejected"
        HANDED_OFF = "handed_off", "Handed off"
        ARCHIVED = "archived", "Archived"
        DROPPED = "dropped", "Dropped"
        RESPONDED = "responded", "Responded"
        SUPPRESSED = "suppressed", "Suppressed"
        AGGREGATED = "aggregated", "Folded under another alert"
        RESTARTED = "restarted", "Escalation restarts"
        DIRECT_PAGE = "direct_page", "Paged directly"
        REMINDED = "reminded", "Reminded"
        CONFIRMED = "confirmed", "Confirmed"
        WIPED = "wiped", "Wiped"
        NOTE = "note", "Note"

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="log")
    at = models.DateTimeField()
    kind = models.CharField(max_length=24, choices=Kind.choices)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.CLOCK)
    run = models.PositiveIntegerField(default=1)
    text = models.TextField(blank=True)  # the fact in words, as people read it
    detail = models.JSONField(default=dict, blank=True)  # the fact in values, as programs read it
    announce_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "log"
        indexes = [
            models.Index(fields=["announce_at"], condition=Q(announce_at__isnull=False), name="alerts_log_announce"),
            models.Index(fields=["at"], name="alerts_log_at"),
        ]
