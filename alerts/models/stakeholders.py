"""People who want to know what becomes of alerts, without being asked to take them (spec/pagertree C8)."""

from __future__ import annotations

from django.db import models

from base.models import Addressable
from oncall.models import Team, User


class Stakeholder(Addressable):
    """A group of people and plain addresses, and what they are told of."""

    name = models.CharField(max_length=200)
    enabled = models.BooleanField(default=True)
    users = models.ManyToManyField(User, blank=True, related_name="+")
    emails = models.JSONField(default=list, blank=True, help_text='Plain addresses, like ["board@example.org"].')
    teams = models.ManyToManyField(
        Team, blank=True, related_name="stakeholders", help_text="They are told of every alert of these teams."
    )
    on_assigned = models.BooleanField("told of assigned alerts", default=False)
    on_acknowledged = models.BooleanField("told of acknowledged alerts", default=False)
    on_resolved = models.BooleanField("told of resolved alerts", default=False)
    on_dropped = models.BooleanField("told of dropped alerts", default=False)
    meta = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
