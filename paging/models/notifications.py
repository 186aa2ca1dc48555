"""Deeds: one message to one person on one channel, every try, and the person's answer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from alerts.models import Alert, Assignment, LogEntry, Source, Stakeholder
from oncall.models import ContactMethod, User, Webhook


class Notification(models.Model):
    """One message to one address. `due_at` is its clock; a lease is a `due_at` pushed ahead with an owner."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        SENT = "sent", "Sent"
        KEPT = "kept", "Kept in the outbox"  # no provider is set up: never called "sent"
        FAILED = "failed", "Failed"
        STALE = "stale", "No longer wanted"  # the alert moved on before it was due
        UNKNOWN = "unknown", "Sent, not known to have arrived"  # the provider took it, and no receipt came
        SKIPPED = "skipped", "Skipped"  # the same person was just told on the same channel

    class Purpose(models.TextChoices):
        PAGE = "page", "Asks somebody to take an alert"
        NEWS = "news", "Tells what became of an alert"
        WEBHOOK = "webhook", "Calls a webhook"
        MORE = "more", "Tells how many were left out"
        CHECK = "check", "Proves an address"

    alert = models.ForeignKey(Alert, models.CASCADE, null=True, blank=True, related_name="notifications")
    assignment = models.ForeignKey(Assignment, models.CASCADE, null=True, blank=True, related_name="notifications")
    log_entry = models.ForeignKey(LogEntry, models.CASCADE, null=True, blank=True, related_name="notifications")
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="notifications")
    contact_method = models.ForeignKey(ContactMethod, models.SET_NULL, null=True, blank=True, related_name="+")
    webhook = models.ForeignKey(Webhook, models.SET_NULL, null=True, blank=True, related_name="+")
    stakeholder = models.ForeignKey(Stakeholder, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=20, blank=True)  # why this person hears news, see paging.news
    fallback_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="fallbacks")

    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.PAGE)
    channel = models.CharField(max_length=20)
    address = models.CharField(max_length=500)  # a snapshot: what was true when it was planned
    important = models.BooleanField(default=False)
    run = models.PositiveIntegerField(null=True, blank=True)  # NULL: not fenced
    dedup = models.CharField(max_length=120, unique=True)  # also the provider's idempotency key

    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    due_at = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=120, blank=True)
    attempts_count = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)  # when it is known to have arrived
    receipt_due_at = models.DateTimeField(null=True, blank=True)  # the provider's word is expected by then
    reference = models.CharField(max_length=200, blank=True)  # the provider's name for what was sent
    shown_run = models.PositiveIntegerField(null=True, blank=True)  # what the message in a chat shows; NULL: no more
    error = models.TextField(blank=True)
    content = models.JSONField(null=True, blank=True)  # what was sent or kept: {"subject", "text", "html"?}

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="paging_notification_due"),
            models.Index(fields=["shown_run"], condition=Q(shown_run__isnull=False), name="paging_notification_shown"),
            models.Index(
                fields=["receipt_due_at"],
                condition=Q(receipt_due_at__isnull=False),
                name="paging_notification_receipt",
            ),
            models.Index(fields=["user", "channel", "sent_at"], name="paging_notification_recent"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(due_at=None) | Q(status="pending"), name="paging_only_pending_is_due"),
            models.CheckConstraint(
                condition=~Q(status="pending") | Q(due_at__isnull=False), name="paging_pending_is_always_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} to {self.address}"


class Attempt(models.Model):
    """One try to send a notification, and the provider's word."""

    class Outcome(models.TextChoices):
        SENT = "sent", "Sent"
        KEPT = "kept", "Kept"
        RETRY = "retry", "Will be tried again"
        FAILED = "failed", "Failed for good"

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    provider = models.CharField(max_length=50, blank=True)
    answer = models.TextField(blank=True)
    took = models.DurationField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["at"], name="paging_attempt_at")]


class Reply(models.Model):
    """What a person answered to a notification, and whether it took effect."""

    notification = models.ForeignKey(Notification, models.CASCADE, related_name="replies")
    user = models.ForeignKey(User, models.CASCADE, related_name="replies")
    verb = models.CharField(max_length=20)
    via = models.CharField(max_length=12, choices=Source.choices)
    at = models.DateTimeField()
    took_effect = models.BooleanField()
    answer = models.TextField(blank=True)  # what the person was told

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "replies"


class Receipt(models.Model):
    """A text that a provider brought to us: known again when it is brought twice."""

    notification = models.ForeignKey(Notification, models.SET_NULL, null=True, blank=True, related_name="receipts")
    provider = models.CharField(max_length=50)
    reference = models.CharField(max_length=200)
    word = models.CharField(max_length=50)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["provider", "reference"], name="paging_receipt_once")]
