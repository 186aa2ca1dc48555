"""Webhooks on events: who is called for what, once each."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from alerts import services
from alerts.models import Alert, Source
from oncall.models import User, Webhook
from paging import clock
from paging.models import Notification
from tests import builders
from tests.paging.conftest import MONDAY

LIVES = {
    "alert group created": [],
    "acknowledge": ["acknowledge"],
    "unacknowledge": ["acknowledge", "unacknowledge"],
    "silence": ["silence"],
    "unsilence": ["silence", "unsilence"],
    "resolve": ["resolve"],
    "unresolve": ["resolve", "unresolve"],
}
CHANGES = ["acknowledge", "unacknowledge", "silence", "unsilence", "resolve", "unresolve"]


@pytest.fixture
def calls(sink: Any, settings: Any, db: None) -> Any:
    """Let the clock run and return the bodies that the web server got."""
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]

    def run() -> list[Any]:
        while clock.tick(MONDAY) or clock.deliver(lambda: MONDAY, pulse=lambda: None):
            pass
        return [json.loads(request.body) for request in sink.requests]

    return run


@pytest.fixture
def bob(db: None) -> User:
    return builders.person("bob")


def hook(sink: Any, trigger: str, **fields: Any) -> Webhook:
    return builders.webhook(f"{trigger} {Webhook.objects.count()}", sink.url, trigger_type=trigger, **fields)


def live(bob: User, *verbs: str, name: str = "door") -> Alert:
    """An alert to which these things happen."""
    body = {"alert_uid": "disk-1", "title": "Disk is full", "state": "alerting"}
    alert = services.receive(builders.integration(name=name), body, now=MONDAY).alert
    for verb in verbs:
        more = {"until": MONDAY + timedelta(hours=1)} if verb == "silence" else {}
        assert getattr(services, verb)(alert, by=bob, source=Source.CONSOLE, now=MONDAY, **more)
    return alert


@pytest.mark.parametrize("trigger", LIVES)
def test_each_event_calls_the_webhooks_of_its_trigger_once(sink: Any, calls: Any, bob: User, trigger: str) -> None:
    for each in LIVES:
        hook(sink, each, enabled=each == trigger)
    alert = live(bob, *LIVES[trigger])
    (body,) = calls()
    assert body["event"]["type"] == trigger
    assert body["alert_group_id"] == f"I{alert.public_id}"
    assert calls() == [body]


def test_a_change_of_status_is_any_of_the_six_and_not_the_creation(sink: Any, calls: Any, bob: User) -> None:
    hook(sink, "status change")
    live(bob, *CHANGES)
    assert sorted(body["event"]["type"] for body in calls()) == sorted(CHANGES)


def test_the_event_says_who_did_it_when_and_until_when(sink: Any, calls: Any, bob: User) -> None:
    hook(sink, "silence")
    live(bob, "silence")
    (body,) = calls()
    assert body["event"] == {"type": "silence", "time": "2030-01-07T09:00:00Z", "until": "2030-01-07T10:00:00Z"}
    assert body["user"] == {"id": f"U{bob.public_id}", "username": "bob", "email": "bob@example.org"}


def test_a_webhook_for_some_integrations_is_not_called_for_others(sink: Any, calls: Any, bob: User) -> None:
    alert = live(bob, name="mine")
    hook(sink, "acknowledge", integration_filter=[f"C{alert.integration.public_id}"])
    live(bob, "acknowledge", name="other")
    assert calls() == []
    services.acknowledge(alert, by=bob, source=Source.CONSOLE, now=MONDAY)
    assert [body["alert_group_id"] for body in calls()] == [f"I{alert.public_id}"]


@pytest.mark.parametrize(("said", "number"), [("{{ event.type == 'resolve' }}", 1), ("{{ alert_payload.x }}", 0)])
def test_the_trigger_template_decides(sink: Any, calls: Any, bob: User, said: str, number: int) -> None:
    hook(sink, "status change", trigger_template=said)
    live(bob, "acknowledge", "resolve")
    assert len(calls()) == number


def test_a_disabled_or_deleted_webhook_is_never_called(sink: Any, calls: Any, bob: User) -> None:
    hook(sink, "acknowledge", enabled=False)
    hook(sink, "acknowledge", deleted_at=MONDAY)
    live(bob, "acknowledge")
    assert calls() == []
    assert not Notification.objects.exists()


def test_a_refused_verb_calls_nobody(sink: Any, calls: Any, bob: User) -> None:
    hook(sink, "status change")
    alert = live(bob)
    assert not services.unsilence(alert, by=bob, source=Source.CONSOLE, now=MONDAY)
    assert calls() == []


def test_what_was_said_about_a_wiped_alert_is_forgotten(sink: Any, calls: Any, bob: User) -> None:
    hook(sink, "acknowledge")
    alert = live(bob, "acknowledge")
    calls()
    services.wipe(alert, by=bob, source=Source.CONSOLE, now=MONDAY)
    calls()
    row = Notification.objects.get()
    assert (row.content, row.attempts.get().answer) == (None, "")
