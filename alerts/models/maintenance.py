"""A time in which an integration's alerts ask nobody."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from alerts.models.alert import Alert
from alerts.models.integrations import Integration
from oncall.models import User


class MaintenanceQuerySet(models.QuerySet["Maintenance"]):
    """Looks maintenance up."""

    def running(self, integration_pk: int, now: datetime) -> Maintenance | None:
        """Return the integration's maintenance that is not over yet."""
        return self.filter(integration=integration_pk, ended_at=None, ends_at__gt=now).order_by().first()


class Maintenance(models.Model):
    """One maintenance of one integration. `due_at` is its clock until it has ended."""

    class Mode(models.TextChoices):
        DEBUG = "debug", "Debug"  # alerts are recorded and ask nobody
        MAINTENANCE = "maintenance", "Maintenance"  # besides, they are gathered below one alert and end with it

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="maintenances")
    mode = models.CharField(max_length=12, choices=Mode.choices)
    alert = models.ForeignKey(Alert, models.SET_NULL, null=True, blank=True, related_name="+")
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    objects = MaintenanceQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="alerts_maintenance_due")]
        constraints = [
            models.UniqueConstraint(
                fields=["integration"], condition=Q(ended_at=None), name="alerts_one_maintenance_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(due_at=None) | Q(ended_at=None), name="alerts_only_running_maintenance_is_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_mode_display()} of {self.integration}"
