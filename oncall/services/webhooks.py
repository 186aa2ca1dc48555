"""Outgoing webhooks."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from base.errors import Conflict
from oncall.models import EscalationPolicy, Webhook

logger = logging.getLogger(__name__)
SIMPLE_PRESET = "simple_webhook"
# What the simple preset decides by itself (spec/oncall-config-api 14).
SIMPLE: dict[str, Any] = {"http_method": "POST", "trigger_type": Webhook.Trigger.ESCALATION, "forward_all": True}
TAKEN = "Another webhook has this name."


def create_webhook(values: Mapping[str, Any]) -> Webhook:
    """Make a webhook of values named like the model's fields. Raises Conflict when the name is taken."""
    return _save(Webhook(**values))


def update_webhook(webhook: Webhook, values: Mapping[str, Any]) -> Webhook:
    """Change what is given. Raises Conflict when the name is taken."""
    for name, value in values.items():
        setattr(webhook, name, value)
    return _save(webhook)


def delete_webhook(webhook: Webhook, *, now: datetime) -> None:
    """Delete a webhook: its name is free again, policies that called it have none and say so when they run."""
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk, deleted_at=None).update(deleted_at=now)
        orphans = EscalationPolicy.objects.filter(webhook=webhook).update(webhook=None)
    if orphans:
        logger.warning("webhook %s was deleted; escalation policies without one now: %s", webhook.public_id, orphans)


def _save(webhook: Webhook) -> Webhook:
    if webhook.preset == SIMPLE_PRESET:
        for name, value in SIMPLE.items():
            setattr(webhook, name, value)
    try:
        with transaction.atomic():
            webhook.save()
    except IntegrityError as exc:
        raise Conflict(TAKEN, code="unique") from exc
    return webhook
