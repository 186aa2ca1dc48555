"""A chain running for an alert, and the people it asked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from alerts.models.alert import Alert
from oncall.models import User


class Escalation(models.Model):
    """A chain, frozen at its start, running for one alert. `due_at` is its clock; one of an older run is stale."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"  # by the alert-count policy; the next event wakes it
        ENDING = "ending", "Ending"  # no policy left; the final time-out runs
        FINISHED = "finished", "Finished"  # everybody was asked, nobody took it
        STOPPED = "stopped", "Stopped"  # somebody took the alert, or it ended

    LIVE = (Status.RUNNING, Status.PAUSED, Status.ENDING)

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="escalations")
    run = models.PositiveIntegerField()
    destination = models.CharField(max_length=40, blank=True)  # what it was started for: "F…", "usr_…", "tem_…"
    direct = models.BooleanField(default=False)  # a page onto a running alert: no change of run ends it, an answer does
    snapshot = models.JSONField()  # oncall.plan.Plan as JSON
    cursor = models.PositiveSmallIntegerField(default=0)  # index of the next step in the snapshot
    pass_number = models.PositiveSmallIntegerField(default=0)  # how often it was repeated
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    due_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="alerts_escalation_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at=None) | Q(status__in=["running", "ending"]), name="alerts_only_live_is_due"
            ),
            models.UniqueConstraint(fields=["alert", "run", "destination"], name="alerts_one_per_destination"),
        ]


class Assignment(models.Model):
    """One person asked to take one alert: by which escalation, when, and their answer."""

    class Answer(models.TextChoices):
        NONE = "", "None yet"
        ACKNOWLEDGED = "acknowledged", "Took it"
        REJECTED = "rejected", "Not me"
        CLOSED = "closed", "No longer asked"

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="assignments")
    escalation = models.ForeignKey(Escalation, models.CASCADE, related_name="assignments")
    user = models.ForeignKey(User, models.CASCADE, related_name="assignments")
    run = models.PositiveIntegerField()
    step = models.PositiveSmallIntegerField()
    pass_number = models.PositiveSmallIntegerField(default=0)
    important = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)  # paging turns it into notifications; NULL: done
    ends_at = models.DateTimeField(null=True, blank=True)  # when the last personal rule runs; set by paging
    answer = models.CharField(max_length=12, choices=Answer.choices, default=Answer.NONE, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="alerts_assignment_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["escalation", "pass_number", "step", "user"], name="alerts_asked_once_per_step"
            )
        ]
