"""What every channel promises, whatever it talks to. A new channel is a line in PROVIDERS."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from alerts.models import LogEntry
from oncall.models import ContactMethod, Webhook
from paging import announcements, planning
from paging.channels import registry
from paging.channels.base import SendError
from paging.models import Notification
from tests.paging import chat_providers, phone_providers
from tests.paging.chat_providers import Provider
from tests.paging.conftest import MONDAY


class BrokenConnection:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def open(self) -> None:
        """Connect."""

    def close(self) -> None:
        """Hang up."""

    def send_messages(self, _messages: object) -> None:
        raise self.error


def email_provider(request: pytest.FixtureRequest) -> Provider:
    settings, patch = request.getfixturevalue("settings"), request.getfixturevalue("monkeypatch")
    settings.EMAIL_CONFIGURED = True
    person, alert, ask = (request.getfixturevalue(name) for name in ("person", "alert", "ask"))

    def notification() -> Notification:
        ask(alert(), person("Alice"))
        planning.plan_due(MONDAY)
        return Notification.objects.get()

    def fail_with(error: Exception) -> None:
        patch.setattr("paging.channels.email.mail_server", lambda: BrokenConnection(error))

    return Provider(
        registry.find("email"),
        notification,
        lambda: len(mail.outbox),
        lambda: fail_with(smtplib.SMTPServerDisconnected("gone")),
        lambda: fail_with(smtplib.SMTPRecipientsRefused({"alice@example.org": (550, b"no such user")})),
    )


def personal_webhook_provider(request: pytest.FixtureRequest) -> Provider:
    hooks = webhook_provider(request)
    person, alert, ask, sink = (request.getfixturevalue(name) for name in ("person", "alert", "ask", "sink"))

    def notification() -> Notification:
        alice = person("Alice", addresses=[], rules=["notify_by_webhook"])
        hook = Webhook.objects.create(name="own", url=sink.url, trigger_type="personal notification")
        address = f"WH{hook.public_id}"
        ContactMethod.objects.create(user=alice, kind="webhook", address=address, verified_at=MONDAY)
        ask(alert(), alice)
        planning.plan_due(MONDAY)
        return Notification.objects.get()

    return replace(hooks, channel=registry.find("personal_webhook"), notification=notification)


def webhook_provider(request: pytest.FixtureRequest) -> Provider:
    sink, settings = request.getfixturevalue("sink"), request.getfixturevalue("settings")
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    alert = request.getfixturevalue("alert")

    def notification() -> Notification:
        webhook = Webhook.objects.create(name="hook", url=sink.url)
        fields = {"kind": LogEntry.Kind.WEBHOOK, "detail": {"webhook": webhook.pk}, "announce_at": MONDAY}
        LogEntry.objects.create(alert=alert(), at=MONDAY, **fields)
        announcements.announce_due(MONDAY)
        return Notification.objects.get()

    def answer(status: int) -> None:
        sink.answers = [(status, {}, b"no")]

    return Provider(
        registry.find("webhook"), notification, lambda: len(sink.requests), lambda: answer(503), lambda: answer(404)
    )


PROVIDERS = {
    "email": email_provider,
    "webhook": webhook_provider,
    "personal_webhook": personal_webhook_provider,
    **chat_providers.PROVIDERS,
    **phone_providers.PROVIDERS,
}


@pytest.fixture(params=sorted(PROVIDERS))
def provider(request: pytest.FixtureRequest, db: None) -> Iterator[Provider]:
    made = PROVIDERS[request.param](request)
    yield made
    made.channel.rest()


def test_every_channel_is_held_to_the_contract() -> None:
    assert sorted(PROVIDERS) == sorted(registry.CHANNELS)


def test_a_message_arrives_once_and_the_receipt_says_sent(provider: Provider) -> None:
    message = provider.channel.compose(provider.notification(), now=MONDAY)
    receipt = provider.channel.send(message)
    assert (receipt.outcome, provider.arrived()) == ("sent", 1)
    assert receipt.provider


def test_composing_twice_gives_the_same_message(provider: Provider) -> None:
    notification = provider.notification()
    first, second = (provider.channel.compose(notification, now=MONDAY + timedelta(seconds=n)) for n in (0, 9))
    assert first == second
    assert first.key == notification.dedup


def test_a_kept_message_reaches_nobody(provider: Provider) -> None:
    notification = provider.notification()
    assert notification.alert is not None
    if notification.user:
        notification.user.is_sample = True
    notification.alert.integration.is_sample = True
    receipt = provider.channel.send(provider.channel.compose(notification, now=MONDAY))
    assert (receipt.outcome, provider.arrived()) == ("kept", 0)


@pytest.mark.parametrize(("trouble", "permanent"), [("break_down", False), ("refuse", True)])
def test_trouble_is_told_as_passing_or_permanent_with_the_answer(
    provider: Provider, trouble: str, permanent: bool
) -> None:
    message = provider.channel.compose(provider.notification(), now=MONDAY)
    getattr(provider, trouble)()
    with pytest.raises(SendError) as caught:
        provider.channel.send(message)
    assert caught.value.permanent is permanent
    assert caught.value.answer


def test_sending_works_in_a_thread_that_must_not_touch_the_database(provider: Provider) -> None:
    message = provider.channel.compose(provider.notification(), now=MONDAY)
    outcomes: list[str] = []

    def refuse(*_args: object) -> None:
        raise AssertionError("a channel touched the database")

    def send() -> None:
        with connection.execute_wrapper(refuse):
            outcomes.append(provider.channel.send(message).outcome)

    thread = threading.Thread(target=send)
    thread.start()
    thread.join(10)
    assert outcomes == ["sent"]


def test_what_is_remembered_is_plain_json_without_credentials(provider: Provider) -> None:
    notification = provider.notification()
    Notification.objects.filter(pk=notification.pk).update(
        content=provider.channel.compose(notification, now=MONDAY).content()
    )
    notification.refresh_from_db()
    assert notification.content


def test_what_only_senders_need_is_not_loaded_at_start() -> None:
    loaded = "print({'apprise', 'pywebpush'} & set(sys.modules))"
    script = f"import django, sys; django.setup(); import config.urls; {loaded}"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings"}
    found = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
