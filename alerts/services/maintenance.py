"""Start and end the maintenance of an integration (spec/oncall-runtime-api 2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from alerts.models import Alert, Integration, LogEntry, Maintenance, Source
from alerts.services import escalations, moves
from alerts.services.integrations import hidden_integration
from base.batches import work
from base.errors import Conflict, NotFound
from oncall.models import User

AT_ONCE = 20
RETRY = timedelta(seconds=30)
OVER = "The maintenance is over."


@transaction.atomic
def start_maintenance(
    integration: Integration,
    *,
    mode: Maintenance.Mode,
    duration: timedelta,
    by: User | None,
    source: Source,
    now: datetime,
) -> Maintenance:
    """Let the integration's new alerts ask nobody for that long. What already escalates goes on.

    Raises Conflict when a maintenance is running, NotFound when the integration has just been deleted."""
    held = Integration.objects.select_for_update(of=("self",), no_key=True)
    if held.filter(pk=integration.pk, deleted_at=None).first() is None:
        raise NotFound("This integration was deleted.")
    if Maintenance.objects.running(integration.pk, now):
        raise Conflict("Already on maintenance")
    for left_over in Maintenance.objects.filter(integration=integration, ended_at=None):
        _end(left_over, by=None, source=Source.CLOCK, now=now)
    gathers = mode == Maintenance.Mode.MAINTENANCE
    return Maintenance.objects.create(
        integration=integration,
        mode=mode,
        alert=_gathering(integration, by, source, now) if gathers else None,
        started_by=by,
        started_at=now,
        ends_at=now + duration,
        due_at=now + duration,
    )


@transaction.atomic
def stop_maintenance(integration: Integration, *, by: User | None, source: Source, now: datetime) -> bool:
    """End the maintenance that is running, and every alert that it gathered. False when there is none."""
    running = Maintenance.objects.select_for_update(of=("self",)).filter(integration=integration, ended_at=None)
    row = running.first()
    if row is not None:
        _end(row, by=by, source=source, now=now)
    return row is not None


def end_due(now: datetime) -> int:
    """End every maintenance whose time is over; return how many there were."""

    def claim() -> list[Maintenance]:
        due = Maintenance.objects.filter(due_at__lte=now).order_by("due_at", "pk")
        return list(due.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])

    def end(rows: Sequence[Maintenance]) -> None:
        for row in rows:
            _end(row, by=None, source=Source.CLOCK, now=now)

    def push_away(row: Maintenance, _: Exception) -> None:
        Maintenance.objects.filter(pk=row.pk).update(due_at=now + RETRY)

    return work(claim, end, push_away)


def _end(row: Maintenance, *, by: User | None, source: Source, now: datetime) -> None:
    Maintenance.objects.filter(pk=row.pk).update(ended_at=now, due_at=None)
    if row.alert is not None:
        moves.resolve(row.alert, by=by, source=source, now=now, text=OVER)
    # Gathered below an alert that was deleted meanwhile.
    for alert in Alert.objects.filter(integration=row.integration_id, status=Alert.Status.AGGREGATING, parent=None):
        moves.resolve(alert, by=by, source=source, now=now, text=OVER)


def _gathering(integration: Integration, by: User | None, source: Source, now: datetime) -> Alert:
    """Open the alert below which the others are gathered. It asks nobody."""
    alert = Alert.objects.create(
        integration=hidden_integration(Integration.MAINTENANCE, integration.team, now=now),
        team=integration.team,
        title=f"Maintenance of {integration.name}"[:500],
        status=Alert.Status.SUPPRESSED,
        source_user=by,
        created_at=now,
        updated_at=now,
    )
    escalations.log(alert, LogEntry.Kind.REGISTERED, now, by=by, source=source)
    return alert
