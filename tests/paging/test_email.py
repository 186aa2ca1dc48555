"""Mail over a real SMTP dialogue on loopback, and the words in it."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from alerts.models import Alert
from paging import clock, messages
from paging.channels import registry
from paging.channels.email import refusal
from paging.models import Attempt, Notification
from tests.paging.conftest import MONDAY


class Box:
    """Takes mail for everybody but those it does not know."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.sessions: set[object] = set()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if address.startswith("unknown"):
            return "550 5.1.1 no such user"
        if address.startswith("busy"):
            return "451 4.3.0 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        self.sessions.add(session.peer)
        return "250 taken"


class AnyPort(Controller):
    """Takes the port that the system chose."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def box(settings: Any) -> Iterator[Box]:
    handler = Box()
    controller = AnyPort(handler, hostname="127.0.0.1", port=0)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = controller.port
    settings.EMAIL_CONFIGURED = True
    settings.DEFAULT_FROM_EMAIL = "tocsin@tocsin.example.org"
    yield handler
    registry.find("email").rest()
    controller.stop()


def deliver() -> int:
    clock.tick(MONDAY)
    return clock.deliver(lambda: MONDAY, pulse=lambda: None)


def test_a_page_arrives_in_the_mailbox(box, person, alert, ask) -> None:
    fired = alert()
    ask(fired, person("Alice"))
    deliver()
    (mail,) = box.mails
    row = Notification.objects.get()
    root = f"<{fired.public_id}@tocsin.example.org>"
    assert mail["Subject"] == "[Firing] DiskFull (eu-7): disk /var is 97 % full"
    assert mail["To"] == "alice@example.org"
    assert mail["Message-ID"] == f"<{fired.public_id}.a{row.assignment_id}.0@tocsin.example.org>"
    assert (mail["In-Reply-To"], mail["References"]) == (root, root)
    assert mail["List-Id"] == "Tocsin <tocsin.tocsin.example.org>"
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None
    assert html is not None
    first = plain.get_content().splitlines()[0]
    assert first.startswith("Acknowledge, resolve or pass it on: http://127.0.0.1:8000/r/")
    assert first.split()[-1] in html.get_content()
    assert (row.status, row.sent_at) == ("sent", MONDAY)


def test_mails_share_connections(box, person, alert, ask) -> None:
    fired = alert()
    for number in range(30):
        ask(fired, person(f"Person{number}"))
    deliver()
    assert len(box.mails) == 30
    assert len(box.sessions) <= 8


@pytest.mark.parametrize(("name", "outcome"), [("unknown", "failed"), ("busy", "retry")])
def test_the_server_decides_whether_trying_again_makes_sense(box, person, alert, ask, name, outcome) -> None:
    ask(alert(), person(name))
    deliver()
    tried = Attempt.objects.get()
    assert (tried.outcome, tried.provider) == (outcome, "127.0.0.1")
    assert tried.answer.startswith("5" if outcome == "failed" else "4")
    assert box.mails == []


def test_one_refused_address_does_not_spoil_the_next_mail(box, person, alert, ask) -> None:
    fired = alert()
    for name in ("unknown", "Alice", "busy", "Bob"):
        ask(fired, person(name))
    deliver()
    assert sorted(mail["To"] for mail in box.mails) == ["alice@example.org", "bob@example.org"]


def test_no_mail_server_at_all_is_a_passing_trouble(person, alert, ask, settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_CONFIGURED, settings.EMAIL_HOST, settings.EMAIL_PORT = True, "127.0.0.1", 1
    ask(alert(), person("Alice"))
    deliver()
    tried = Attempt.objects.get()
    assert tried.outcome == "retry"
    assert "refused" in tried.answer.lower()


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (smtplib.SMTPRecipientsRefused({"a": (550, b"no")}), True),
        (smtplib.SMTPRecipientsRefused({"a": (452, b"full")}), False),
        (smtplib.SMTPDataError(554, b"spam"), True),
        (smtplib.SMTPDataError(451, b"later"), False),
        (smtplib.SMTPConnectError(554, b"no service"), False),
        (smtplib.SMTPAuthenticationError(535, b"password"), False),
        (smtplib.SMTPServerDisconnected("gone"), False),
        (TimeoutError("slow"), False),
        (ValueError("bad header"), True),
    ],
)
def test_refusals_are_permanent_only_where_the_server_says_so(error: Exception, permanent: bool) -> None:
    assert refusal(error).permanent is permanent


def mail_of(person, alert, ask, **fields: Any) -> messages.Words:
    ask(alert(**fields), person("Alice", time_zone="Europe/Paris"))
    clock.tick(MONDAY)
    return messages.mail(Notification.objects.select_related("alert__integration", "user", "log_entry").get())


def test_the_mail_says_what_to_do_first_and_the_id_last(person, alert, ask) -> None:
    words = mail_of(person, alert, ask, urgency="high")
    fired = Alert.objects.get()
    link = words.text.splitlines()[0].rpartition(" ")[2]
    assert words.text.splitlines() == [
        f"Acknowledge, resolve or pass it on: {link}",
        "",
        "DiskFull (eu-7): disk /var is 97 % full",
        "",
        "Fired: 10:00 on Mon 7 January 2030 (Europe/Paris)",
        f"From: {fired.integration.name}",
        "Urgency: High",
        "Asked: Alice",
        f"Console: http://127.0.0.1:8000/admin/alerts/alert/{fired.pk}/change/",
        "",
        "97 % of 400 GB used",
        "",
        f"Alert {fired.pk}, {fired.public_id}",
    ]


def test_what_a_monitor_wrote_is_escaped_in_html_and_kept_out_of_headers(person, alert, ask) -> None:
    words = mail_of(person, alert, ask, title="<b>x</b>\r\nBcc: all@x.org", source_url="javascript:alert(1)")
    assert words.subject == "[Firing] <b>x</b> Bcc: all@x.org"
    assert "&lt;b&gt;x&lt;/b&gt;" in words.html
    assert "<b>" not in words.html
    assert "javascript:" not in words.html + words.text


def test_a_test_page_says_that_it_is_one(person, alert, ask) -> None:
    words = mail_of(person, alert, ask, meta={"test": True})
    assert words.subject.startswith("[Test] ")
    assert "This is a test: nothing is broken." in words.text


def test_an_endless_title_is_cut() -> None:
    subject = messages.subject(Alert(title="x" * 500, meta={}), "Firing")
    assert (len(subject), subject[-1]) == (200, "…")


def test_a_text_message_fits_one_message_whatever_the_title(person, alert, ask) -> None:
    ask(alert("x" * 400), person("Alice"))
    clock.tick(MONDAY)
    text = messages.sms(Notification.objects.select_related("alert", "user").get())
    assert len(text) <= 160
    assert text.startswith("Firing: xxx")
    assert "Reply A ack, R resolve, X not me. http://127.0.0.1:8000/r/" in text
