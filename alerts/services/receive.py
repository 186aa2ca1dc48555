"""Take in what a monitor says: one transaction, and only then is it accepted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from alerts import ingest, routing
from alerts.ingest.signal import Signal
from alerts.lifecycle import Door
from alerts.models import Alert, AlertLabel, Escalation, Event, Integration, LogEntry, Maintenance, Route, Source
from alerts.services import escalations, limits, members, moves, routers, stakeholders
from alerts.services.destinations import first_team
from oncall.selectors import plan_of

Kind = LogEntry.Kind
Labels = dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Received:
    """Where an accepted payload went."""

    alert: Alert
    is_new: bool


def receive(integration: Integration, payload: Any, *, now: datetime) -> Received:
    """Store a payload and let it open, join, acknowledge or resolve an alert, whatever its route.

    Accepted means stored: it returns after the commit. Raises Invalid when the format cannot be read, Backlogged
    when the integration is over its limit and another alert cannot be taken care of."""
    payload = ingest.prepare(integration.type, payload)
    labels = ingest.labels_of(integration.labels, integration.dynamic_labels, payload, now=now)
    signal = ingest.read(integration.type, payload, integration.templates, now=now, labels=labels)
    return take(integration, payload, signal, now=now, over_limit=limits.is_over(integration, now=now))


def take(
    integration: Integration, payload: Any, signal: Signal, *, now: datetime, over_limit: bool = False
) -> Received:
    """Do what a payload says that has been understood already. Raises Backlogged as `receive` does."""
    with transaction.atomic():
        if over_limit and (alert := _coalesced(integration, signal, now)):
            return Received(alert, is_new=False)
        received = _store(integration, payload, signal, now)
        _obey(received.alert, integration, signal, now)
    return received


def _coalesced(integration: Integration, signal: Signal, now: datetime) -> Alert | None:
    """Count a firing on its open alert instead of keeping it. What ends or takes an alert, or opens one, is kept."""
    if signal.resolves or signal.acknowledges:
        return None
    key = f"{integration.pk}:{ingest.dedup_digest(signal.dedup_key)}" if signal.dedup_key else None
    alert = _held(open_key=key) if key else None
    if alert is None:
        limits.refuse_if_unsafe(now=now)
        return None
    limits.coalesce(alert, integration, now=now)
    return alert


def _store(integration: Integration, payload: Any, signal: Signal, now: datetime) -> Received:
    digest = ingest.dedup_digest(signal.dedup_key) if signal.dedup_key else ""
    while True:  # whoever was faster with the same key may have ended the alert again: look anew
        if alert := _find(integration, digest, signal):
            _join(alert, payload, signal, now)
            return Received(alert, is_new=False)
        if alert := _open(integration, payload, digest, signal, now):
            return Received(alert, is_new=True)


def _find(integration: Integration, digest: str, signal: Signal) -> Alert | None:
    """Return the open alert of this key; for a late resolve, or a firing proven older than one, the ended alert."""
    if not digest:
        return None
    if found := _held(open_key=f"{integration.pk}:{digest}"):
        return found
    ended = Alert.objects.filter(integration=integration, dedup_key=digest, status__in=Alert.ENDED)
    if not (signal.resolves and integration.allow_source_resolve):
        if signal.started_at is None:
            return None
        ended = ended.filter(events__resolves=True, events__ended_at__gt=signal.started_at)
    # Mostly there is none, and a key is much cheaper to ask for than a row.
    newest = ended.order_by("-pk").values_list("pk", flat=True).first()
    return _held(pk=newest, status__in=Alert.ENDED) if newest else None


def _held(**found_by: Any) -> Alert | None:
    """Return the one alert, locked. Unordered: that is a tenth of what the query costs."""
    return next(iter(Alert.objects.select_for_update(of=("self",)).filter(**found_by).order_by()), None)


def _open(integration: Integration, payload: Any, digest: str, signal: Signal, now: datetime) -> Alert | None:
    """Insert the alert and all that follows from it. None when another process was faster with the same key."""
    route, problems = _route(integration, payload, signal.labels, now)
    # Held until the alert is there: whoever ends the maintenance must find it.
    maintenance = Maintenance.objects.select_for_update(of=("self",)).running(integration.pk, now)
    values: dict[str, Any] = {
        "integration": integration,
        "route": route,
        "dedup_key": digest,
        "thirdparty_id": signal.dedup_key and signal.dedup_key[:500],
        "title": signal.title[:500],
        "description": signal.message or None,
        "source_url": signal.source_url,
        "image_url": signal.image_url,
        "urgency": signal.urgency or integration.urgency,
        "destinations": integration.destinations,
        "stakeholders": _stakeholders(integration),
        **_team(integration),
        "created_at": now,
        "updated_at": now,
        "events_count": 1,
        "last_event_at": now,
        **_in_maintenance(maintenance),
        **signal.more,
    }
    try:
        with transaction.atomic():
            alert = Alert.objects.create(open_key=f"{integration.pk}:{digest}" if digest else None, **values)
    except IntegrityError:
        if not digest:
            raise
        return None
    _event(alert, payload, signal, now)
    if labels := signal.labels:
        AlertLabel.objects.bulk_create(AlertLabel(alert=alert, key=key, value=value) for key, value in labels.items())
    problems = [*signal.problems, *problems]
    if maintenance is not None:
        problems.append(f"{maintenance.get_mode_display()} until {maintenance.ends_at:%Y-%m-%d %H:%M:%S} UTC.")
    _log_opening(alert, route, problems, now)
    ends_at_once = signal.resolves and integration.allow_source_resolve
    if ends_at_once or maintenance is not None:
        return alert
    if alert.destinations:
        routers.begin(alert, payload=payload, now=now)
    elif route is not None and route.chain is not None:
        _escalate(alert, route, now)
        stakeholders.tell_assigned(alert, now=now)
    return alert


def _team(integration: Integration) -> dict[str, Any]:
    if integration.team_id is None and integration.destinations:
        return {"team": first_team(integration.destinations)}
    return {"team_id": integration.team_id}


def _stakeholders(integration: Integration) -> list[str]:
    own = stakeholders.of_team(integration.team_id) if integration.team_id else []
    return stakeholders.with_teams(own, integration.destinations)


def _in_maintenance(maintenance: Maintenance | None) -> dict[str, Any]:
    """Return how an alert begins that asks nobody because of a maintenance."""
    if maintenance is None:
        return {}
    if maintenance.mode == Maintenance.Mode.DEBUG:
        return {"status": Alert.Status.SUPPRESSED}
    return {"status": Alert.Status.AGGREGATING, "parent_id": maintenance.alert_id}


def _escalate(alert: Alert, route: Route, now: datetime) -> None:
    chain = route.chain
    if chain is not None:
        snapshot = plan_of(chain).to_json()
        Escalation.objects.create(
            alert=alert, run=1, destination=f"F{chain.public_id}", snapshot=snapshot, started_at=now, due_at=now
        )


def _route(integration: Integration, payload: Any, labels: Labels, now: datetime) -> tuple[Route | None, list[str]]:
    rows = {row.pk: row for row in integration.routes.select_related("chain")}
    chosen = routing.choose_route([_rule(row) for row in rows.values()], payload, labels, now=now)
    return rows.get(chosen.key or 0), [problem.message for problem in chosen.problems]


def _rule(row: Route) -> routing.RouteRule:
    kind: routing.RouteType = "jinja2" if row.type == Route.Type.JINJA2 else "regex"
    return routing.RouteRule(row.pk, kind, row.expression, row.is_default)


def _log_opening(alert: Alert, route: Route | None, problems: list[str], now: datetime) -> None:
    detail = {"route": route.public_id} if route else {}
    lines = [(Kind.REGISTERED, "", {}), (Kind.ROUTED, str(route) if route else "no route", detail)]
    lines += [(Kind.NOTE, problem, {}) for problem in problems]
    if not alert.destinations and (route is None or route.chain is None):
        lines.append((Kind.NOBODY_ASKED, "Nobody is asked: the route has no escalation chain.", {}))
    rows = [
        LogEntry(alert=alert, at=now, kind=kind, source=Source.MONITOR, text=text, detail=detail)
        for kind, text, detail in lines
    ]
    rows[0].announce_at = now  # webhooks hear of it
    LogEntry.objects.bulk_create(rows)


def _join(alert: Alert, payload: Any, signal: Signal, now: datetime) -> None:
    _event(alert, payload, signal, now)
    changes: dict[str, Any] = {"events_count": F("events_count") + 1, "last_event_at": now, "updated_at": now}
    Alert.objects.filter(pk=alert.pk).update(**changes)
    if alert.has_ended:
        text = "A resolve came after the end." if signal.resolves else "A firing came that is older than its resolve."
        escalations.log(alert, Kind.LATE_RESOLVE, now, source=Source.MONITOR, text=text)
    alert.escalations.filter(status=Escalation.Status.PAUSED, run=alert.run).update(
        status=Escalation.Status.RUNNING, due_at=now
    )


def _event(alert: Alert, payload: Any, signal: Signal, now: datetime) -> None:
    Event.objects.create(
        alert=alert,
        received_at=now,
        payload=payload,
        resolves=signal.resolves,
        started_at=signal.started_at,
        ended_at=signal.ended_at,
    )


def _obey(alert: Alert, integration: Integration, signal: Signal, now: datetime) -> None:
    """A resolve ends the alert, an acknowledge stops the asking; both by the monitor's word."""
    if signal.acknowledges and not signal.resolves:
        moves.acknowledge(alert, by=None, source=Source.MONITOR, now=now, door=Door.MONITOR)
    if not (signal.resolves and integration.allow_source_resolve) or alert.has_ended:
        return
    if not members.some_fire(alert, integration.type):
        moves.resolve(alert, by=None, source=Source.MONITOR, now=now, door=Door.MONITOR)
