"""A fixed Monday, people with addresses, and mail channels that do as they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from alerts import services
from alerts.models import Alert, Assignment, Escalation, Source
from oncall.models import ContactMethod, NotificationRule, User
from paging import clock
from paging.channels import registry
from paging.channels.base import Receipt, SendError
from paging.channels.email import EmailChannel, Mail
from paging.models import Notification

MONDAY = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


class FakeMail(EmailChannel):
    """Keeps what it was given; fails as often as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Mail] = []
        self.failures: dict[str, list[SendError]] = {}  # by address, the next first; the last one for ever
        self.for_ever: dict[str, SendError] = {}

    def send(self, message: Mail) -> Receipt:
        if planned := self.failures.get(message.to):
            raise planned.pop(0)
        if message.to in self.for_ever:
            raise self.for_ever[message.to]
        if message.keep:
            return super().send(message)
        self.mails.append(message)
        return Receipt("sent", "fake", "250 taken")


@dataclass
class Mailroom:
    """A small world: a clock that leaps, and what arrived when."""

    channel: FakeMail
    now: datetime = MONDAY
    arrived: list[tuple[timedelta, str]] = field(default_factory=list)

    def tick(self) -> None:
        """Do everything due now, sends included."""
        while self._turn():
            pass

    def _turn(self) -> int:
        before = len(self.channel.mails)
        done = clock.tick(self.now) or clock.deliver(lambda: self.now, pulse=lambda: None)
        new = self.channel.mails[before:]
        self.arrived += [(self.now - MONDAY, mail.to) for mail in sorted(new, key=lambda mail: mail.key)]
        return done

    def pass_time(self, span: timedelta) -> None:
        """Leap from promise to promise."""
        end = self.now + span
        self.tick()
        while (due := clock.next_due()) and due <= end:
            self.now = max(self.now, due)
            self.tick()
        self.now = end


@pytest.fixture
def room(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Mailroom:
    settings.EMAIL_CONFIGURED = True
    channel = FakeMail()
    monkeypatch.setitem(registry.CHANNELS, "email", channel)
    return Mailroom(channel)


_names = count(1)


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Make a person with verified addresses and rules; a number in `rules` is a wait in minutes."""

    def make(
        name: str,
        *,
        addresses: Sequence[str] | None = None,
        rules: Sequence[str | int] = (NotificationRule.Kind.EMAIL,),
        important: Sequence[str | int] | None = None,
        **fields: Any,
    ) -> User:
        user = User.objects.create_user(f"{name.lower()}@example.org", name=name, **fields)
        for address in [user.email] if addresses is None else addresses:
            ContactMethod.objects.create(user=user, kind="email", address=address, verified_at=MONDAY)
        add_rules(user, rules, important=False)
        add_rules(user, rules if important is None else important, important=True)
        return user

    return make


def add_rules(user: User, rules: Sequence[str | int], *, important: bool) -> None:
    for position, rule in enumerate(rules):
        wait = isinstance(rule, int)
        NotificationRule.objects.create(
            user=user,
            important=important,
            position=position,
            kind="wait" if wait else rule,
            delay=timedelta(minutes=int(rule)) if wait else None,
        )


@pytest.fixture
def alert(db: None) -> Callable[..., Alert]:
    """Open an alert that asks nobody yet."""

    def make(title: str = "DiskFull (eu-7): disk /var is 97 % full", **fields: Any) -> Alert:
        fields = {"description": "97 % of 400 GB used", **fields}
        return services.create_alert(
            title=title, destinations=[], by=None, source=Source.MONITOR, now=MONDAY, **fields
        )[0]

    return make


@pytest.fixture
def ask(db: None) -> Callable[..., Assignment]:
    """Ask a person to take an alert, as an escalation that runs on for an hour does."""

    def make(alert: Alert, user: User, *, at: datetime = MONDAY, important: bool = False) -> Assignment:
        escalation = Escalation.objects.create(
            alert=alert,
            run=alert.run,
            destination=f"test{next(_names)}",
            snapshot={"name": "chain", "steps": [], "final_timeout": 300},
            started_at=at,
            due_at=at + timedelta(hours=1),
        )
        return Assignment.objects.create(
            alert=alert,
            escalation=escalation,
            user=user,
            run=alert.run,
            step=0,
            important=important,
            asked_at=at,
            due_at=at,
        )

    return make


def statuses() -> list[tuple[str, str]]:
    """Return (address, status) of every notification in the order of their making."""
    return list(Notification.objects.order_by("pk").values_list("address", "status"))


@pytest.fixture
def sink() -> Iterator[Any]:
    """Run a web server on loopback that remembers requests and answers as told."""
    from tests.fakes.http_sink import HttpSink  # noqa: PLC0415

    with HttpSink() as running:
        yield running


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the clock that edges read, which is the database's on PostgreSQL."""

    def travel(now: datetime) -> None:
        monkeypatch.setattr("base.clock.now", lambda: now)

    return travel


@pytest.fixture(autouse=True)
def no_static_folder(settings: Any) -> None:
    settings.WHITENOISE_AUTOREFRESH = True  # nobody has collected static files for the tests


@pytest.fixture
def company(settings: Any) -> Iterator[Callable[..., Any]]:
    """Run phone companies on loopback, set up in the order in which they are made."""
    from tests.paging.phone_providers import companies  # noqa: PLC0415

    yield from companies(settings)
