"""The words that leave the house. Templates hold the sentences, this module the facts in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import get_template

from alerts.models import Alert, LogEntry
from paging import links, news_words
from paging.models import Notification

SUBJECT_LENGTH = 200
EXCERPT_LENGTH = 1500
SMS_LENGTH = 160
BUNDLE = "bundle"  # the key in a notification's content that names the others it stands for


@dataclass(frozen=True, slots=True)
class Words:
    """One mail in words. `secret` is what must not be shown to anybody else."""

    subject: str
    text: str
    html: str
    secret: str = ""


def mail(notification: Notification) -> Words:
    """Return the mail of a notification that pages somebody or tells them news. Its alert and user are loaded."""
    context, name = _facts(notification), "page"
    if notification.purpose == Notification.Purpose.NEWS:
        reminded = _is_reminder(notification)
        facts = _reminder(notification) if reminded else news_words.facts(notification)
        context, name = context | facts, "reminder" if reminded else "news"
    return Words(
        subject=context["subject"],
        text=get_template(f"paging/{name}.txt").render(context),
        html=get_template(f"paging/{name}.html").render(context),
        secret=context["secret"],
    )


def news_word(notification: Notification) -> str:
    """Return in one word what the news is."""
    return "Reminder" if _is_reminder(notification) else news_words.state(notification)


def _is_reminder(notification: Notification) -> bool:
    return notification.log_entry is not None and notification.log_entry.kind == LogEntry.Kind.REMINDED


def _reminder(notification: Notification) -> dict[str, Any]:
    line = notification.log_entry
    return {"subject": subject(_alert(notification), "Reminder"), "news": line.text if line else ""}


def subject(alert: Alert, state: str) -> str:
    """Return `[Firing] DiskFull (eu-7): disk /var is 97 % full`; a test page says that it is one."""
    word = "Test" if alert.meta.get("test") else state
    return shorten(f"[{word}] {one_line(alert.title)}", SUBJECT_LENGTH)


def sms(notification: Notification) -> str:
    """Return at most 160 characters that end with the reply link."""
    alert = _alert(notification)
    link = links.url(links.token(notification.pk, issued_at=notification.created_at))
    tail = f". Reply A ack, R resolve, X not me. {link}"
    return shorten(f"Firing: {one_line(alert.title)}", max(20, SMS_LENGTH - len(tail))) + tail


def bundled(notification: Notification) -> int:
    """Return how many other messages this one stands for."""
    return len((notification.content or {}).get(BUNDLE, []))


def more(notification: Notification) -> str:
    """Return how many messages were left out within the hour, and where they are read."""
    left_out = Notification.objects.filter(
        user=notification.user_id,
        channel=notification.channel,
        status=Notification.Status.SKIPPED,
        error__startswith="More than",
        created_at__gt=notification.created_at - timedelta(hours=1),
    ).count()
    return f"{left_out} more {'alert asks' if left_out == 1 else 'alerts ask'} for you. {settings.TOCSIN_BASE_URL}/me/"


def one_line(text: str) -> str:
    """Return the text without line breaks: a header holds one line."""
    return " ".join(text.split())


def shorten(text: str, length: int) -> str:
    """Return at most `length` characters, with an ellipsis where something is missing."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def ago(span: timedelta) -> str:
    """Return `40 s`, `3 min`, `2 h` or `5 days`."""
    seconds = max(0, int(span.total_seconds()))
    for size, word in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {'day' if word == 'days' and count == 1 else word}"
    return f"{seconds} s"


def clock_time(at: datetime, zone: ZoneInfo) -> str:
    """Return `14:03 on Mon 7 January 2030 (Europe/Paris)`."""
    local = at.astimezone(zone)
    return f"{local:%H:%M} on {local:%a} {local.day} {local:%B %Y} ({zone.key})"


def state_of(alert: Alert, now: datetime, *, reader_pk: int | None = None) -> str:
    """Say in one sentence what became of the alert; empty while somebody is still wanted."""
    if alert.has_ended:
        at, by = alert.resolved_at or alert.archived_at, alert.resolved_by or alert.archived_by
        return _deed("resolved", at, by, now, reader_pk, nobody="It was resolved")
    if alert.status == Alert.Status.ACKNOWLEDGED:
        at, by = alert.acknowledged_at, alert.acknowledged_by
        return _deed("acknowledged", at, by, now, reader_pk, nobody="It was acknowledged")
    if alert.status == Alert.Status.SILENCED:
        return "It is silenced."
    return ""


def _deed(verb: str, at: datetime | None, by: Any, now: datetime, reader_pk: int | None, *, nobody: str) -> str:
    when = f" {ago(now - at)} ago" if at else ""
    if by is None:
        return f"{nobody}{when}."
    return f"{'You' if by.pk == reader_pk else by} {verb} this{when}."


def _alert(notification: Notification) -> Alert:
    if notification.alert is None:
        raise ValueError(f"notification {notification.pk} tells of no alert")
    return notification.alert


def _facts(notification: Notification) -> dict[str, Any]:
    alert = _alert(notification)
    zone = notification.user.zone if notification.user else ZoneInfo("UTC")
    secret = links.token(notification.pk, issued_at=notification.created_at)
    return {
        "subject": subject(alert, "Firing"),
        "title": one_line(alert.title),
        "link": links.url(secret),
        "secret": secret,
        "console": alert.console_url,
        "fired": clock_time(alert.created_at, zone),
        "source": alert.integration.name,
        "urgency": alert.get_urgency_display(),
        "important": notification.important,
        "test": bool(alert.meta.get("test")),
        "asked": str(notification.user or ""),
        "source_url": alert.source_url if (alert.source_url or "").startswith(("http://", "https://")) else "",
        "excerpt": shorten((alert.description or "").strip(), EXCERPT_LENGTH),
        "public_id": alert.public_id,
        "number": alert.pk,
    }
