"""The doors that monitors knock on, and the rules from signal to chain."""

from __future__ import annotations

import secrets
import string

from django.conf import settings
from django.db import models
from django.db.models import Q

from base.models import Addressable
from oncall.models import EscalationChain, Team

TOKEN_ALPHABET = string.ascii_letters + string.digits


def new_token() -> str:
    """Return 25 random alphanumerics (spec/oncall-runtime-api 0)."""
    return "".join(secrets.choice(TOKEN_ALPHABET) for _ in range(25))


class Urgency(models.TextChoices):
    """How much an alert matters; high and critical use the important notification rules."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"


class Integration(Addressable):
    """The door a monitor knocks on. Its token is its secret."""

    DIRECT_PAGING = "direct_paging"
    MAINTENANCE = "maintenance"
    INTERNAL_TYPES = (DIRECT_PAGING, MAINTENANCE)
    INBOUND_EMAIL = "inbound_email"

    name = models.CharField(max_length=200)
    description_short = models.CharField(max_length=250, null=True, blank=True)
    type = models.CharField(max_length=40)
    token = models.CharField(max_length=40, unique=True, default=new_token, editable=False)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="integrations")
    urgency = models.CharField(max_length=10, choices=Urgency.choices, default=Urgency.MEDIUM)
    templates = models.JSONField(default=dict, blank=True, help_text="Only what differs from the type's defaults.")
    enabled = models.BooleanField(default=True, help_text="A switched-off integration takes in nothing.")
    open_inbound = models.BooleanField(
        "PagerTree address", default=False, help_text="Monitors may post to /integration/int_…, a public address."
    )
    inbound_token = models.CharField(
        max_length=100, blank=True, help_text="What they must send in the header pagertree-token; empty: nothing."
    )
    destinations = models.JSONField(default=list, blank=True, help_text="Where its alerts go instead of its routes.")
    options = models.JSONField(default=dict, blank=True, editable=False)
    meta = models.JSONField(default=dict, blank=True, editable=False)
    allow_source_resolve = models.BooleanField(default=True, help_text="The monitor may resolve what it triggered.")
    labels = models.JSONField(default=dict, blank=True, help_text="Of each alert, by key.")
    dynamic_labels = models.JSONField(default=dict, blank=True, help_text="Templates for values, by key.")
    ingest_limit = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Events in five minutes; beyond it they are counted on their alert and not kept. 0: no limit.",
    )
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_sample = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["team", "name"], condition=Q(deleted_at=None), name="alerts_integration_name_in_team"
            ),
            models.UniqueConstraint(
                fields=["name"], condition=Q(deleted_at=None, team=None), name="alerts_integration_name_without_team"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def link(self) -> str | None:
        """Where the monitor posts to; contains the secret."""
        if self.type in (*self.INTERNAL_TYPES, self.INBOUND_EMAIL):
            return None
        return f"{settings.TOCSIN_BASE_URL}/integrations/v1/{self.type}/{self.token}/"

    @property
    def inbound_email(self) -> str | None:
        """The address whose mails are its alerts; None for other types, and without a domain. Contains the secret."""
        if self.type != self.INBOUND_EMAIL or not settings.TOCSIN_INBOUND_EMAIL_DOMAIN:
            return None
        return f"{self.token}@{settings.TOCSIN_INBOUND_EMAIL_DOMAIN}"


class Route(Addressable):
    """A rule from a payload to an escalation chain; the default route comes last and always matches."""

    class Type(models.TextChoices):
        REGEX = "regex", "Regular expression"
        JINJA2 = "jinja2", "Template"

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="routes")
    chain = models.ForeignKey(EscalationChain, models.SET_NULL, null=True, blank=True, related_name="routes")
    type = models.CharField(max_length=10, choices=Type.choices, default=Type.REGEX)
    expression = models.CharField(max_length=1024, blank=True)
    position = models.IntegerField(default=0)
    is_default = models.BooleanField(default=False, editable=False)
    chat = models.JSONField(default=dict, blank=True, editable=False)  # slack, telegram: as the OnCall API sent them

    class Meta:
        ordering = ["integration", "is_default", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["integration"], condition=Q(is_default=True), name="alerts_one_default_route"
            )
        ]

    def __str__(self) -> str:
        return "default" if self.is_default else self.expression
