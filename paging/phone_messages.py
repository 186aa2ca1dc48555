"""What is written in a text and said in a call (the words are those of docs/channels.md)."""

from __future__ import annotations

import re

from alerts.models import Alert
from paging import chat_messages, codes, links, messages
from paging.models import Notification

TITLE_SPOKEN = 200
MENU = "Press 1 to acknowledge, 2 to resolve, 3 if it is not for you, 4 to hear it again."
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
NAME = re.compile(r"\b([a-z]{1,3})-(\d)\b", re.IGNORECASE)  # as in eu-7: spelled, since it is no word


def text(notification: Notification) -> str:
    """Return a text of at most 160 characters, unless the link alone is longer. Alert and user are loaded."""
    alert = notification.alert
    if alert is None:
        words = chat_messages.chat(notification)
        return f"{words.title if words.token == '' else 'Tocsin'}: {words.text}"
    if notification.purpose == Notification.Purpose.MORE:
        return messages.more(notification)
    if others := messages.bundled(notification):
        return _bundle(notification, alert, others)
    if notification.purpose == Notification.Purpose.NEWS:
        tail = f". {links.url(token(notification))}"
        news = f"{messages.news_word(notification)}: {messages.one_line(alert.title)}"
        return messages.shorten(news, 160 - len(tail)) + tail
    return messages.sms(notification)


def speech(notification: Notification) -> str:
    """Return what a call says before it asks for a key."""
    alert = notification.alert
    if alert is None:
        return _spoken_check(notification)
    if notification.purpose == Notification.Purpose.MORE:
        return f"This is Tocsin. {messages.more(notification).partition('.')[0]}."
    title = spoken(messages.shorten(messages.one_line(alert.title), TITLE_SPOKEN))
    if others := messages.bundled(notification):
        return f"This is Tocsin. {others + 1} alerts on {spoken(alert.integration.name)}. The first: {title}. {MENU}"
    if notification.purpose == Notification.Purpose.NEWS:
        return f"This is Tocsin. Nobody took an alert: {title}. {MENU}"
    kind = "A test" if alert.meta.get("test") else "An important alert" if notification.important else "An alert"
    return f"This is Tocsin. {kind}: {title}. {MENU}"


def spoken(words: str) -> str:
    """Return words as they are to be read out: `DiskFull (eu-7): 97 %` is `DiskFull, E U seven, 97 percent`."""
    words = NAME.sub(lambda found: f"{' '.join(found[1].upper())} {DIGITS[int(found[2])]}", words)
    words = words.replace("%", " percent ").replace("&", " and ")
    words = re.sub(r"\s*[()\[\]{}:;|/\\<>_]+\s*", ", ", words)
    return re.sub(r"\s+", " ", re.sub(r"(,\s*)+", ", ", words)).strip(" ,.")


def token(notification: Notification) -> str:
    """Return the secret that names this notification in links and callbacks."""
    return links.token(notification.pk, issued_at=notification.created_at)


def _bundle(notification: Notification, alert: Alert, others: int) -> str:
    tail = f". Reply A ack all, R resolve all. {links.url(token(notification))}"
    head = f"{others + 1} alerts on {messages.one_line(alert.integration.name)}: {messages.one_line(alert.title)}"
    return messages.shorten(head, max(20, 160 - len(tail))) + tail


def _spoken_check(notification: Notification) -> str:
    method = notification.contact_method
    if method is None or method.verified_at is not None:
        return "This is Tocsin. This is a test call; nothing is broken. Press 4 to hear it again."
    letters = ", ".join(codes.code(method, notification.created_at).replace("-", ""))
    return f"This is Tocsin. Your code is: {letters}. I repeat: {letters}. Press 4 to hear it again."
