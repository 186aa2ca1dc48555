"""Old facts are deleted in small batches; nothing of an alert that is still open ever is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from alerts.models import Alert, Event, LogEntry
from paging.models import Attempt, Notification, Page

BATCH = 500
ENDED = Q(alert__status__in=Alert.ENDED)


def sweep(now: datetime, days: Mapping[str, int], *, batch: int = BATCH) -> dict[str, int]:
    """Delete what is older than `days` allows (settings.RETENTION_DAYS); return how many rows of each kind."""
    payloads, attempts, logs, requests = (
        now - timedelta(days=days[kind]) for kind in ("payloads", "attempts", "logs", "requests")
    )
    waiting = Notification.objects.filter(due_at__isnull=False, log_entry__isnull=False).values("log_entry")
    return {
        "payloads": _delete(Event.objects.filter(ENDED, received_at__lt=payloads), batch),
        "messages": _forget(Notification.objects.filter(ENDED, created_at__lt=payloads, due_at=None), batch),
        "attempts": _delete(
            Attempt.objects.filter(at__lt=attempts, notification__due_at=None).filter(
                Q(notification__alert__status__in=Alert.ENDED) | Q(notification__alert=None)
            ),
            batch,
        ),
        "requests": _delete(Page.objects.filter(ENDED | Q(alert=None), created_at__lt=requests, due_at=None), batch),
        "log": _delete(LogEntry.objects.filter(ENDED, at__lt=logs, announce_at=None).exclude(pk__in=waiting), batch),
    }


def _delete(rows: QuerySet[Any], batch: int) -> int:
    """Delete in transactions of their own, so that nobody waits long."""
    total = 0
    while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:batch]):
        with transaction.atomic():
            rows.filter(pk__in=pks).delete()
        total += len(pks)
    return total


def _forget(rows: QuerySet[Notification], batch: int) -> int:
    """Forget what the messages said; that they were sent stays known."""
    total = 0
    remembered = rows.filter(content__isnull=False)
    while pks := list(remembered.order_by("pk").values_list("pk", flat=True)[:batch]):
        total += Notification.objects.filter(pk__in=pks).update(content=None)
    return total
