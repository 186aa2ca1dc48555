"""How much an integration may send. Beyond it nothing is lost: events are counted on the alert they belong to."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from alerts.models import Alert, Assignment, Escalation, IngestWindow, Integration, LogEntry, Source
from alerts.services import escalations
from base.errors import DomainError

WINDOW = timedelta(minutes=5)
UNSAFE = timedelta(seconds=60)  # steps that are later than this say that we cannot keep up
RETRY_AFTER = 30  # seconds


class Backlogged(DomainError):
    """The integration is over its limit and we are behind: it may send again in `retry_after` seconds."""

    retry_after = RETRY_AFTER


def limit_of(integration: Integration) -> int:
    """Return how many events the integration may send in five minutes; 0 is without limit."""
    own = integration.ingest_limit
    limit: int = settings.TOCSIN_INGEST_LIMIT if own is None else own
    return limit


def is_over(integration: Integration, *, now: datetime) -> bool:
    """Count one event and tell whether it is beyond the limit. Costs nothing where there is no limit."""
    limit = limit_of(integration)
    if not limit:
        return False
    began_at = _window(now)
    counted = IngestWindow.objects.filter(integration=integration, began_at=began_at)
    if not counted.update(received=F("received") + 1):
        fresh = {"began_at": began_at, "received": 1, "coalesced": 0}
        IngestWindow.objects.update_or_create(integration=integration, defaults=fresh)
    return counted.values_list("received", flat=True)[0] > limit


def coalesce(alert: Alert, integration: Integration, *, now: datetime) -> None:
    """Count an event on its alert without keeping it; the alert's log says how many there were."""
    changes = {"events_count": F("events_count") + 1, "last_event_at": now, "updated_at": now}
    Alert.objects.filter(pk=alert.pk).update(**changes)
    began_at = _window(now)
    IngestWindow.objects.filter(integration=integration).update(coalesced=F("coalesced") + 1)
    mine = LogEntry.objects.filter(alert=alert, kind=LogEntry.Kind.DEDUPLICATED, at__gte=began_at)
    entry = next((entry for entry in mine.order_by("-pk")[:1] if "coalesced" in entry.detail), None)
    count = entry.detail["coalesced"] + 1 if entry else 1
    text = f"Over the limit of {limit_of(integration)} events in five minutes: {count} counted and not kept."
    detail: dict[str, object] = {"coalesced": count}
    if entry is None:
        escalations.log(alert, LogEntry.Kind.DEDUPLICATED, now, source=Source.MONITOR, text=text, detail=detail)
    else:
        LogEntry.objects.filter(pk=entry.pk).update(text=text, detail=detail)


def refuse_if_unsafe(*, now: datetime) -> None:
    """Raise Backlogged when due steps are so late that another alert would endanger those we have."""
    late = now - UNSAFE
    if Escalation.objects.filter(due_at__lt=late).exists() or Assignment.objects.filter(due_at__lt=late).exists():
        raise Backlogged("Too many alerts are waiting. Send it again later.")


def _window(now: datetime) -> datetime:
    seconds = WINDOW.total_seconds()
    return now - timedelta(seconds=now.timestamp() % seconds)
