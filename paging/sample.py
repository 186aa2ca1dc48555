"""The sample, as a whole: people and plans, alerts, and the mails that were kept. All of it can be removed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import transaction

from alerts import sample as alerts_sample
from alerts.models import Alert, Assignment
from oncall import sample as oncall_sample
from oncall.models import ContactMethod, Organization
from paging import messages
from paging.models import Attempt, Notification

PROVIDER = "outbox"


@dataclass(frozen=True, slots=True)
class Removed:
    """What was deleted, and what other rows lost by it."""

    alerts: int = 0
    lost: list[str] = field(default_factory=list)
    anything: bool = True


def is_loaded() -> bool:
    """Tell whether any part of the sample is there."""
    return oncall_sample.is_loaded() or alerts_sample.is_loaded()


@transaction.atomic
def load(now: datetime) -> int | None:
    """Load the sample as it would be at `now`; return the number of its alerts, None when it was there already."""
    Organization.objects.select_for_update().get(pk=Organization.load().pk)  # two machines may start at once
    if is_loaded():
        return None
    alerts = alerts_sample.load(oncall_sample.load(now), now)
    _mails(alerts)
    for further in _further():
        further.load(now)
    return len(alerts)


@transaction.atomic
def remove() -> Removed:
    """Remove exactly what `load` made and what came in through it; nothing of anybody real."""
    if not is_loaded():
        return Removed(anything=False)
    for further in _further():
        further.remove()
    count, lost = alerts_sample.remove()
    return Removed(count, [*lost, *oncall_sample.remove()])


def _further() -> list[Any]:
    """Return the samples of the apps above this one (settings.SAMPLES): each has load(now) and remove()."""
    return [import_module(path) for path in settings.SAMPLES]


def _mails(alerts: list[Alert]) -> None:
    """Write the mail that each request would have been: kept, since sample people are never written to."""
    asked = Assignment.objects.filter(alert__in=alerts).select_related("alert__integration", "user").order_by("pk")
    methods = {method.user_id: method for method in ContactMethod.objects.filter(user__is_sample=True)}
    for row in asked:
        mail = Notification.objects.create(
            alert=row.alert,
            assignment=row,
            user=row.user,
            contact_method=methods[row.user_id],
            channel="email",
            address=methods[row.user_id].address,
            important=row.important,
            run=row.run,
            dedup=f"sample:{row.pk}",
            status=Notification.Status.KEPT,
            attempts_count=1,
            created_at=row.asked_at,
            sent_at=row.asked_at,
        )
        words = messages.mail(mail)
        mail.content = {"subject": words.subject, "text": words.text, "html": words.html}
        mail.save(update_fields=["content"])
        answer = "No message left the house; read it here."
        Attempt.objects.create(
            notification=mail, number=1, at=row.asked_at, outcome="kept", provider=PROVIDER, answer=answer
        )
