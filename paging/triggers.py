"""Webhooks that events call: which line of a log is which trigger, and who is called (spec/oncall-config-api 14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.models import LogEntry
from oncall.models import Webhook
from paging.models import Notification

Kind = LogEntry.Kind
Trigger = Webhook.Trigger
TRIGGER_OF: dict[str, str] = {
    Kind.REGISTERED: Trigger.CREATED,
    Kind.ACKNOWLEDGED: Trigger.ACKNOWLEDGE,
    Kind.RESOLVED: Trigger.RESOLVE,
    Kind.SILENCED: Trigger.SILENCE,
    Kind.UNSILENCED: Trigger.UNSILENCE,
    Kind.UNRESOLVED: Trigger.UNRESOLVE,
    Kind.UNACKNOWLEDGED: Trigger.UNACKNOWLEDGE,
}


def trigger_of(row: LogEntry | None, webhook: Webhook) -> str:
    """Return what made the call: the event itself, else what the webhook is for."""
    return TRIGGER_OF.get(row.kind, webhook.trigger_type) if row else str(webhook.trigger_type)


def calls(rows: Sequence[LogEntry], now: datetime) -> list[Notification]:
    """Return the calls that these lines make: by one query however many there are."""
    events = [(row, TRIGGER_OF[row.kind]) for row in rows if row.kind in TRIGGER_OF]
    if not events:
        return []
    wanted = {trigger for _, trigger in events} | {Trigger.STATUS_CHANGE}
    hooks = list(Webhook.objects.filter(deleted_at=None, enabled=True, trigger_type__in=wanted).order_by("pk"))
    return [call(row, hook, now) for row, trigger in events for hook in hooks if _is_for(hook, row, trigger)]


def _is_for(hook: Webhook, row: LogEntry, trigger: str) -> bool:
    """A change of status is any of them but the creation."""
    changes = hook.trigger_type == Trigger.STATUS_CHANGE and trigger != Trigger.CREATED
    wanted = hook.integration_filter
    return (hook.trigger_type == trigger or changes) and (not wanted or f"C{row.alert.integration.public_id}" in wanted)


def call(row: LogEntry, hook: Webhook, now: datetime) -> Notification:
    """Return one call, which is made once however often the line is announced."""
    return Notification(
        alert_id=row.alert_id,
        log_entry=row,
        webhook=hook,
        purpose=Notification.Purpose.WEBHOOK,
        channel="webhook",
        address=hook.url[:500],
        dedup=f"l{row.pk}:w{hook.pk}",
        due_at=now,
        created_at=now,
    )
