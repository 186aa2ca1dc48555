"""When people cannot be on call, as they said it themselves or as it was imported."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from base.models import Addressable
from oncall.models.people import User


class Availability(Addressable):
    """One person's wish for [starts_at, ends_at). It informs whoever plans; it never hides anybody from a page."""

    class Kind(models.TextChoices):
        CANNOT = "hard_unavailable", "Cannot"
        RATHER_NOT = "soft_unavailable", "Would rather not"
        WANTS = "available", "Would like the pager"

    user = models.ForeignKey(User, models.CASCADE, related_name="availabilities")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.CANNOT)
    name = models.CharField(max_length=200)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at", "pk"]
        verbose_name_plural = "availabilities"
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="oncall_availability_ends_after_start")
        ]

    def __str__(self) -> str:
        return self.name
