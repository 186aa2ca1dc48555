"""A team's on-call calendar, for people without an account."""

from __future__ import annotations

import secrets
from typing import Any

from django.db import models

from oncall.models.people import Team


def new_calendar_token() -> str:
    """Return 32 characters that nobody guesses."""
    return secrets.token_urlsafe(24)


def default_fields() -> list[str]:
    """Return what is shown unless somebody chooses otherwise: names, and no way to reach anybody."""
    return ["name"]


class TeamCalendar(models.Model):
    """A public page that says who of a team is on call when. Its address is its secret; a password may guard it too."""

    class Shows(models.TextChoices):
        NAME = "name", "Name"
        USERNAME = "username", "Username"
        EMAIL = "email", "E-mail address"
        PHONE = "phone", "Phone number"
        TIME_ZONE = "time_zone", "Time zone"

    team = models.OneToOneField(Team, models.CASCADE, related_name="calendar")
    enabled = models.BooleanField(default=True)
    token = models.CharField(max_length=64, unique=True, default=new_calendar_token, editable=False)
    shows: Any = models.JSONField(default=default_fields, blank=True)
    password = models.CharField(max_length=128, blank=True, editable=False)  # a hash; empty: nobody is asked for one

    def __str__(self) -> str:
        return f"Calendar of {self.team}"
