"""What a message of news says: what became of the alert, why the reader hears it, and whether they may act."""

from __future__ import annotations

from typing import Any

from alerts.models import Alert, LogEntry
from paging import links, messages
from paging.models import Notification

Kind = LogEntry.Kind
RED, AMBER, GREEN, BLUE = "#b42323", "#8a5a00", "#1a7f37", "#2458b8"
STATE = {
    Kind.REGISTERED: ("Assigned", BLUE),
    Kind.HANDED_OFF: ("Handed off", BLUE),
    Kind.ACKNOWLEDGED: ("Acknowledged", AMBER),
    Kind.RESOLVED: ("Resolved", GREEN),
    Kind.RESTARTED: ("Still firing", RED),
    Kind.DROPPED: ("Dropped", RED),
}


def facts(notification: Notification) -> dict[str, Any]:
    """Return what the templates of news need; `link` is empty for those who cannot act on the alert."""
    alert, line = notification.alert, notification.log_entry
    if alert is None:
        raise ValueError(f"notification {notification.pk} tells of no alert")
    word, color = _state(line)
    acts = _may_act(notification, alert)
    secret = links.token(notification.pk, issued_at=notification.created_at) if acts else ""
    return {
        "subject": messages.subject(alert, word),
        "state": word,
        "color": color,
        "headline": headline(alert, line),
        "why": why(notification),
        "action": "Take it, or see who can" if _is_wanted(alert) else "See it",
        "link": links.url(secret) if acts else "",
        "secret": secret,
        "news": line.text if line and line.kind in (Kind.DROPPED, Kind.RESTARTED) else "",
        "console": alert.console_url if notification.user else "",
    }


def state(notification: Notification) -> str:
    """Return in one word what became of the alert."""
    return _state(notification.log_entry)[0]


def _state(line: LogEntry | None) -> tuple[str, str]:
    return STATE.get(Kind(line.kind), ("Dropped", RED)) if line else ("Dropped", RED)


def headline(alert: Alert, line: LogEntry | None) -> str:
    """Return the news in one sentence."""
    who = str(line.actor) if line and line.actor else ""
    match line.kind if line else "":
        case Kind.REGISTERED:
            return f"It was opened for {alert.team}." if alert.team else "It was opened, and somebody is being asked."
        case Kind.HANDED_OFF:
            to = (line.text if line else "").removeprefix("To ").rstrip(".")
            return f"{who or 'Somebody'} handed it to {to}."
        case Kind.ACKNOWLEDGED:
            return f"{who} has it." if who else "It was acknowledged."
        case Kind.RESOLVED:
            return f"{who} resolved it." if who else "It was resolved."
        case Kind.RESTARTED:
            return "Nobody took it; everybody is asked again."
    return "Nobody took it."


def why(notification: Notification) -> str:
    """Say why the reader hears this."""
    match notification.reason:
        case "asked":
            return "You are told because you were asked to take it."
        case "team":
            return "You are told because your team wants to hear of this."
        case "stakeholder":
            return f"You are told as a stakeholder: {notification.stakeholder or 'a group that was deleted'}."
    return "You are told because you are on the list of last resort."


def _may_act(notification: Notification, alert: Alert) -> bool:
    user = notification.user
    return bool(user and user.may_edit and notification.reason != "stakeholder" and not alert.has_ended)


def _is_wanted(alert: Alert) -> bool:
    return alert.status in (Alert.Status.OPEN, Alert.Status.DROPPED, Alert.Status.SILENCED)
