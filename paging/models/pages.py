"""Requests that came in for somebody's attention, and what teams were told of their time on call."""

from __future__ import annotations

import secrets
import uuid

from django.db import models
from django.db.models import Q

from alerts.models import Alert
from oncall.models import Team, User

MOMENT_NAME_LENGTH = 70


def new_moment_token() -> str:
    """Return 52 hexadecimal digits (spec/hotpot-paging-api A7)."""
    return secrets.token_hex(26)


class Page(models.Model):
    """One accepted request, stored before it was answered. `due_at` is its clock: it makes up for a lost task."""

    class Kind(models.TextChoices):
        PERSON = "person", "Page to a person"
        TEAM = "team", "Page to a team"
        MOMENT = "moment", "Moment"

    class Outcome(models.TextChoices):
        PENDING = "pending", "Waiting"
        ACCEPTED = "accepted", "Accepted"
        FAILED = "failed", "Failed"

    request_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    body = models.TextField()  # the JSON as it came: nothing of it is lost before it is understood
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")  # whose key it was
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")  # whose door, for a moment
    integration = models.CharField(max_length=50, blank=True)  # the product whose shape a moment has; empty: ours
    created_at = models.DateTimeField()

    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.PENDING)
    due_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)  # of ours, not of the request
    processed_at = models.DateTimeField(null=True, blank=True)
    errors = models.JSONField(default=list, blank=True)
    message_id = models.CharField(max_length=40, unique=True, null=True, blank=True)
    alert = models.ForeignKey(Alert, models.SET_NULL, null=True, blank=True, related_name="pages")
    asked = models.JSONField(default=list, blank=True)  # addresses of those who were asked when it was processed

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="paging_page_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="pending", due_at__isnull=False) | (~Q(outcome="pending") & Q(due_at=None)),
                name="paging_pending_page_is_due",
            )
        ]

    def __str__(self) -> str:
        return str(self.request_id)


class MomentDoor(models.Model):
    """Where a team's tools tell what happened. Whoever has the address may post: the token is its secret."""

    team = models.OneToOneField(Team, models.CASCADE, related_name="moment_door")
    token = models.CharField(max_length=52, unique=True, default=new_moment_token, editable=False)

    def __str__(self) -> str:
        return f"Moments of {self.team}"


class Moment(models.Model):
    """Something that happened while a team was on call. It pages nobody."""

    class Type(models.TextChoices):
        ALERT = "alert", "Alert"
        INCIDENT = "incident", "Incident"
        NEAR_MISS = "near-miss", "Near miss"
        PAGE = "page", "Page"

    class Priority(models.TextChoices):
        LOW = "low", "Low"
        MEDIUM = "medium", "Medium"
        HIGH = "high", "High"

    team = models.ForeignKey(Team, models.CASCADE, related_name="moments")
    page = models.OneToOneField(Page, models.SET_NULL, null=True, blank=True, related_name="moment")  # the request
    name = models.CharField(max_length=MOMENT_NAME_LENGTH)
    type = models.CharField(max_length=10, choices=Type.choices)
    description = models.TextField(blank=True)
    priority = models.CharField(max_length=10, choices=Priority.choices, default=Priority.MEDIUM)
    source = models.CharField(max_length=200, blank=True)
    source_url = models.TextField(blank=True)
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-occurred_at"]

    def __str__(self) -> str:
        return self.name
