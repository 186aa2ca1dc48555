"""The alert, one problem from trigger to resolve, and the payloads it was told by."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When

from alerts.models.integrations import Integration, Route, Urgency
from base.models import Addressable
from oncall.models import Team, User


class Alert(Addressable):
    """One problem. `status` is the one column of state, `run` the fence (decisions.md, One life for an alert)."""

    class Status(models.TextChoices):
        ROUTABLE = "routable", "Routable"
        OPEN = "open", "Firing"
        SILENCED = "silenced", "Silenced"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        DROPPED = "dropped", "Dropped"
        SUPPRESSED = "suppressed", "Suppressed"
        AGGREGATING = "aggregating", "Aggregating"
        RESOLVED = "resolved", "Resolved"
        ARCHIVED = "archived", "Archived"

    class Subtype(models.TextChoices):
        ALERT = "alert", "Alert"
        BROADCAST = "broadcast", "Broadcast"
        PAGE = "page", "Page"

    ENDED = (Status.RESOLVED, Status.ARCHIVED)

    integration = models.ForeignKey(Integration, models.PROTECT, db_index=False, related_name="alerts")
    route = models.ForeignKey(Route, models.SET_NULL, null=True, blank=True, db_index=False, related_name="+")
    source_user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")

    dedup_key = models.CharField(max_length=64, blank=True, db_index=True)  # a digest; empty: never groups
    open_key = models.CharField(max_length=100, unique=True, null=True, blank=True)  # NULL as soon as the alert ends
    thirdparty_id = models.CharField(max_length=500, null=True, blank=True)

    title = models.CharField(max_length=500)
    description = models.TextField(null=True, blank=True)
    source_url = models.TextField(null=True, blank=True)
    image_url = models.TextField(null=True, blank=True)
    subtype = models.CharField(max_length=20, choices=Subtype.choices, default=Subtype.ALERT)
    urgency = models.CharField(max_length=10, choices=Urgency.choices, default=Urgency.MEDIUM)
    tags = models.JSONField(default=list, blank=True)
    meta = models.JSONField(default=dict, blank=True)
    additional_data = models.JSONField(default=list, blank=True)
    destinations = models.JSONField(default=list, blank=True)  # as asked for: ["tem_…", "usr_…"]
    receivers = models.JSONField(default=list, blank=True)  # what the destinations became on the way through routers
    stakeholders = models.JSONField(default=list, blank=True)
    handoffs = models.JSONField(default=list, blank=True)
    response_requested = models.BooleanField(default=False)
    responses = models.JSONField(default=list, blank=True)
    responses_recorded = models.JSONField(default=dict, blank=True)

    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    state = models.GeneratedField(
        expression=Case(
            When(status="silenced", then=Value("silenced")),
            When(status="acknowledged", then=Value("acknowledged")),
            When(status__in=["resolved", "archived"], then=Value("resolved")),
            default=Value("firing"),
        ),
        output_field=models.CharField(max_length=12),
        db_persist=True,
    )  # the OnCall API's word for the status (lifecycle.oncall_state), so that an index can put each in order
    run = models.PositiveIntegerField(default=1)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, db_index=False, related_name="+")
    holder = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="held_alerts")

    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    archived_at = models.DateTimeField(null=True, blank=True)
    archived_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    routable_until = models.DateTimeField(null=True, blank=True)  # a router's delay: nobody is asked before
    silenced_at = models.DateTimeField(null=True, blank=True)
    silenced_until = models.DateTimeField(null=True, blank=True)  # NULL while silenced: for good
    dropped_at = models.DateTimeField(null=True, blank=True)
    wiped_at = models.DateTimeField(null=True, blank=True)  # what it said was deleted; that it was is kept
    reminder_due_at = models.DateTimeField(null=True, blank=True)  # who took it is reminded, or loses it again
    reminded_at = models.DateTimeField(null=True, blank=True)  # the reminder that is not confirmed yet

    events_count = models.PositiveIntegerField(default=0)
    last_event_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # A list is in this order whatever it is filtered by: each filter has an index that ends with it.
            models.Index(fields=["-created_at", "-id"], name="alerts_alert_newest"),
            models.Index(fields=["status", "-created_at"], name="alerts_alert_status"),
            models.Index(fields=["state", "-created_at", "-id"], name="alerts_alert_by_state"),
            models.Index(fields=["integration", "-created_at", "-id"], name="alerts_alert_by_integration"),
            models.Index(fields=["route", "-created_at", "-id"], name="alerts_alert_by_route"),
            models.Index(fields=["team", "-created_at", "-id"], name="alerts_alert_by_team"),
            models.Index(
                fields=["silenced_until"], condition=Q(silenced_until__isnull=False), name="alerts_alert_silence_due"
            ),
            models.Index(
                fields=["routable_until"], condition=Q(routable_until__isnull=False), name="alerts_alert_route_due"
            ),
            models.Index(
                fields=["reminder_due_at"], condition=Q(reminder_due_at__isnull=False), name="alerts_alert_reminder_due"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(routable_until=None) | Q(status="routable"), name="alerts_only_routable_has_a_delay"
            ),
            models.CheckConstraint(
                condition=Q(silenced_until=None) | Q(status="silenced"), name="alerts_only_silenced_has_a_timer"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["resolved", "archived"]) | Q(open_key=None), name="alerts_ended_groups_nothing"
            ),
            models.CheckConstraint(
                condition=Q(reminder_due_at=None) | Q(status="acknowledged"), name="alerts_only_taken_is_reminded"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"

    @property
    def has_ended(self) -> bool:
        """Resolved or archived."""
        return self.status in self.ENDED

    @property
    def is_important(self) -> bool:
        """High or critical: decides which notification rules apply (decisions.md, Importance)."""
        return self.urgency in (Urgency.HIGH, Urgency.CRITICAL)

    @property
    def console_url(self) -> str:
        """Where a person signed in sees it."""
        return f"{settings.TOCSIN_BASE_URL}/admin/alerts/alert/{self.pk}/change/"


class Event(Addressable):
    """One received payload; many per alert."""

    alert = models.ForeignKey(Alert, models.CASCADE, db_index=False, related_name="events")
    received_at = models.DateTimeField()
    payload = models.JSONField()
    resolves = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True, blank=True)  # the payload's own time stamps, where it has any
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["received_at"], name="alerts_event_received"),
            models.Index(fields=["alert", "-id"], name="alerts_event_newest"),
        ]
