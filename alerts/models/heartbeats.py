"""A monitor's sign of life, and the promise to say so when it stays away."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q

from alerts.models.integrations import Integration


class Heartbeat(models.Model):
    """The sign of life of one integration. `due_at` is when it is missed; only one that is alive can be missed."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waits for the first ping"
        ALIVE = "alive", "Alive"
        MISSED = "missed", "Missed"
        OFF = "off", "Switched off"  # pings are noted and switch nothing on again

    TIMEOUTS = (60, 120, 180, 300, 600, 900, 1800, 3600, 43_200, 86_400)  # seconds

    integration = models.OneToOneField(Integration, models.CASCADE, related_name="heartbeat")
    timeout = models.DurationField(default=timedelta(minutes=10), help_text="Missed when no ping came for this long.")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    last_ping_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="alerts_heartbeat_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at=None, status__in=["waiting", "missed", "off"])
                | Q(due_at__isnull=False, status="alive"),
                name="alerts_only_an_alive_heartbeat_is_due",
            ),
        ]

    def __str__(self) -> str:
        return f"Heartbeat of {self.integration}"
