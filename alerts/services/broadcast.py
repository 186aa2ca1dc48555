"""What people answer to a broadcast (spec/pagertree A13)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from alerts.models import Alert, LogEntry, Source
from alerts.services import escalations
from base.errors import Conflict, Forbidden, Invalid
from oncall.models import User

DEADLINE = "response_requested_by"  # in `meta`, unix seconds


@transaction.atomic
def respond(alert: Alert, *, value: int, by: User, source: Source, now: datetime) -> None:
    """Record a person's answer, the number of one of the broadcast's responses; the last one counts.

    Raises Conflict when nobody is asked for an answer any more, Forbidden when that person was not asked, Invalid for
    a number that there is not."""
    locked = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    if problem := _closed(locked, now):
        raise Conflict(problem)
    if not locked.assignments.filter(user=by).exists():
        raise Forbidden("This broadcast was not sent to you.")
    if not 0 <= value < len(locked.responses):
        raise Invalid(f"value: must be a number from 0 to {len(locked.responses) - 1}", field="value")
    who = f"usr_{by.public_id}"
    entry = {"user_id": who, "value": value, "recorded": int(now.timestamp())}
    Alert.objects.filter(pk=alert.pk).update(
        responses_recorded=locked.responses_recorded | {who: entry}, updated_at=now
    )
    text = f"{by}: {locked.responses[value]}"
    escalations.log(locked, LogEntry.Kind.RESPONDED, now, by=by, source=source, text=text, detail={"value": value})
    alert.refresh_from_db()


def _closed(alert: Alert, now: datetime) -> str:
    """Return why no answer is taken; empty when one is."""
    if alert.subtype != Alert.Subtype.BROADCAST:
        return "The alert is no broadcast: it asks for no response."
    if not alert.response_requested:
        return "This broadcast asks for no response."
    if alert.has_ended:
        return f"The broadcast is {alert.get_status_display().lower()}: it takes no response any more."
    deadline = alert.meta.get(DEADLINE)
    if isinstance(deadline, int | float) and now.timestamp() > deadline:
        return "The time to respond is over."
    return ""
