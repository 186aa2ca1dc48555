"""The ways to reach a person, and when they want to be reached by which."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from base.errors import Invalid
from base.models import Addressable
from oncall import addresses
from oncall.models.people import User


class ContactMethod(models.Model):
    """One address of one person."""

    class Kind(models.TextChoices):
        EMAIL = "email", "E-mail"
        PHONE = "phone", "Phone"
        WEBHOOK = "webhook", "Personal webhook"
        PUSH = "push", "Push to a device"
        SLACK = "slack", "Slack"
        MATTERMOST = "mattermost", "Mattermost"
        TELEGRAM = "telegram", "Telegram"
        DISCORD = "discord", "Discord"
        MATRIX = "matrix", "Matrix"
        MSTEAMS = "msteams", "Microsoft Teams"
        NTFY = "ntfy", "ntfy"
        GOTIFY = "gotify", "Gotify"
        PUSHOVER = "pushover", "Pushover"
        APPRISE = "apprise", "Apprise"

    user = models.ForeignKey(User, models.CASCADE, related_name="contact_methods")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.EMAIL)
    address = models.CharField(max_length=320)
    # What opens the way, where that is a secret: then `address` shows only enough of it to tell one from another.
    target = models.TextField(blank=True, default="", editable=False)
    verified_at = models.DateTimeField(null=True, blank=True)
    proven_at = models.DateTimeField(null=True, blank=True, help_text="When a message last arrived there for certain.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["user", "kind", "address"], name="oncall_contact_method")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.address}"

    def clean(self) -> None:
        """Check an address as somebody typed it, and put its secret aside. Raises ValidationError."""
        before = ContactMethod.objects.filter(pk=self.pk).values_list("kind", "address").first()
        if before == (self.kind, self.address) or not self.address:
            return
        try:
            found = addresses.read(self.kind, self.address)
        except Invalid as error:
            raise ValidationError({"address": error.message}) from error
        self.address, self.target = found.shown, found.target


class NotificationRule(Addressable):
    """One step of how a person wants to be reached: notify by some channel, or wait."""

    class Kind(models.TextChoices):
        WAIT = "wait", "Wait"
        EMAIL = "notify_by_email", "E-mail"
        SMS = "notify_by_sms", "SMS"
        PHONE_CALL = "notify_by_phone_call", "Phone call"
        SLACK = "notify_by_slack", "Slack"
        TELEGRAM = "notify_by_telegram", "Telegram"
        MATTERMOST = "notify_by_mattermost", "Mattermost"
        MSTEAMS = "notify_by_msteams", "Microsoft Teams"
        MOBILE_APP = "notify_by_mobile_app", "Push"
        MOBILE_APP_CRITICAL = "notify_by_mobile_app_critical", "Push, important"
        WEBHOOK = "notify_by_webhook", "Webhook"
        DISCORD = "notify_by_discord", "Discord"
        MATRIX = "notify_by_matrix", "Matrix"
        NTFY = "notify_by_ntfy", "ntfy"
        GOTIFY = "notify_by_gotify", "Gotify"
        PUSHOVER = "notify_by_pushover", "Pushover"
        APPRISE = "notify_by_apprise", "Apprise"

    user = models.ForeignKey(User, models.CASCADE, related_name="notification_rules")
    important = models.BooleanField(default=False)
    position = models.IntegerField()
    kind = models.CharField(max_length=40, choices=Kind.choices)
    delay = models.DurationField(null=True, blank=True, help_text="How long to wait; for “wait” only.")

    DEFAULT_DELAY = timedelta(minutes=5)

    class Meta:
        ordering = ["user", "important", "position"]
        constraints = [
            models.UniqueConstraint(fields=["user", "important", "position"], name="oncall_rule_position"),
            models.CheckConstraint(condition=Q(kind="wait") | Q(delay=None), name="oncall_only_waits_have_delay"),
        ]

    def __str__(self) -> str:
        if self.kind == self.Kind.WAIT:
            return f"wait {(self.delay or self.DEFAULT_DELAY).total_seconds() / 60:g} min"
        return self.get_kind_display()
