"""E-mail over SMTP, and the outbox where no SMTP server is set up."""

from __future__ import annotations

import os
import smtplib
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import get_template

from alerts.models import Alert
from oncall.models import ContactMethod
from paging import chat_messages, messages
from paging.channels.base import Message, Receipt, SendError, kept
from paging.models import Notification

IDLE_SECONDS = 20.0  # servers hang up on a silent client; an older connection is not trusted
GOODBYE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Mail(Message):
    """One e-mail."""

    to: str
    subject: str
    text: str
    html: str
    headers: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""  # the token of the reply link: only the person themselves may read it

    def content(self) -> dict[str, Any]:
        """Return subject and text; the whole mail, link included, only where this row is its mailbox."""
        if self.keep:
            return {"subject": self.subject, "text": self.text, "html": self.html}
        return {"subject": self.subject, "text": self.text.replace(self.secret, "…") if self.secret else self.text}


class EmailChannel:
    """Sends mail; every thread uses a connection of its own as long as there is something to send."""

    name = "email"
    contact_kind: str = ContactMethod.Kind.EMAIL
    back_off: tuple[int, ...] = (5, 15, 30, 60, 60, 60, 120, 120, 300, 300)
    share: float = 1.0

    def __init__(self) -> None:
        self._idle: list[tuple[float, BaseEmailBackend]] = []
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def compose(self, notification: Notification, *, now: datetime) -> Mail:
        """Return the mail that a notification stands for."""
        words = messages.mail(notification) if notification.alert_id else check_mail(notification)
        sample = bool(notification.user and notification.user.is_sample)
        return Mail(
            key=notification.dedup,
            keep=sample or not settings.EMAIL_CONFIGURED,
            to=notification.address,
            subject=words.subject,
            text=words.text,
            html=words.html,
            headers=headers(notification),
            secret=words.secret,
        )

    def send(self, message: Mail) -> Receipt:
        """Hand the mail to the SMTP server."""
        if message.keep:
            return kept(message)
        connection = None
        try:
            mail = EmailMultiAlternatives(
                subject=message.subject, body=message.text, to=[message.to], headers=dict(message.headers)
            )
            mail.attach_alternative(message.html, "text/html")
            connection = self._take()
            connection.send_messages([mail])
        except (smtplib.SMTPException, OSError, ValueError) as error:
            if connection:
                _close(connection)
            raise refusal(error) from error
        self._give_back(connection)
        return Receipt("sent", settings.EMAIL_HOST, "Accepted by the mail server.")

    def rest(self) -> None:
        """Close the connections that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        if self._pid == os.getpid():
            for _, connection in idle:
                _close(connection)

    def _take(self) -> BaseEmailBackend:
        with self._lock:
            if self._pid != os.getpid():  # sockets of the process we were forked from are not ours
                self._pid, self._idle = os.getpid(), []
            since, connection = self._idle.pop() if self._idle else (0.0, None)
        if connection and time.monotonic() - since < IDLE_SECONDS:
            return connection
        if connection:
            _close(connection)
        fresh = mail_server()
        try:
            fresh.open()
        except (smtplib.SMTPException, OSError):
            _close(fresh)
            raise
        return fresh

    def _give_back(self, connection: BaseEmailBackend) -> None:
        with self._lock:
            self._idle.append((time.monotonic(), connection))


def check_mail(notification: Notification) -> messages.Words:
    """Return the mail that proves or tests an address."""
    words = chat_messages.chat(notification)
    html = get_template("paging/check.html").render({"words": words})
    return messages.Words(words.title, f"{words.text}\n\n{words.link}\n", html, words.token)


def mail_server() -> BaseEmailBackend:
    """Return a connection to the mail server, not opened yet. The only place that knows how Django makes one."""
    return get_connection(timeout=settings.EMAIL_TIMEOUT)


def _close(connection: BaseEmailBackend) -> None:
    """Say goodbye, without waiting for a server that has stopped answering."""
    session = getattr(connection, "connection", None)
    if sock := getattr(session, "sock", None):
        sock.settimeout(GOODBYE_SECONDS)
    with suppress(smtplib.SMTPException, OSError):
        connection.close()


def refusal(error: Exception) -> SendError:
    """Say whether what the server answered will ever change; where in doubt it will."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = list(error.recipients.values())
        permanent = bool(answers) and all(500 <= code < 600 for code, _ in answers)
        return SendError("; ".join(_said(code, text) for code, text in answers), permanent=permanent, provider=_host())
    if isinstance(error, smtplib.SMTPAuthenticationError):  # the operator's mistake, to be repaired by them
        return SendError(_said(error.smtp_code, error.smtp_error), permanent=False, provider=_host())
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        permanent = 500 <= error.smtp_code < 600 and not isinstance(error, smtplib.SMTPConnectError)
        return SendError(_said(error.smtp_code, error.smtp_error), permanent=permanent, provider=_host())
    permanent = isinstance(error, ValueError | smtplib.SMTPNotSupportedError)
    return SendError(f"{type(error).__name__}: {error}"[:500], permanent=permanent, provider=_host())


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {words}"[:500]


def _host() -> str:
    return str(settings.EMAIL_HOST)


def headers(notification: Notification) -> dict[str, str]:
    """Return what makes mails of one alert a thread, a repetition recognisable, and robots silent."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    found = {
        "List-Id": f"Tocsin <tocsin.{domain}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if notification.important:
        found["Importance"] = "high"
    alert: Alert | None = notification.alert
    local = notification.dedup.replace(":", ".")
    if alert is None:
        return found | {"Message-ID": f"<{local}@{domain}>"}
    root = f"<{alert.public_id}@{domain}>"
    message_id = f"<{alert.public_id}.{local}@{domain}>"
    return found | {"Message-ID": message_id, "In-Reply-To": root, "References": root}
