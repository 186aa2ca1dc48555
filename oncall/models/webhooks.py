"""Outgoing webhooks (spec/oncall-config-api section 14)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from base.models import Addressable
from oncall.models.people import Team


class Webhook(Addressable):
    """An HTTP call that an escalation policy or an event triggers."""

    class Trigger(models.TextChoices):
        ESCALATION = "escalation", "An escalation policy"
        CREATED = "alert group created", "Alert created"
        ACKNOWLEDGE = "acknowledge", "Acknowledge"
        RESOLVE = "resolve", "Resolve"
        SILENCE = "silence", "Silence"
        UNSILENCE = "unsilence", "Unsilence"
        UNRESOLVE = "unresolve", "Unresolve"
        UNACKNOWLEDGE = "unacknowledge", "Unacknowledge"
        STATUS_CHANGE = "status change", "Any change of status"
        PERSONAL_NOTIFICATION = "personal notification", "A notification rule"

    class Method(models.TextChoices):
        GET = "GET"
        POST = "POST"
        PUT = "PUT"
        DELETE = "DELETE"
        OPTIONS = "OPTIONS"
        PATCH = "PATCH"

    name = models.CharField(max_length=100)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")
    enabled = models.BooleanField(default=True)
    url = models.TextField(help_text="A template; http or https.")
    http_method = models.CharField(max_length=10, choices=Method.choices, default=Method.POST)
    trigger_type = models.CharField(max_length=30, choices=Trigger.choices, default=Trigger.ESCALATION)
    trigger_template = models.TextField(null=True, blank=True)
    headers = models.TextField(null=True, blank=True, help_text="A template that gives a JSON object.")
    data = models.TextField(null=True, blank=True, help_text="A template for the body.")
    username = models.CharField(max_length=100, null=True, blank=True)
    password = models.CharField(max_length=1000, null=True, blank=True)
    authorization_header = models.CharField(max_length=2000, null=True, blank=True)
    forward_all = models.BooleanField(default=True, help_text="Send everything as JSON instead of the body template.")
    integration_filter = models.JSONField(default=list, blank=True, help_text="Ids of integrations; empty: all.")
    preset = models.CharField(max_length=100, null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(deleted_at=None), name="oncall_webhook_name")
        ]

    def __str__(self) -> str:
        return self.name
