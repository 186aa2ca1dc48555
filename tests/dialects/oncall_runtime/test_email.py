"""Mails that a provider posts, and mails that come over LMTP or SMTP."""

from __future__ import annotations

import asyncio
import base64
import smtplib
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from django.test import Client

from alerts.management.commands import receive_mail
from alerts.management.commands.receive_mail import Door, Mailroom
from alerts.models import Alert, Integration
from tests import builders
from tests.conftest import World
from tests.dialects.oncall.conftest import Api

PATH = "/integrations/v1/inbound_email_webhook"


@pytest.fixture
def door(world: World, settings: Any) -> Integration:
    settings.TOCSIN_INBOUND_EMAIL_DOMAIN = "alerts.example.org"
    settings.TOCSIN_INBOUND_EMAIL_SECRET = "anna:s3cret"
    return builders.integration("inbound_email", to=world.chain(world.alice))


def mail(door: Integration, **more: Any) -> dict[str, Any]:
    return {
        "recipient": f"{door.token}@alerts.example.org",
        "sender": "cron@db1.example",
        "subject": "Backup failed",
        "body-plain": "No space left",
    } | more


def post(body: Any, authorization: str = "anna:s3cret", path: str = PATH, **more: Any) -> tuple[int, str]:
    headers = {"Authorization": f"Basic {base64.b64encode(authorization.encode()).decode()}"} if authorization else {}
    answer = Client(headers=headers).post(path, body, **more)
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("form", [{}, {"content_type": "application/json"}], ids=["multipart", "json"])
def test_a_posted_mail_is_an_alert(door: Integration, form: dict[str, str], slash: str) -> None:
    assert post(mail(door), path=PATH + slash, **form) == (200, '"OK"')
    alert = Alert.objects.get()
    assert (alert.integration, alert.title, alert.description) == (door, "Backup failed", "No space left")
    stored = {"subject": "Backup failed", "message": "No space left", "sender": "cron@db1.example"}
    assert alert.events.get().payload == stored


def test_a_mail_that_says_ok_ends_it(door: Integration) -> None:
    post(mail(door))
    post(mail(door, **{"subject": "BACKUP FAILED", "body-plain": "ok"}))
    assert Alert.objects.get().status == "resolved"


def test_the_secret_may_be_the_password_or_a_header(door: Integration, settings: Any) -> None:
    settings.TOCSIN_INBOUND_EMAIL_SECRET = "s3cret"
    assert post(mail(door), "anybody:s3cret")[0] == 200
    assert post(mail(door), "", headers={"X-Tocsin-Secret": "s3cret"})[0] == 200


@pytest.mark.parametrize("offered", ["", "anna:wrong", "s3cret", ":"])
def test_without_the_secret_nothing_is_taken_in(door: Integration, offered: str) -> None:
    assert post(mail(door), offered) == (400, "")
    assert not Alert.objects.exists()


@pytest.mark.parametrize("name", ["TOCSIN_INBOUND_EMAIL_DOMAIN", "TOCSIN_INBOUND_EMAIL_SECRET"])
def test_the_address_is_closed_until_it_is_set_up(door: Integration, settings: Any, name: str) -> None:
    setattr(settings, name, "")
    assert post(mail(door), ":")[0] == 400
    assert post(mail(door))[0] == 400


def test_an_unknown_mailbox_is_a_403(door: Integration) -> None:
    assert post(mail(door, recipient=f"{'x' * 25}@alerts.example.org"))[0] == 403


def test_the_token_of_another_type_is_no_mailbox(door: Integration) -> None:
    other = builders.integration("webhook")
    assert post(mail(other))[0] == 403


@pytest.mark.parametrize("recipient", ["", "nobody", "x@elsewhere.example"])
def test_a_mail_for_nobody_of_ours_is_a_400(door: Integration, recipient: str) -> None:
    assert post(mail(door, recipient=recipient)) == (400, "")


