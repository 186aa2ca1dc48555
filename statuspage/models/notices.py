"""What a page says: notices, their updates, and every change of them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from alerts.models import Alert
from oncall.models import User
from statuspage.models.pages import Component, StatusPage

PLANNED = ("scheduled", "underway", "complete", "cancelled")
UNPLANNED = ("investigating", "identified", "recovering", "resolved", "false_alarm")
CLOSED = ("complete", "cancelled", "resolved", "false_alarm")


class Notice(models.Model):
    """One incident or one planned work. `state` is the one column of state; `due_at` the clock's promise."""

    class Type(models.TextChoices):
        PLANNED = "planned", "Planned"
        UNPLANNED = "unplanned", "Unplanned"

    class State(models.TextChoices):
        INVESTIGATING = "investigating", "Investigating"
        IDENTIFIED = "identified", "Identified"
        RECOVERING = "recovering", "Recovering"
        RESOLVED = "resolved", "Resolved"
        FALSE_ALARM = "false_alarm", "False alarm"
        SCHEDULED = "scheduled", "Scheduled"
        UNDERWAY = "underway", "Underway"
        COMPLETE = "complete", "Complete"
        CANCELLED = "cancelled", "Cancelled"

    page = models.ForeignKey(StatusPage, models.CASCADE, related_name="notices")
    type = models.CharField(max_length=10, choices=Type.choices)
    state = models.CharField(max_length=15, choices=State.choices)
    subject = models.CharField(max_length=255)
    token = models.CharField(max_length=16, unique=True, editable=False)  # in its permanent link
    slug = models.CharField(max_length=100, blank=True, editable=False)
    tags = models.JSONField(default=list, blank=True)
    components = models.ManyToManyField(Component, blank=True, related_name="notices")
    alerts = models.ManyToManyField(Alert, blank=True, related_name="notices")

    begins_at = models.DateTimeField("begins", null=True, blank=True)  # the plan; planned notices only
    ends_at = models.DateTimeField("ends", null=True, blank=True)
    began_at = models.DateTimeField(null=True, blank=True)  # what happened
    ended_at = models.DateTimeField(null=True, blank=True)
    automated = models.BooleanField("follows its schedule", default=True)  # should_automate_schedule
    due_at = models.DateTimeField(null=True, blank=True, editable=False)  # when the clock moves it
    published_at = models.DateTimeField(null=True, blank=True, editable=False)  # when subscribers first heard of it

    review = models.TextField(blank=True, help_text="Post-incident review, in Markdown.")
    review_at = models.DateTimeField(null=True, blank=True, help_text="When the review was published.")

    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["page", "-created_at"], name="statuspage_notice_created"),
            models.Index(fields=["page", "state", "-ended_at"], name="statuspage_notice_state"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="statuspage_notice_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(type="planned", state__in=["scheduled", "underway", "complete", "cancelled"])
                | Q(
                    type="unplanned", state__in=["investigating", "identified", "recovering", "resolved", "false_alarm"]
                ),
                name="statuspage_state_fits_type",
            ),
            models.CheckConstraint(
                condition=Q(due_at=None) | Q(automated=True, state__in=["scheduled", "underway"]),
                name="statuspage_only_automated_is_due",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) ^ Q(state__in=CLOSED),
                name="statuspage_ended_when_closed",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def path(self) -> str:
        """Its name in links: `<token>-<slug>`."""
        return f"{self.token}-{self.slug}" if self.slug else self.token

    @property
    def link(self) -> str:
        """Where the public reads it."""
        return f"{self.page.url}/notices/{self.path}"


class NoticeLink(models.Model):
    """A token that once named a notice and leads to it for ever."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="old_links")
    token = models.CharField(max_length=16, unique=True)
    replaced_at = models.DateTimeField()


class NoticeUpdate(models.Model):
    """One comment under a notice, in Markdown. `state` is the notice's at that moment."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="updates")
    content = models.TextField()
    state = models.CharField(max_length=15, choices=Notice.State.choices)
    should_publish = models.BooleanField(default=False)
    author = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["notice", "created_at"], name="statuspage_update_order")]

    def __str__(self) -> str:
        return f"Update {self.pk}"


class NoticeChange(models.Model):
    """One change of a notice: the history of its states, and the promise to tell subscribers (`announce_at`)."""

    class Audience(models.TextChoices):
        NOBODY = "nobody", "Nobody"
        AFFECTED = "affected", "Those who follow what is affected"
        EVERYBODY = "everybody", "Everybody"

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="changes")
    update = models.ForeignKey(NoticeUpdate, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    state = models.CharField(max_length=15, choices=Notice.State.choices)
    previous_state = models.CharField(max_length=15, choices=Notice.State.choices, blank=True)  # empty: it was created
    automatic = models.BooleanField(default=False)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.NOBODY)
    announce_at = models.DateTimeField(null=True, blank=True)  # NULL: nobody is to be told, or all are
    cursor = models.BigIntegerField(default=0)  # the last subscriber who has a publication
    told = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["announce_at"], condition=Q(announce_at__isnull=False), name="statuspage_change_due"),
            models.Index(fields=["notice", "at"], name="statuspage_change_order"),
        ]

    def __str__(self) -> str:
        return f"{self.notice}: {self.get_state_display()}"
