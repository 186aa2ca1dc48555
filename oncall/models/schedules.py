"""Schedules and their shifts (spec/oncall-config-api sections 4 to 7)."""

from __future__ import annotations

from datetime import timedelta

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from base.fields import WallClockField
from base.models import Addressable
from oncall.models.people import Team, User, validate_time_zone


class Schedule(Addressable):
    """A named calendar that says who is on call when."""

    class Type(models.TextChoices):
        CALENDAR = "calendar", "Shifts shared between schedules"
        WEB = "web", "Shifts of its own"
        ICAL = "ical", "An imported iCal feed"

    name = models.CharField(max_length=200)
    type = models.CharField(max_length=10, choices=Type.choices, default=Type.WEB)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="schedules")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    ical_url_primary = models.URLField(max_length=500, null=True, blank=True)
    ical_url_overrides = models.URLField(max_length=500, null=True, blank=True)
    enable_web_overrides = models.BooleanField(default=False)
    chat_channel = models.CharField(max_length=100, null=True, blank=True)
    chat_user_group = models.CharField(max_length=100, null=True, blank=True)
    is_sample = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class OnCallShift(Addressable):
    """A rule that puts people on call: once, recurring, rolling, or as an override."""

    class Type(models.TextChoices):
        SINGLE_EVENT = "single_event", "Once"
        RECURRENT_EVENT = "recurrent_event", "Recurring"
        ROLLING_USERS = "rolling_users", "Rotation"
        OVERRIDE = "override", "Override"

    class Frequency(models.TextChoices):
        HOURLY = "hourly"
        DAILY = "daily"
        WEEKLY = "weekly"
        MONTHLY = "monthly"

    class Day(models.TextChoices):
        MONDAY = "MO"
        TUESDAY = "TU"
        WEDNESDAY = "WE"
        THURSDAY = "TH"
        FRIDAY = "FR"
        SATURDAY = "SA"
        SUNDAY = "SU"

    name = models.CharField(max_length=200, null=True, blank=True)
    type = models.CharField(max_length=20, choices=Type.choices, default=Type.ROLLING_USERS)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")
    owner = models.ForeignKey(
        Schedule,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="own_shifts",
        help_text="The one schedule it belongs to: for shifts of a web schedule and for overrides.",
    )
    schedules = models.ManyToManyField(
        Schedule, blank=True, related_name="shared_shifts", help_text="Calendar schedules that share it."
    )
    time_zone = models.CharField(
        max_length=64, null=True, blank=True, validators=[validate_time_zone], help_text="Empty: the schedule's zone."
    )
    level = models.IntegerField(default=0, help_text="A higher level hides a lower one.")
    start = WallClockField(help_text="Local time in the shift's zone, like 2030-01-07T09:00:00.")
    duration = models.DurationField(validators=[MinValueValidator(timedelta(seconds=1))])
    rotation_start = WallClockField(null=True, blank=True, help_text="Local time; no shift before it. Empty: start.")
    until = models.DateTimeField(null=True, blank=True, help_text="UTC; no shift starts after it.")
    frequency = models.CharField(max_length=10, choices=Frequency.choices, null=True, blank=True)
    interval = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    week_start = models.CharField(max_length=2, choices=Day.choices, null=True, blank=True)
    by_day = models.JSONField(default=list, blank=True, help_text='Like ["MO", "TU"].')
    by_month = models.JSONField(default=list, blank=True, help_text="Like [1, 12].")
    by_monthday = models.JSONField(default=list, blank=True, help_text="Like [1, -1].")
    users = models.ManyToManyField(User, blank=True, related_name="+")
    rolling_users = models.JSONField(default=list, blank=True, help_text="Groups of user numbers, like [[1], [2, 3]].")
    start_index = models.PositiveIntegerField(default=0, help_text="The group that begins.")
    source = models.PositiveSmallIntegerField(default=1, editable=False)  # 0 web, 1 api, 2 chat, 3 terraform

    class Meta:
        ordering = ["pk"]
        verbose_name = "on-call shift"

    def __str__(self) -> str:
        return self.name or f"{self.get_type_display()} from {self.start}"


class ShiftSwap(Addressable):
    """One person asks that another take their part of a schedule for a while."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="swaps")
    beneficiary = models.ForeignKey(User, models.CASCADE, related_name="+")
    benefactor = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    description = models.CharField(max_length=3000, null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="oncall_swap_ends_after_it_starts")
        ]
