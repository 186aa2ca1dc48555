"""What is said in chats and in push notifications: short, with the reply link and, where possible, buttons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from alerts.models import Alert, Assignment
from paging import codes, links, messages
from paging.models import Notification

TITLE_LENGTH = 200
EXCERPT_LENGTH = 600
VERBS = (("acknowledge", "Acknowledge"), ("resolve", "Resolve"), ("reject", "Not me"))


@dataclass(frozen=True, slots=True)
class ChatWords:
    """One message: `token` is the secret in its link; with buttons, the person may answer it."""

    title: str
    text: str
    link: str
    token: str = ""
    buttons: bool = False


def chat(notification: Notification) -> ChatWords:
    """Return the words of a notification. Its alert, user and contact method are loaded."""
    alert = notification.alert
    if alert is None:
        return _check(notification)
    if notification.purpose == Notification.Purpose.MORE:
        return ChatWords("Tocsin: more alerts", messages.more(notification), f"{settings.TOCSIN_BASE_URL}/me/")
    token = links.token(notification.pk, issued_at=notification.created_at)
    news = notification.purpose == Notification.Purpose.NEWS
    told = notification.log_entry.text if news and notification.log_entry else ""
    lines = [told or _facts(alert), messages.shorten((alert.description or "").strip(), EXCERPT_LENGTH)]
    state = messages.news_word(notification) if news else "Firing"
    return ChatWords(
        title=messages.shorten(_title(notification, alert, state), TITLE_LENGTH),
        text="\n".join(line for line in lines if line),
        link=links.url(token),
        token=token,
        buttons=not news,
    )


def closed(notification: Notification, now: datetime) -> ChatWords | None:
    """Return the words of a message that waits for no answer any more; None while it does."""
    alert = notification.alert
    if alert is None:
        return None
    if not (state := messages.state_of(alert, now)):
        return _declined(notification, alert)
    word = "Resolved" if alert.has_ended else alert.get_status_display()
    title = messages.shorten(messages.subject(alert, word), TITLE_LENGTH)
    return ChatWords(title=title, text=_at(alert, state, now), link=alert.console_url)


def _title(notification: Notification, alert: Alert, state: str) -> str:
    others = messages.bundled(notification)
    head = f"{others + 1} alerts on {messages.one_line(alert.integration.name)}: " if others else ""
    return head + messages.subject(alert, state)


def _facts(alert: Alert) -> str:
    return f"From {messages.one_line(alert.integration.name)}, urgency {alert.get_urgency_display().lower()}."


def _declined(notification: Notification, alert: Alert) -> ChatWords | None:
    """Return the words for a person who said no; the buttons stay for everybody else."""
    asked = notification.assignment
    if asked is None or asked.answer != Assignment.Answer.REJECTED:
        return None
    title = messages.shorten(messages.subject(alert, "Firing"), TITLE_LENGTH)
    return ChatWords(
        title=title, text="You said that it is not for you: the next one is asked.", link=alert.console_url
    )


def _at(alert: Alert, state: str, now: datetime) -> str:
    """Say who did it; the age of a deed would be wrong a minute later, in a message that stays."""
    who = alert.resolved_by if alert.has_ended else alert.acknowledged_by
    verb = "resolved" if alert.has_ended else "acknowledged"
    if alert.status == Alert.Status.SILENCED:
        return state
    return f"{who} {verb} this." if who else f"It was {verb}."


def _check(notification: Notification) -> ChatWords:
    """Return a test message, or the code that proves an address."""
    home, method = f"{settings.TOCSIN_BASE_URL}/me/", notification.contact_method
    if method is not None and method.verified_at is None:
        code = codes.code(method, notification.created_at)
        text = f"Your code is {code}. Type it at {home} within an hour to say that this address is yours."
        return ChatWords("Tocsin: is this address yours?", text, home, token=code)
    text = f"This is a test for {notification.user}. Pages will look like this one; nothing is broken."
    return ChatWords("Tocsin: test message", text, home)
