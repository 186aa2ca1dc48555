"""Rules that decide where an alert goes, and what they remember (spec/pagertree C7)."""

from __future__ import annotations

from django.db import models

from alerts.models.alert import Alert
from base.models import Addressable
from oncall.models import Team


class Router(Addressable):
    """Ordered rules in YAML; the first that matches says what becomes of an alert."""

    class Type(models.TextChoices):
        ROUTER = "router", "Routes alerts"
        NOTIFICATION = "notification", "Chooses a person's notifications"

    name = models.CharField(max_length=200)
    enabled = models.BooleanField(default=True)
    type = models.CharField(max_length=20, choices=Type.choices, default=Type.ROUTER)
    default_receiver = models.CharField(
        max_length=40, null=True, blank=True, help_text="usr_…, tem_…, skd_… or rtr_…: where an unmatched alert goes."
    )
    rules = models.TextField(blank=True)
    meta = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class TeamRouter(models.Model):
    """The router that an alert passes before it reaches a team."""

    team = models.OneToOneField(Team, models.CASCADE, related_name="routing")
    router = models.ForeignKey(Router, models.CASCADE, related_name="teams")


class Folding(models.Model):
    """A window in which alerts of one fingerprint are folded under the first of them."""

    fingerprint = models.CharField(max_length=64, unique=True)
    parent = models.ForeignKey(Alert, models.CASCADE, related_name="foldings")
    until = models.DateTimeField(db_index=True)
