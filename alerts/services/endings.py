"""What becomes of an alert that nobody took, though everybody was asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F

from alerts.models import Alert, Assignment, Escalation, LogEntry
from alerts.services import escalations
from oncall.models import Organization

NOBODY_TO_WAIT_FOR = timedelta(minutes=5)  # where everybody said no, or nobody could be asked, at once


def drop_or_repeat(ended: Iterable[Escalation], now: datetime) -> None:
    """Drop the alerts whose every escalation has ended, or begin anew, as the installation wishes; and say so.

    A broadcast waits for nobody (spec/pagertree A13)."""
    alerts = {row.alert_id: row.alert for row in ended}
    busy = Escalation.objects.filter(alert__in=alerts, status__in=Escalation.LIVE).values_list("alert", flat=True)
    over = Alert.objects.filter(pk__in=alerts.keys() - set(busy), status=Alert.Status.OPEN)
    pks = set(over.exclude(subtype=Alert.Subtype.BROADCAST).values_list("pk", flat=True))
    if not pks:
        return
    if Organization.objects.filter(drop_policy=Organization.DropPolicy.REPEAT).exists():
        for pk in sorted(pks):
            _repeat(alerts[pk], now)
    else:
        _drop([alerts[pk] for pk in sorted(pks)], now)


def _drop(alerts: list[Alert], now: datetime) -> None:
    mark_dropped([alert.pk for alert in alerts], now)
    LogEntry.objects.bulk_create(
        LogEntry(
            alert=alert,
            at=now,
            kind=LogEntry.Kind.DROPPED,
            run=alert.run,
            text="Everybody was asked and nobody took it.",
            announce_at=now,
        )
        for alert in alerts
    )


def mark_dropped(pks: Iterable[int], now: datetime) -> None:
    """Say that everybody was asked; what still asks goes on."""
    open_ones = Alert.objects.filter(pk__in=pks, status=Alert.Status.OPEN)
    open_ones.update(status=Alert.Status.DROPPED, dropped_at=now, updated_at=now)


def _repeat(alert: Alert, now: datetime) -> None:
    """Ask everybody again: at once after the plan's own waits, with a pause where nobody was left to wait for."""
    waited = alert.assignments.filter(run=alert.run, answer=Assignment.Answer.NONE).exists()
    delay = timedelta() if waited else NOBODY_TO_WAIT_FOR
    first = not alert.log.filter(kind=LogEntry.Kind.RESTARTED).exists()
    escalations.stop(alert, now=now)
    Alert.objects.filter(pk=alert.pk).update(run=F("run") + 1, updated_at=now)
    alert.refresh_from_db()
    text = "Everybody was asked and nobody took it: everybody is asked again."
    escalations.log(alert, LogEntry.Kind.RESTARTED, now, text=text, announce=first)
    escalations.start(alert, now=now, delay=delay)