@pytest.mark.parametrize("body", ["[]", "3", '"x"'])
def test_what_is_no_mail_is_a_400(door: Integration, body: str) -> None:
    assert post(body, content_type="application/json") == (400, "")


def test_a_provider_may_ask_whether_somebody_is_there(db: None) -> None:
    assert Client().head(PATH).status_code == 200
    assert Client().get(PATH).status_code == 405


def test_the_address_is_shown_and_there_is_no_link(door: Integration, admin_api: Api) -> None:
    shown = admin_api.get(f"integrations/C{door.public_id}")
    assert (shown["inbound_email"], shown["link"]) == (f"{door.token}@alerts.example.org", None)


def test_without_a_domain_there_is_no_address(door: Integration, admin_api: Api, settings: Any) -> None:
    settings.TOCSIN_INBOUND_EMAIL_DOMAIN = ""
    assert admin_api.get(f"integrations/C{door.public_id}")["inbound_email"] is None


class Server:
    """The mail server on a free port of this machine, in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.server: Any = self.loop.run_until_complete(
            self.loop.create_server(lambda: Door(Mailroom(), loop=self.loop), "127.0.0.1", 0)
        )
        self.port = self.server.sockets[0].getsockname()[1]
        self.thread = Thread(target=self.loop.run_forever)
        self.thread.start()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The server, whose answers to recipients and mails are told by the test."""
    boxes = {"box@x.example", "full@x.example"}
    monkeypatch.setattr(
        receive_mail, "check_recipient", lambda to: "250 2.1.5 OK" if to in boxes else receive_mail.UNKNOWN
    )
    monkeypatch.setattr(
        receive_mail,
        "store",
        lambda _content, to, _sender: receive_mail.AGAIN if to.startswith("full") else receive_mail.STORED,
    )
    server = Server()
    yield server.port
    server.stop()


def test_smtp_answers_for_the_whole_mail(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        assert client.sendmail("a@b.example", ["box@x.example", "nobody@x.example"], "Subject: x\n\ny") == {
            "nobody@x.example": (550, b"5.1.1 No such mailbox")
        }
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("a@b.example", ["box@x.example", "full@x.example"], "Subject: x\n\ny")
        assert refused.value.smtp_code == 451


def test_lmtp_answers_for_each_recipient(port: int) -> None:
    with smtplib.LMTP("127.0.0.1", port, timeout=5) as client:
        client.ehlo_or_helo_if_needed()
        client.mail("a@b.example")
        for recipient in ("box@x.example", "full@x.example"):
            assert client.rcpt(recipient)[0] == 250
        assert client.data("Subject: x\n\ny")[0] == 250
        assert client.getreply()[0] == 451


def test_a_mail_over_lmtp_is_stored_before_it_is_accepted(door: Integration) -> None:
    address = f"{door.token}@alerts.example.org"
    assert receive_mail.check_recipient(address).startswith("250")
    assert receive_mail.check_recipient(address.lower()).startswith("250")
    content = b"From: cron@db1.example\r\nSubject: Backup failed\r\n\r\nNo space left\r\n"
    assert receive_mail.store(content, address, "cron@db1.example") == receive_mail.STORED
    assert Alert.objects.get().title == "Backup failed"


def test_what_cannot_be_stored_is_to_be_tried_again(door: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError("the disk is full")

    monkeypatch.setattr(receive_mail, "receive_mail", fail)
    monkeypatch.setattr(receive_mail, "mailbox", fail)
    assert receive_mail.store(b"", "x@y.example", "") == receive_mail.AGAIN
    assert receive_mail.check_recipient("x@y.example") == receive_mail.AGAIN


@pytest.mark.parametrize("address", ["nobody@alerts.example.org", "nobody@elsewhere.example", "nobody", ""])
def test_nobodys_mail_is_refused_at_once(door: Integration, address: str) -> None:
    assert receive_mail.check_recipient(address) == receive_mail.UNKNOWN
    assert receive_mail.store(b"", f"{'x' * 25}@alerts.example.org", "") == receive_mail.UNKNOWN
