"""When a person does not want to be disturbed by what can wait."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from oncall.models.people import User


class QuietHours(models.Model):
    """Each day from `starts` to `ends` in the person's own zone, over midnight where it ends earlier. Low urgency
    waits until they are over; everything else rings."""

    user = models.OneToOneField(User, models.CASCADE, related_name="quiet_hours")
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        verbose_name = verbose_name_plural = "quiet hours"
        constraints = [models.CheckConstraint(condition=~Q(starts=F("ends")), name="oncall_quiet_hours_have_a_length")]

    def __str__(self) -> str:
        return f"{self.starts:%H:%M} to {self.ends:%H:%M}"
