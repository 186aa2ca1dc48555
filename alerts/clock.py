"""The clock of the alerts: due steps; silences, delays and maintenances that run out; heartbeats that are missed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, Q

from alerts.models import Alert, Escalation, Heartbeat, Maintenance, Source
from alerts.services import advance_due, end_delay, unacknowledge, unsilence
from alerts.services.heartbeats import miss_due
from alerts.services.maintenance import end_due
from alerts.services.reminders import remind_due
from base.batches import BatchSize

STEPS = BatchSize(target=timedelta(milliseconds=50), most=200)
SILENCES_AT_ONCE = 20
DELAYS_AT_ONCE = 20
Promising = type[Heartbeat | Maintenance]
OTHERS: dict[Promising, Callable[[datetime], int]] = {Heartbeat: miss_due, Maintenance: end_due}


def tick(now: datetime) -> int:
    """Do what is due by now, about 50 ms of it, and return how many rows that were."""
    with STEPS.measured() as limit:
        done = STEPS.did(advance_due(now, limit))
    done += _end_silences(now) + _end_delays(now) + remind_due(now, _take_back)
    # A look first: to begin a transaction for nothing would keep SQLite's writers waiting.
    return done + sum(keep(now) for model, keep in OTHERS.items() if model.objects.filter(due_at__lte=now).exists())


def next_due() -> datetime | None:
    """Return the instant of the next promise, if there is any."""
    step = Escalation.objects.filter(due_at__isnull=False).aggregate(at=Min("due_at"))["at"]
    silence = Alert.objects.filter(silenced_until__isnull=False).aggregate(at=Min("silenced_until"))["at"]
    reminder = Alert.objects.filter(reminder_due_at__isnull=False).aggregate(at=Min("reminder_due_at"))["at"]
    delay = Alert.objects.filter(routable_until__isnull=False).aggregate(at=Min("routable_until"))["at"]
    others = [model.objects.filter(due_at__isnull=False).aggregate(at=Min("due_at"))["at"] for model in OTHERS]
    return min((at for at in (step, silence, reminder, delay, *others) if at is not None), default=None)


def due_rows(now: datetime) -> int:
    """Count what is due and not done yet."""
    steps = Escalation.objects.filter(due_at__lte=now).count()
    delays = Alert.objects.filter(routable_until__lte=now).count()
    others = sum(model.objects.filter(due_at__lte=now).count() for model in OTHERS)
    over = Q(silenced_until__lte=now) | Q(reminder_due_at__lte=now)
    return steps + delays + Alert.objects.filter(over).count() + others


def _take_back(alert: Alert, now: datetime) -> bool:
    return unacknowledge(alert, by=None, source=Source.CLOCK, now=now)


def _end_silences(now: datetime) -> int:
    over = Alert.objects.filter(silenced_until__lte=now).order_by("silenced_until")
    pks = list(over.values_list("pk", flat=True)[:SILENCES_AT_ONCE])
    return sum(_end_silence(pk, now) for pk in pks)


def _end_delays(now: datetime) -> int:
    over = Alert.objects.filter(routable_until__lte=now).order_by("routable_until")
    pks = list(over.values_list("pk", flat=True)[:DELAYS_AT_ONCE])
    return sum(_end_delay(pk, now) for pk in pks)


@transaction.atomic
def _end_delay(pk: int, now: datetime) -> bool:
    """End one delay, unless the alert ended meanwhile, or another process has it."""
    due = Alert.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk, routable_until__lte=now)
    alert = due.first()
    return alert is not None and end_delay(alert, now=now)


@transaction.atomic
def _end_silence(pk: int, now: datetime) -> bool:
    """End one silence, unless it was prolonged or ended meanwhile, or another process has it."""
    due = Alert.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk, silenced_until__lte=now)
    alert = due.first()
    return alert is not None and unsilence(alert, by=None, source=Source.CLOCK, now=now)
