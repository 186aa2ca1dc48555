"""What people wrote down about how an alert was resolved."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from alerts.models.alert import Alert
from base.models import Addressable
from oncall.models import User


class ResolutionNote(Addressable):
    """One note. A deleted one is kept, and shown to nobody."""

    class Origin(models.TextChoices):
        SLACK = "Slack", "Slack"
        WEB = "Web", "Web"
        MOBILE_APP = "Mobile App", "Mobile app"

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="resolution_notes")
    author = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    origin = models.CharField(max_length=12, choices=Origin.choices, default=Origin.WEB)
    text = models.TextField()
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-alert", "-pk"]
        indexes = [
            models.Index(fields=["-alert", "-id"], condition=Q(deleted_at=None), name="alerts_note_shown"),
        ]

    def __str__(self) -> str:
        return self.text[:50]
