"""What a webhook is told: one object, sent whole or given to its templates (spec/oncall-config-api 14, Delivery)."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

from alerts.models import Alert, Assignment, Event, LogEntry
from oncall.models import Team, User, Webhook
from paging.models import Attempt, Notification
from paging.triggers import trigger_of

FIRING = "firing"
STATES = {
    Alert.Status.SILENCED: "silenced",
    Alert.Status.ACKNOWLEDGED: "acknowledged",
    Alert.Status.RESOLVED: "resolved",
    Alert.Status.ARCHIVED: "resolved",
}


def event(alert: Alert, webhook: Webhook, *, at: datetime, because: LogEntry | None = None) -> dict[str, Any]:
    """Return the event object of an alert; `at` is when it happened, `because` the line that tells of it."""
    first, last = alert.events.order_by("pk").first(), alert.events.order_by("-pk").first()
    asked = alert.assignments.select_related("user").filter(run=alert.run).order_by("pk")
    return {
        "event": _happened(webhook, at, because),
        "user": person(because.actor) if because else None,
        "alert_group": group(alert, last),
        "alert_group_id": f"I{alert.public_id}",
        "alert_payload": first.payload if first else {},
        "integration": _integration(alert),
        "notified_users": _people(asked, due=False),
        "users_to_be_notified": _people(asked, due=True),
        "alert_group_acknowledged_by": person(alert.acknowledged_by),
        "alert_group_resolved_by": person(alert.resolved_by),
        "responses": _responses(alert, webhook),
        "webhook": {"id": f"WH{webhook.public_id}", "name": webhook.name},
    }


def _happened(webhook: Webhook, at: datetime, because: LogEntry | None) -> dict[str, Any]:
    told: dict[str, Any] = {"type": trigger_of(because, webhook), "time": iso(at)}
    if because is not None and because.kind == LogEntry.Kind.SILENCED:
        until = because.detail.get("until")
        told["until"] = until and until.replace("+00:00", "Z")
    return told


def group(alert: Alert, last: Event | None) -> dict[str, Any]:
    """Return the alert as the OnCall API shows it (spec/oncall-runtime-api 2.3)."""
    return {
        "id": f"I{alert.public_id}",
        "integration_id": f"C{alert.integration.public_id}",
        "team_id": _spelled("T", alert.team),
        "route_id": _spelled("R", alert.route),
        "alerts_count": alert.events_count,
        "state": STATES.get(Alert.Status(alert.status), FIRING),
        "created_at": iso(alert.created_at),
        "resolved_at": iso(alert.resolved_at),
        "resolved_by": _spelled("U", alert.resolved_by),
        "acknowledged_at": iso(alert.acknowledged_at),
        "acknowledged_by": _spelled("U", alert.acknowledged_by),
        "labels": [_label(row.key, row.value) for row in alert.labels.all()],
        "title": alert.title,
        "permalinks": {"slack": None, "slack_app": None, "telegram": None, "web": alert.console_url},
        "silenced_at": iso(alert.silenced_at),
        "last_alert": last
        and {
            "id": f"A{last.public_id}",
            "alert_group_id": f"I{alert.public_id}",
            "created_at": iso(last.received_at),
            "payload": last.payload,
        },
    }


def iso(at: datetime | None) -> str | None:
    """Return the instant as the OnCall API writes it."""
    return at.isoformat().replace("+00:00", "Z") if at else None


def _label(key: str, value: str) -> dict[str, dict[str, str]]:
    return {"key": {"id": key, "name": key}, "value": {"id": value, "name": value}}


def _integration(alert: Alert) -> dict[str, Any]:
    door = alert.integration
    team: Team | None = door.team
    return {"id": f"C{door.public_id}", "type": door.type, "name": door.name, "team": team.name if team else None}


def _people(asked: Any, *, due: bool) -> list[dict[str, Any]]:
    """Return each person once: those still to be told, or those told."""
    found = {row.user_id: row.user for row in asked if (row.due_at is not None) is due and _was_asked(row)}
    return [known for user in found.values() if (known := person(user))]


def _was_asked(row: Assignment) -> bool:
    return row.answer != Assignment.Answer.CLOSED


def person(user: User | None) -> dict[str, Any] | None:
    """Return a person as events name them."""
    if user is None:
        return None
    return {"id": f"U{user.public_id}", "username": user.username, "email": user.email}


def _spelled(prefix: str, row: Any) -> str | None:
    return f"{prefix}{row.public_id}" if row else None


def _responses(alert: Alert, webhook: Webhook) -> dict[str, Any]:
    """Return the newest answer of each other webhook of the same alert, parsed where it is JSON."""
    tries = Attempt.objects.filter(
        notification__alert=alert,
        notification__purpose=Notification.Purpose.WEBHOOK,
        outcome=Attempt.Outcome.SENT,
        notification__webhook__isnull=False,
    ).exclude(notification__webhook=webhook)
    newest: dict[str, Any] = {}
    for public_id, answer in tries.order_by("pk").values_list("notification__webhook__public_id", "answer"):
        newest[f"WH{public_id}"] = _parsed(answer.partition("\n")[2])
    return newest


def _parsed(text: str) -> Any:
    with suppress(ValueError):
        return json.loads(text)
    return text
