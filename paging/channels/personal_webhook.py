"""A person's own webhook, by a notification rule (spec/oncall-config-api 14, trigger "personal notification")."""

from __future__ import annotations

from datetime import datetime

from oncall.models import ContactMethod, Webhook
from paging.channels.base import SendError
from paging.channels.webhook import Call, WebhookChannel, request_of
from paging.models import Notification
from paging.webhook_event import event, person


class PersonalWebhookChannel(WebhookChannel):
    """Calls the webhook whose id is the contact method's address; the event's user is whom it asks."""

    name = "personal_webhook"
    contact_kind: str = ContactMethod.Kind.WEBHOOK

    def compose(self, notification: Notification, *, now: datetime) -> Call:
        """Return the request. Raises SendError when there is no such webhook, or it is for something else."""
        found = Webhook.objects.filter(
            public_id=notification.address.removeprefix("WH"),
            trigger_type=Webhook.Trigger.PERSONAL_NOTIFICATION,
            enabled=True,
            deleted_at=None,
        ).first()
        if found is None or notification.alert is None:
            raise SendError(f"{notification.address} is no enabled webhook for personal notifications.", permanent=True)
        facts = event(notification.alert, found, at=notification.created_at)
        return request_of(notification, found, facts | {"user": person(notification.user)}, now)
