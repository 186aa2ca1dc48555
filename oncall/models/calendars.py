"""Calendars that come in as iCal feeds, and the keys to those that go out (spec/oncall-config-api 4.2 and 6.3)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from oncall.models.people import User
from oncall.models.schedules import Schedule


class CalendarFeed(models.Model):
    """The last good copy of a calendar that a schedule imports, and what became of the last try to renew it."""

    class Kind(models.TextChoices):
        PRIMARY = "primary", "Shifts"
        OVERRIDES = "overrides", "Overrides"

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="feeds")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    url = models.URLField(max_length=500)
    body = models.TextField(blank=True)  # empty: never fetched
    digest = models.CharField(max_length=64, blank=True)  # of the body: names its expansions in caches
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True, help_text="When this copy was last found to be current.")
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When it was last tried.")
    error = models.CharField(max_length=500, blank=True, help_text="Why the last try failed; the copy above is kept.")
    unmatched = models.JSONField(default=list, blank=True, help_text="Names in it that are nobody's: not on call.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["schedule", "kind"], name="oncall_feed_of_schedule")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.schedule}"


class CalendarToken(models.Model):
    """Opens one iCal export without a key: of a schedule, or of all turns of its person. Only a hash is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="calendar_tokens")
    schedule = models.ForeignKey(
        Schedule, models.CASCADE, null=True, blank=True, related_name="calendar_tokens", help_text="Empty: the person."
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "schedule"],
                condition=Q(revoked_at=None, schedule__isnull=False),
                name="oncall_token_of_schedule",
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(revoked_at=None, schedule=None), name="oncall_token_of_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.schedule or 'all schedules'}"
