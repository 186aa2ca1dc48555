"""The far ends of the chat and push channels, for the contract test and the stories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from oncall.addresses import read
from oncall.models import ContactMethod, User
from paging import devices, planning
from paging.channels import apprise, registry
from paging.channels.base import Channel
from paging.models import Notification
from tests.fakes.chat_servers import SIGNING_SECRET, ChatServer, FakeMattermost, FakeSlack, FakeTelegram, as_json
from tests.fakes.http_sink import HttpSink
from tests.fakes.push_service import PushService
from tests.paging.conftest import MONDAY

LOOPBACK = ["127.0.0.0/8"]
TEAMS = "https://prod-1.westus.logic.azure.com:443/workflows/643e69f83c8944438d68119179a10a64/triggers/manual/paths/"
ADDRESSES = {  # as a person types them; {host} is the fake's
    "discord": "https://discord.com/api/webhooks/123456789012345678/abcDEFghijklmnopqrstuvwxABCDEF",
    "matrix": "matrix://access-token@{host}/!room:example.org",
    "msteams": TEAMS + "invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=KODuebWbDGYFr0z0eu-6Rj8",
    "ntfy": "http://{host}/alices-pages",
    "gotify": "http://{host}/AbCdEfGhIjKlMnO",
    "pushover": f"{'u' * 30}@{'t' * 30}",
    "apprise": "json://{host}/alice",
}


@dataclass
class Provider:
    """The far end of a channel, and how it is made to misbehave."""

    channel: Channel[Any]
    notification: Callable[[], Notification]
    arrived: Callable[[], int]
    break_down: Callable[[], None]  # for a while
    refuse: Callable[[], None]  # for good


def reachable(user: User, kind: str, address: str) -> ContactMethod:
    """Give a person a verified address, as typed."""
    found = read(kind, address)
    return ContactMethod.objects.create(
        user=user, kind=kind, address=found.shown, target=found.target, verified_at=MONDAY
    )


def _asked(request: pytest.FixtureRequest, method: Callable[[User], object]) -> Callable[[], Notification]:
    person, alert, ask = (request.getfixturevalue(name) for name in ("person", "alert", "ask"))

    def notification() -> Notification:
        alice = person("Alice", addresses=[], rules=[])
        method(alice)
        ask(alert(), alice)
        planning.plan_due(MONDAY)
        return Notification.objects.get()

    return notification


def _started(request: pytest.FixtureRequest, server: HttpSink) -> None:
    server.__enter__()
    request.addfinalizer(lambda: server.__exit__(None, None, None))


def set_up(settings: Any, server: ChatServer) -> None:
    """Point the installation at a fake."""
    if isinstance(server, FakeSlack):
        settings.SLACK_API_URL, settings.SLACK_BOT_TOKEN = f"{server.base}/api", server.token
        settings.SLACK_SIGNING_SECRET = SIGNING_SECRET
    elif isinstance(server, FakeTelegram):
        settings.TELEGRAM_API_URL, settings.TELEGRAM_BOT_TOKEN = server.base, server.token
    else:
        assert isinstance(server, FakeMattermost)
        settings.MATTERMOST_URL, settings.MATTERMOST_BOT_TOKEN = server.base, server.token


def _chat(kind: str, make: Callable[[], ChatServer], address: str, refusal: Any) -> Any:
    def provider(request: pytest.FixtureRequest) -> Provider:
        server = make()
        _started(request, server)
        set_up(request.getfixturevalue("settings"), server)
        return Provider(
            registry.find(kind),
            _asked(request, lambda user: reachable(user, kind, address)),
            lambda: len(server.messages),
            lambda: server.trouble.append(as_json({}, 503)),
            lambda: server.trouble.extend([refusal] * 3),
        )

    return provider


def _push(request: pytest.FixtureRequest) -> Provider:
    service = PushService()
    _started(request, service)
    settings = request.getfixturevalue("settings")
    settings.WEBHOOK_ALLOWED_NETWORKS = LOOPBACK

    def register(user: User) -> None:
        devices.register(user, devices.read(service.subscription()), agent="Firefox on Android", now=MONDAY)

    def answer(status: int) -> None:
        service.status = status

    return Provider(
        registry.find("push"),
        _asked(request, register),
        lambda: len(service.requests),
        lambda: answer(503),
        lambda: answer(410),
    )


def by_apprise(kind: str) -> Any:
    """Return the provider for a channel of Apprise; services of the Internet are played by the sink."""

    def provider(request: pytest.FixtureRequest) -> Provider:
        sink: HttpSink = request.getfixturevalue("sink")
        settings, patch = request.getfixturevalue("settings"), request.getfixturevalue("monkeypatch")
        settings.WEBHOOK_ALLOWED_NETWORKS = LOOPBACK
        host = urlsplit(sink.url).netloc
        sent = apprise.GuardedRequests.request

        def redirected(self: Any, method: str, url: str, **kwargs: Any) -> Any:
            parts = urlsplit(url)
            return sent(self, method, f"http://{host}{parts.path}", **kwargs)

        patch.setattr(apprise.GuardedRequests, "request", redirected)
        sink.answers = [(200, {"Content-Type": "application/json"}, b'{"room_id": "!room:example.org", "status": 1}')]

        def answer(status: int) -> None:
            sink.answers = [(status, {}, b"{}")]

        return Provider(
            registry.find(kind),
            _asked(request, lambda user: reachable(user, kind, ADDRESSES[kind].format(host=host))),
            lambda: min(1, len(sink.requests)) if kind == "matrix" else len(sink.requests),
            lambda: answer(503),
            lambda: answer(403),
        )

    return provider


PROVIDERS = {
    "slack": _chat("slack", FakeSlack, "U0ALICE01", as_json({"ok": False, "error": "account_inactive"})),
    "telegram": _chat(
        "telegram",
        FakeTelegram,
        "4711",
        as_json({"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}, 403),
    ),
    "mattermost": _chat("mattermost", FakeMattermost, "@alice", as_json({"message": "no rights"}, 403)),
    "push": _push,
    **{kind: by_apprise(kind) for kind in ADDRESSES},
}
