"""What people answer to a notification."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from alerts import services
from alerts.models import Alert, Assignment, Source
from base.errors import Conflict, Forbidden, Invalid
from oncall.models import User
from paging import messages, proofs
from paging.models import Notification, Reply

VERBS = ("acknowledge", "resolve", "reject")
DONE = {
    "acknowledge": "Acknowledged: you have it, nobody else is asked.",
    "resolve": "Resolved.",
    "reject": "Noted: it is not for you. The next one is asked.",
}


@transaction.atomic
def record_reply(notification: Notification, verb: str, *, via: Source, now: datetime) -> Reply:
    """Do what the person asks for and write down whether it took effect; doing it twice is harmless.

    Raises Invalid for an unknown verb, Forbidden when the person may not act on alerts."""
    alert, user = notification.alert, notification.user
    if verb not in VERBS:
        raise Invalid(f"verb: {verb!r} is unknown; use one of {', '.join(VERBS)}", field="verb")
    if alert is None or user is None:
        raise Invalid("This message asks for no answer.")
    if not user.may_edit:
        raise Forbidden(f"{user} may not act on alerts.")
    proofs.arrived(notification, now)
    refusal = _act(alert, user, verb, via, now)
    stands_for = (notification.content or {}).get(messages.BUNDLE, [])
    for other in Notification.objects.filter(pk__in=stands_for).select_related("alert", "user").order_by("pk"):
        record_reply(other, verb, via=via, now=now)
    return Reply.objects.create(
        notification=notification,
        user=user,
        verb=verb,
        via=via,
        at=now,
        took_effect=not refusal,
        answer=(refusal or DONE[verb]) + (f" The same for {len(stands_for)} more." if stands_for else ""),
    )


def _act(alert: Alert, user: User, verb: str, via: Source, now: datetime) -> str:
    """Return why nothing changed; empty when it did."""
    if verb == "reject":
        return _reject(alert, user, via, now)
    move = services.acknowledge if verb == "acknowledge" else services.resolve
    if move(alert, by=user, source=via, now=now):
        return ""
    return messages.state_of(alert, now, reader_pk=user.pk) or f"The alert is {alert.get_status_display().lower()}."


def _reject(alert: Alert, user: User, via: Source, now: datetime) -> str:
    try:
        services.reject(alert, by=user, source=via, now=now)
    except Conflict as error:
        return messages.state_of(alert, now, reader_pk=user.pk) or error.message
    except Forbidden as error:
        said_no = alert.assignments.filter(user=user, answer=Assignment.Answer.REJECTED, run=alert.run).exists()
        return "You said already that it is not for you." if said_no else error.message
    return ""
