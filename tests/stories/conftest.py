"""The World with both clocks and telephones: who was told when, and by which channel."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from alerts import clock as alerts_clock
from oncall.models import ContactMethod, User
from paging import clock as paging_clock
from paging import receipts
from paging.channels import registry
from paging.channels.base import Message, Receipt
from paging.models import Notification
from tests import builders
from tests.conftest import World

SMS, CALL, MAIL = "notify_by_sms", "notify_by_phone_call", "notify_by_email"
ARRIVES = {"sms": "delivered", "voice": "completed"}  # what the telephone company says
Told = tuple[timedelta, str, str]


def s(seconds: float) -> timedelta:
    """Seconds since the World began."""
    return timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Ring(Message):
    """One message to one person."""

    person: str


class FakePhone:
    """Rings nowhere, and remembers for whom."""

    back_off: tuple[int, ...] = (5, 15)
    share = 1.0

    def __init__(self, name: str) -> None:
        self.name = self.contact_kind = name
        self.rung: list[Ring] = []
        self._lock = threading.Lock()

    def compose(self, notification: Notification, *, now: datetime) -> Ring:
        """Return who is told."""
        return Ring(notification.dedup, keep=False, person=notification.user.username if notification.user else "")

    def send(self, message: Ring) -> Receipt:
        """Remember it."""
        with self._lock:
            self.rung.append(message)
        return Receipt("sent", "fake")

    def rest(self) -> None:
        """Nothing is kept open."""


class PagingWorld(World):
    """A Monday morning at nine, with everything that rings."""

    def __init__(self, phones: dict[str, FakePhone]) -> None:
        super().__init__()
        self.phones = phones
        self.told: list[Told] = []
        for user in (self.alice, self.bob, self.carol):
            self.equip(user)

    def equip(self, user: User) -> None:
        """Give a person an address for each fake channel."""
        for kind in ("sms", "voice"):
            ContactMethod.objects.create(user=user, kind=kind, address=f"{user.username}-{kind}", verified_at=self.now)

    def rules(self, user: User, *kinds: str | timedelta, important: bool = False) -> None:
        """Replace one set of a person's rules."""
        builders.rules(user, *kinds, important=important)

    def pass_time(self, span: timedelta) -> None:
        """Leap from promise to promise of both clocks."""
        end = self.now + span
        self.settle()
        while (due := self._next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.settle()
        self.now = end

    def _next_due(self) -> datetime | None:
        found = (alerts_clock.next_due(), paging_clock.next_due())
        return min((at for at in found if at is not None), default=None)

    def settle(self) -> None:
        """Do everything that is due now, sends included."""
        while alerts_clock.tick(self.now) or paging_clock.tick(self.now) or self._deliver():
            pass

    def _deliver(self) -> int:
        done = paging_clock.deliver(lambda: self.now, pulse=lambda: None)
        for channel, phone in sorted(self.phones.items()):
            rung = sorted(phone.rung, key=lambda ring: ring.key)
            self.told += [(self.now - self.start, ring.person, channel) for ring in rung]
            phone.rung.clear()
        for row in Notification.objects.filter(receipt_due_at__isnull=False):
            receipts.record(row, ARRIVES[row.channel], provider="fake", now=self.now)
        return done


@pytest.fixture
def town(db: None, monkeypatch: pytest.MonkeyPatch) -> PagingWorld:
    """The World with fake mail, SMS and telephone instead of all channels for people."""
    phones = {name: FakePhone(name) for name in ("email", "sms", "voice")}
    for name, phone in phones.items():
        monkeypatch.setitem(registry.CHANNELS, name, phone)
    return PagingWorld(phones)
