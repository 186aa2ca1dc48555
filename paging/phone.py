"""What a person answers on a phone: a key in a call, a letter in a text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from alerts.models import Alert, Source
from base.errors import Forbidden, Invalid
from paging import messages, services
from paging.models import Notification, Receipt

KEYS = {"1": "acknowledge", "2": "resolve", "3": "reject"}
AGAIN = "4"
LETTERS = {"A": "acknowledge", "R": "resolve", "X": "reject"}
WORDS = {"ACK": "A", "ACKNOWLEDGE": "A", "RESOLVE": "R", "RESOLVED": "R", "REJECT": "X"}
HOLDS_FOR = timedelta(days=7)
HELP = "Reply A to acknowledge, R to resolve, X if it is not for you."
NOTHING_OPEN = "There is no alert that you were texted about."


@dataclass(frozen=True, slots=True)
class Said:
    """What the person hears or reads; `again`: the alert is read out once more."""

    text: str
    again: bool = False


def press(notification: Notification, key: str, *, now: datetime) -> Said:
    """Do what a key means."""
    if key == AGAIN:
        return Said("", again=True)
    if key not in KEYS:
        return Said("This key means nothing.", again=True)
    return Said(answer(notification, KEYS[key], via=Source.PHONE, now=now))


def answer(notification: Notification, verb: str, *, via: Source, now: datetime) -> str:
    """Answer for the alert; return what became of it."""
    try:
        return services.record_reply(notification, verb, via=via, now=now).answer
    except (Invalid, Forbidden) as error:
        return error.message


@transaction.atomic
def reply(number: str, text: str, *, provider: str, reference: str, now: datetime) -> str:
    """Do what a text means for the newest alert that was texted to that number; return the answer.

    The provider's name for the text makes a repetition harmless: it is answered with nothing."""
    word = text.strip().strip(".!").upper()
    verb = LETTERS.get(WORDS.get(word, word))
    row = _newest(number, now)
    _, fresh = Receipt.objects.get_or_create(
        provider=provider, reference=reference, defaults={"notification": row, "word": word[:50], "at": now}
    )
    if not fresh:
        return ""
    if row is None or row.alert is None:
        return NOTHING_OPEN
    if verb is None:
        return HELP
    said = answer(row, verb, via=Source.SMS, now=now)
    return messages.shorten(f"{messages.one_line(row.alert.title)}: {said}", messages.SMS_LENGTH)


def _newest(number: str, now: datetime) -> Notification | None:
    """Return the newest text to a number that is still the person's own: first one whose alert wants an answer."""
    rows = Notification.objects.filter(
        channel="sms",
        address=number,
        alert__isnull=False,
        contact_method__address=number,
        contact_method__verified_at__isnull=False,
        sent_at__gt=now - HOLDS_FOR,
        status__in=[Notification.Status.SENT, Notification.Status.KEPT, Notification.Status.UNKNOWN],
    ).select_related("alert", "user")
    newest = rows.order_by("-sent_at", "-pk")
    return newest.exclude(alert__status__in=Alert.ENDED).first() or newest.first()
