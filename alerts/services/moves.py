"""The verbs that move an alert's status. One conditional UPDATE decides every race."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from alerts.lifecycle import RESTARTS, TARGET, Door, Verb, allowed_from
from alerts.models import Alert, Assignment, LogEntry, Maintenance, Source
from alerts.services import escalations, reminders
from oncall.models import User

Kind = LogEntry.Kind
UNSILENCED: dict[str, Any] = {"silenced_at": None, "silenced_until": None}
UNACKNOWLEDGED: dict[str, Any] = {"acknowledged_at": None, "acknowledged_by": None, "holder": None}


def move(alert: Alert, verb: Verb, *, now: datetime, door: Door, **changes: Any) -> bool:
    """Move the alert if its status still allows it, and reload it. Raises the run: what was planned is stale."""
    legal = Alert.objects.filter(pk=alert.pk, status__in=allowed_from(verb, door))
    changes = {"reminder_due_at": None, "reminded_at": None} | changes
    moved = legal.update(status=TARGET[verb], run=F("run") + 1, updated_at=now, **changes)
    alert.refresh_from_db()
    return bool(moved)


@transaction.atomic
def acknowledge(
    alert: Alert, *, by: User | None, source: Source, now: datetime, door: Door = Door.DOMAIN, text: str = ""
) -> bool:
    """Take the alert: all asking stops. False when its status does not allow it; then nothing has changed."""
    changes: dict[str, Any] = {"acknowledged_at": now, "acknowledged_by": by, "holder": by, "dropped_at": None}
    changes["reminder_due_at"] = reminders.first_due(now) if by is not None else None
    if not move(alert, Verb.ACKNOWLEDGE, now=now, door=door, **changes, **UNSILENCED):
        return _answer_page(alert, by=by, source=source, now=now, door=door)
    escalations.stop(alert, now=now, taken_by=by)
    if by is not None:
        escalations.note_team(alert, by)
    escalations.log(alert, Kind.ACKNOWLEDGED, now, by=by, source=source, text=text, announce=True)
    return True


def _answer_page(alert: Alert, *, by: User | None, source: Source, now: datetime, door: Door) -> bool:
    """Somebody answers a page onto an alert that another person holds, or the holder a reminder. The holder stays."""
    asked = alert.assignments.filter(answer=Assignment.Answer.NONE, escalation__direct=True)
    may = door == Door.DOMAIN and alert.status == Alert.Status.ACKNOWLEDGED
    if by is None or not may:
        return False
    if not asked.exists():
        return reminders.confirm(alert, by=by, source=source, now=now)
    escalations.stop(alert, now=now, taken_by=by)
    text = "The page is answered."
    escalations.log(alert, Kind.ACKNOWLEDGED, now, by=by, source=source, text=text)
    return True


@transaction.atomic
def resolve(
    alert: Alert, *, by: User | None, source: Source, now: datetime, door: Door = Door.DOMAIN, text: str = ""
) -> bool:
    """End the alert: it groups nothing any more. False when its status does not allow it."""
    changes = {"resolved_at": now, "resolved_by": by, "open_key": None, "routable_until": None}
    if not move(alert, Verb.RESOLVE, now=now, door=door, **changes, **UNSILENCED):
        return False
    escalations.stop(alert, now=now, taken_by=by)
    escalations.log(alert, Kind.RESOLVED, now, by=by, source=source, text=text, announce=True)
    _close_attached(alert, by=by, source=source, now=now)
    return True


def _close_attached(alert: Alert, *, by: User | None, source: Source, now: datetime) -> None:
    """End what is gathered below the alert, and the maintenance that gathers it (decisions.md, aggregating)."""
    if not alert.dedup_key:  # a monitor's alert gathers nothing for a maintenance
        Maintenance.objects.filter(alert=alert, ended_at=None).update(ended_at=now, due_at=None)
    for child in Alert.objects.filter(parent=alert, status=Alert.Status.AGGREGATING).order_by("pk"):
        resolve(child, by=by, source=source, now=now, text="Ends with the alert that it was attached to.")


@transaction.atomic
def archive(alert: Alert, *, by: User | None, source: Source, now: datetime, door: Door = Door.DOMAIN) -> bool:
    """File the alert away for good. False when its status does not allow it."""
    changes = {"archived_at": now, "archived_by": by, "open_key": None}
    if not move(alert, Verb.ARCHIVE, now=now, door=door, **changes):
        return False
    escalations.stop(alert, now=now)
    escalations.log(alert, Kind.ARCHIVED, now, by=by, source=source)
    return True


@transaction.atomic
def silence(
    alert: Alert,
    *,
    until: datetime | None,
    by: User | None,
    source: Source,
    now: datetime,
    door: Door = Door.DOMAIN,
) -> bool:
    """Ask nobody until that instant, or for good when it is None. False when its status does not allow it."""
    changes = {"silenced_at": now, "silenced_until": until, "dropped_at": None}
    if not move(alert, Verb.SILENCE, now=now, door=door, **changes):
        return False
    escalations.stop(alert, now=now, pages=False)
    text = "for good" if until is None else f"until {until:%Y-%m-%d %H:%M:%S} UTC"
    detail: dict[str, object] = {"until": None if until is None else until.isoformat()}
    escalations.log(alert, Kind.SILENCED, now, by=by, source=source, text=text, detail=detail, announce=True)
    return True


def unacknowledge(alert: Alert, *, by: User | None, source: Source, now: datetime, door: Door = Door.DOMAIN) -> bool:
    """Give the alert back: it escalates again after the grace. False when its status does not allow it."""
    return _reopen(alert, Verb.UNACKNOWLEDGE, Kind.UNACKNOWLEDGED, by=by, source=source, now=now, door=door)


def unsilence(alert: Alert, *, by: User | None, source: Source, now: datetime, door: Door = Door.DOMAIN) -> bool:
    """End the silence: it escalates again after the grace. False when its status does not allow it."""
    return _reopen(alert, Verb.UNSILENCE, Kind.UNSILENCED, by=by, source=source, now=now, door=door)


@transaction.atomic
def unresolve(alert: Alert, *, by: User | None, source: Source, now: datetime, door: Door = Door.DOMAIN) -> bool:
    """Open the alert again. It groups new events again only if no other alert took its dedup key meanwhile."""
    if alert.wiped_at is not None:  # it says nothing any more: nobody could be asked about it
        return False
    if not _reopen(alert, Verb.UNRESOLVE, Kind.UNRESOLVED, by=by, source=source, now=now, door=door):
        return False
    if alert.dedup_key and not _take_open_key(alert):
        text = "A newer alert has this dedup key: new events go there."
        escalations.log(alert, Kind.NOTE, now, source=source, text=text)
    return True


@transaction.atomic
def _reopen(
    alert: Alert, verb: Verb, kind: LogEntry.Kind, *, by: User | None, source: Source, now: datetime, door: Door
) -> bool:
    if verb not in RESTARTS:
        raise ValueError(verb)
    cleared = UNACKNOWLEDGED | UNSILENCED | {"resolved_at": None, "resolved_by": None}
    if not move(alert, verb, now=now, door=door, **cleared):
        return False
    escalations.log(alert, kind, now, by=by, source=source, announce=True)
    if running := Maintenance.objects.running(alert.integration_id, now):
        text = f"Nobody is asked: {running.get_mode_display().lower()} until {running.ends_at:%Y-%m-%d %H:%M:%S} UTC."
        escalations.log(alert, Kind.NOTE, now, source=source, text=text)
    else:
        escalations.start(alert, now=now, delay=escalations.RESTART_GRACE)
    return True


def open_key_of(alert: Alert) -> str | None:
    """Return the key under which an alert groups while it is open; None when it never groups."""
    return f"{alert.integration_id}:{alert.dedup_key}" if alert.dedup_key else None


def _take_open_key(alert: Alert) -> bool:
    try:
        with transaction.atomic():
            Alert.objects.filter(pk=alert.pk).update(open_key=open_key_of(alert))
    except IntegrityError:
        return False
    alert.refresh_from_db(fields=["open_key"])
    return True
