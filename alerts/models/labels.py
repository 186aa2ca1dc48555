"""The labels of alerts, one row each, so that a filter by label finds them by an index."""

from __future__ import annotations

from django.db import models

from alerts.models.alert import Alert


class AlertLabel(models.Model):
    """One label: set when the alert opens, from its integration and its first payload."""

    MOST = 15  # of one alert (spec/oncall-runtime-api 0)
    LENGTH = 200

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="labels")
    key = models.CharField(max_length=LENGTH)
    value = models.CharField(max_length=LENGTH)

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["alert", "key"], name="alerts_label_once")]
        indexes = [models.Index(fields=["key", "value", "alert"], name="alerts_label_pair")]

    def __str__(self) -> str:
        return f"{self.key}:{self.value}"
