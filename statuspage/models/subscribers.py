"""Who is told, and every message to them."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from statuspage.models.notices import NoticeChange
from statuspage.models.pages import Component, StatusPage

ADDRESS_FIELDS = {  # channel → where a subscriber keeps the address
    "email": "email",
    "sms": "phone_number",
    "webhook": "webhook_url",
    "slack": "slack_webhook_url",
    "msteams": "microsoft_teams_url",
    "google_chat": "google_chat_url",
}


def new_secret() -> str:
    """Return 32 random hexadecimal digits."""
    return secrets.token_hex(16)


class Subscriber(models.Model):
    """Somebody who wants to hear of a page. No component chosen means all; unsubscribing deletes the row."""

    page = models.ForeignKey(StatusPage, models.CASCADE, related_name="subscribers")
    email = models.EmailField(max_length=254, null=True, blank=True)
    phone_number = models.CharField(max_length=20, null=True, blank=True)
    webhook_url = models.URLField(max_length=500, null=True, blank=True)
    slack_webhook_url = models.URLField(max_length=500, null=True, blank=True)
    microsoft_teams_url = models.URLField(max_length=500, null=True, blank=True)
    google_chat_url = models.URLField(max_length=500, null=True, blank=True)
    first_name = models.CharField(max_length=100, null=True, blank=True)
    last_name = models.CharField(max_length=100, null=True, blank=True)
    nickname = models.CharField(max_length=100, null=True, blank=True)
    company = models.CharField(max_length=200, null=True, blank=True)
    tags = models.JSONField(default=list, blank=True)
    components = models.ManyToManyField(Component, blank=True, related_name="subscribers")
    secret = models.CharField(max_length=32, default=new_secret, editable=False)  # in links and webhook signatures
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="Nothing is sent before.")
    expires_at = models.DateTimeField(null=True, blank=True, editable=False)  # an unconfirmed row is deleted then
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(expires_at__isnull=False), name="statuspage_subscriber_due")
        ]
        constraints = [
            models.UniqueConstraint("page", Lower("email"), name="statuspage_one_subscriber_per_email"),
            models.UniqueConstraint(fields=["page", "phone_number"], name="statuspage_one_subscriber_per_phone"),
            models.UniqueConstraint(fields=["page", "webhook_url"], name="statuspage_one_subscriber_per_webhook"),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(confirmed_at=None), name="statuspage_only_unconfirmed_expires"
            ),
        ]

    def __str__(self) -> str:
        return self.email or self.phone_number or self.webhook_url or f"Subscriber {self.pk}"


class Publication(models.Model):
    """One message to one subscriber on one channel. `due_at` is its clock, as with notifications."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        SENT = "sent", "Sent"
        KEPT = "kept", "Kept in the outbox"
        FAILED = "failed", "Failed"
        STALE = "stale", "No longer wanted"

    class Purpose(models.TextChoices):
        NOTICE = "notice", "Tells of a notice"
        CONFIRM = "confirm", "Asks to confirm the address"
        PREFERENCES = "preferences", "Leads to the preferences"

    page = models.ForeignKey(StatusPage, models.CASCADE, related_name="publications")
    change = models.ForeignKey(NoticeChange, models.CASCADE, null=True, blank=True, related_name="publications")
    subscriber = models.ForeignKey(Subscriber, models.SET_NULL, null=True, blank=True, related_name="publications")
    purpose = models.CharField(max_length=12, choices=Purpose.choices, default=Purpose.NOTICE)
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=500)
    dedup = models.CharField(max_length=120, unique=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    due_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=120, blank=True)
    attempts_count = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    content = models.JSONField(null=True, blank=True)  # what was kept, where nothing left the house

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="statuspage_publication_due"),
            models.Index(fields=["change", "status"], name="statuspage_publication_sum"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(due_at=None) ^ Q(status="pending"), name="statuspage_pending_is_due"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.address}"


class SubscriptionRequest(models.Model):
    """That somebody asked to be told: only to slow down those who ask too often. Digests, no addresses."""

    page = models.ForeignKey(StatusPage, models.CASCADE, related_name="+")
    origin = models.CharField(max_length=64)
    address = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["origin", "at"], name="statuspage_request_origin"),
            models.Index(fields=["address", "at"], name="statuspage_request_address"),
        ]
