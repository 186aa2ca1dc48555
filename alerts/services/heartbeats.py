"""Signs of life: each ping moves the instant at which the next one is missed; missing it opens an alert."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from alerts.ingest import Signal
from alerts.models import Heartbeat, Integration
from alerts.services.receive import take
from base.batches import work
from base.errors import Invalid

Status = Heartbeat.Status
AT_ONCE = 50
LATE = timedelta(minutes=1)  # later than this it was us who were away
RETRY = timedelta(seconds=30)
ALERTNAME = "OnCallHeartBeatMissing"
ALERTMANAGER_LIKE = frozenset({"alertmanager", "grafana"})


@transaction.atomic
def ping(integration: Integration, *, now: datetime) -> Heartbeat:
    """Note a sign of life: the first one arms the heartbeat, one after a miss resolves its alert; when off, neither."""
    row = _held(integration)
    if row.status == Status.OFF:
        _set(row, last_ping_at=now)
        return row
    was_missed = row.status == Status.MISSED
    _set(row, status=Status.ALIVE, last_ping_at=now, due_at=now + row.timeout)
    if was_missed:
        _tell(row, now, missed=False)
    return row


@transaction.atomic
def arm(integration: Integration, *, now: datetime, timeout: timedelta | None = None) -> Heartbeat:
    """Expect a ping within the time-out from now on. Raises Invalid for a time-out that is not offered."""
    if timeout is not None and timeout.total_seconds() not in Heartbeat.TIMEOUTS:
        raise Invalid("Invalid timeout", field="timeout")
    row = _held(integration)
    timeout = timeout or row.timeout
    if row.status == Status.MISSED:
        _set(row, timeout=timeout)  # its alert is open, the next ping ends that
    else:
        _set(row, timeout=timeout, status=Status.ALIVE, due_at=now + timeout)
    return row


@transaction.atomic
def disarm(integration: Integration, *, now: datetime) -> Heartbeat:
    """Expect no ping any more, whoever still sends some; an alert about a missed one is resolved."""
    row = _held(integration)
    was_missed = row.status == Status.MISSED
    _set(row, status=Status.OFF, due_at=None)
    if was_missed:
        _tell(row, now, missed=False)
    return row


def miss_due(now: datetime) -> int:
    """Open an alert for every heartbeat that is missed by now; return how many rows were done.

    After a downtime of ours the monitors could not reach us: they get their time-out anew."""
    return work(lambda: _claim(now), lambda rows: _miss(rows, now), lambda row, _: _set(row, due_at=now + RETRY))


def _claim(now: datetime) -> list[Heartbeat]:
    due = Heartbeat.objects.filter(due_at__lte=now).select_related("integration").order_by("due_at", "pk")
    return list(due.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])


def _miss(rows: Sequence[Heartbeat], now: datetime) -> None:
    for row in rows:
        if row.integration.deleted_at is not None:
            _set(row, status=Status.OFF, due_at=None)
        elif row.due_at is not None and now - row.due_at > LATE:
            _set(row, due_at=now + row.timeout)
        else:
            _set(row, status=Status.MISSED, due_at=None)
            _tell(row, now, missed=True)


def _held(integration: Integration) -> Heartbeat:
    """Return the integration's heartbeat, locked, made when it is first needed."""
    Heartbeat.objects.get_or_create(integration=integration)
    return Heartbeat.objects.select_for_update(of=("self",)).get(integration=integration)


def _set(row: Heartbeat, **values: Any) -> None:
    Heartbeat.objects.filter(pk=row.pk).update(**values)
    for name, value in values.items():
        setattr(row, name, value)


def _tell(row: Heartbeat, now: datetime, *, missed: bool) -> None:
    """Receive our own payload. It is read here: the integration's templates are for the monitor's own words."""
    integration = row.integration
    uid = f"heartbeat-{integration.public_id}"
    title = f"Heartbeat of {integration.name} is missing" if missed else f"Heartbeat of {integration.name} is back"
    minutes = row.timeout.total_seconds() / 60
    message = f"No ping for {minutes:g} min." if missed else "It has pinged again, or is no longer expected to."
    signal = Signal(
        dedup_key=uid,
        title=title,
        message=message,
        image_url=None,
        source_url=None,
        resolves=not missed,
        acknowledges=False,
        started_at=None,
        ended_at=None,
        urgency=None,
    )
    take(integration, _payload(integration.type, uid, title, message, missed), signal, now=now)


def _payload(type_slug: str, uid: str, title: str, message: str, missed: bool) -> dict[str, Any]:
    """Return what routes look at, in the words of the integration's type (spec/oncall-runtime-api 1.7)."""
    if type_slug not in ALERTMANAGER_LIKE:
        state = "alerting" if missed else "ok"
        return {"alert_uid": uid, "title": title, "message": message, "state": state, "is_oncall_heartbeat": True}
    status = "firing" if missed else "resolved"
    labels, annotations = {"alertname": ALERTNAME}, {"title": title, "message": message}
    return {
        "alerts": [{"status": status, "labels": labels, "annotations": annotations}],
        "status": status,
        "groupKey": f'{{}}:{{alertname="{ALERTNAME}"}}',
        "groupLabels": labels,
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "numFiring": int(missed),
        "numResolved": int(not missed),
        "version": "4",
    }
