"""Blank what an alert says and keep that it happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from alerts.models import Alert, LogEntry, Source
from alerts.services import escalations
from oncall.models import User

BLANK: dict[str, Any] = {
    "title": "",
    "description": None,
    "source_url": None,
    "image_url": None,
    "thirdparty_id": None,
    "dedup_key": "",
    "open_key": None,
    "tags": [],
    "meta": {},
    "additional_data": [],
    "responses": [],
    "responses_recorded": {},
    "silenced_at": None,
    "silenced_until": None,
    "reminder_due_at": None,
    "reminded_at": None,
}
SAYS_MORE = (LogEntry.Kind.NOTE, LogEntry.Kind.STEP_FAILED, LogEntry.Kind.FELL_BACK, LogEntry.Kind.UNREACHABLE)


@transaction.atomic
def wipe(alert: Alert, *, by: User | None, source: Source, now: datetime) -> None:
    """End the alert and delete its texts: title, payloads, labels and notes; paging forgets the messages it sent.

    Doing it twice is harmless."""
    locked = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    ended: dict[str, Any] = {} if locked.has_ended else {"status": Alert.Status.RESOLVED, "resolved_at": now}
    if ended:
        ended |= {"resolved_by": by, "run": F("run") + 1}
        escalations.stop(locked, now=now)
    Alert.objects.filter(pk=alert.pk).update(wiped_at=now, updated_at=now, **BLANK, **ended)
    locked.events.update(payload={})
    locked.labels.all().delete()
    locked.resolution_notes.all().delete()
    locked.log.filter(kind__in=SAYS_MORE).update(text="")
    escalations.log(locked, LogEntry.Kind.WIPED, now, by=by, source=source, announce=True)
    alert.refresh_from_db()
