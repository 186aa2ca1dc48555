from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import ModuleType, SimpleNamespace

import pytest
from django.db import OperationalError

from base import clock, metrics

NOON = datetime(2030, 1, 7, 12, tzinfo=UTC)


class Bell(ModuleType):
    """A clock whose rows are a list of instants; sends, where it has any, are one per call."""

    def __init__(self, name: str, *due: datetime, sends: int = 0) -> None:
        super().__init__(name)
        self.due = sorted(due)
        self.sends = sends
        self.story: list[str] = []

    def next_due(self) -> datetime | None:
        return self.due[0] if self.due else None

    def tick(self, now: datetime) -> int:
        if not self.due or self.due[0] > now:
            return 0
        self.due.pop(0)
        self.story.append("step")
        return 1


class Sender(Bell):
    def deliver(self, now_fn: Callable[[], datetime], *, pulse: Callable[[], None]) -> int:
        pulse()
        if not self.sends:
            return 0
        self.sends -= 1
        self.story.append("send")
        return 1

    def release(self, owner_prefix: str, now: datetime) -> int:
        self.story.append(f"release {owner_prefix}")
        return 3


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, settings) -> Callable[..., None]:
    def _install(*bells: Bell) -> None:
        for bell in bells:
            monkeypatch.setitem(sys.modules, bell.__name__, bell)
        settings.CLOCKS = [bell.__name__ for bell in bells]
        clock._complained.clear()

    return _install


def test_the_earliest_promise_of_all_clocks_is_next(install):
    install(Bell("bell_a", NOON + timedelta(seconds=5)), Bell("bell_b", NOON), Bell("bell_c"))
    assert clock.next_due() == NOON
    assert [clock.due(NOON - timedelta(seconds=1)), clock.due(NOON)] == [False, True]
    assert clock.lateness(NOON + timedelta(seconds=7)) == timedelta(seconds=7)


def test_nothing_promised_is_nothing_late(install):
    install(Bell("bell_a"))
    assert (clock.next_due(), clock.due(NOON), clock.lateness(NOON)) == (None, False, timedelta(0))


def test_a_promise_of_the_future_is_not_late(install):
    install(Bell("bell_a", NOON))
    assert clock.lateness(NOON - timedelta(hours=1)) == timedelta(0)


def test_all_steps_are_done_before_any_send(install):
    bell = Sender("bell_a", NOON, NOON, NOON, sends=2)
    install(bell)
    assert clock.tick(NOON) == 5
    assert bell.story == ["step", "step", "step", "send", "send"]


def test_what_is_not_due_stays(install):
    bell = Bell("bell_a", NOON, NOON + timedelta(seconds=1))
    install(bell)
    assert clock.tick(NOON) == 1
    assert bell.due == [NOON + timedelta(seconds=1)]


def test_a_clock_that_fails_is_logged_once_and_stops_no_other(install, caplog):
    broken, sound = Bell("bell_a", NOON), Bell("bell_b", NOON)
    broken.tick = lambda now: 1 // 0  # type: ignore[method-assign]
    install(broken, sound)
    with caplog.at_level(logging.ERROR, "base.clock"):
        assert clock.tick(NOON) == 1
        clock.tick(NOON)
    assert sound.due == []
    assert [record.clock for record in caplog.records] == ["bell_a"]


def test_a_clock_that_cannot_say_when_hides_no_other(install):
    broken = Bell("bell_a")
    broken.next_due = lambda: 1 // 0  # type: ignore[method-assign, return-value, assignment]
    install(broken, Bell("bell_b", NOON))
    assert clock.next_due() == NOON


def test_a_database_that_is_away_is_the_callers_to_hear_of(install):
    def away() -> None:
        raise OperationalError("gone")

    broken = Bell("bell_a")
    broken.next_due = away  # type: ignore[method-assign]
    install(broken)
    with pytest.raises(OperationalError):
        clock.due(NOON)


def test_leases_are_given_back_by_every_clock_that_has_any(install):
    sender = Sender("bell_a")
    install(sender, Bell("bell_b"))
    assert clock.release("host:1:", NOON) == 3
    assert sender.story == ["release host:1:"]


def test_only_clocks_that_can_count_are_counted(install):
    counting = SimpleNamespace(__name__="bell_a", due_rows=lambda now: 4)
    install(counting, Bell("bell_b"))
    assert clock.due_rows(NOON) == {"bell_a": 4}


@pytest.mark.django_db
def test_a_run_ends_when_nothing_is_due_and_counts_its_runner(install):
    bell = Sender("bell_a", NOON - timedelta(days=3650 * 2), sends=2)
    install(bell)
    before = metrics.clock_steps.labels("trial")._value.get()
    beats: list[int] = []
    assert clock.run(60.0, runner="trial", beat=lambda: beats.append(1)) == 3
    assert bell.story == ["step", "send", "send"]
    assert metrics.clock_steps.labels("trial")._value.get() == before + 1
    assert len(beats) == 6  # three turns, and a pulse in each round of sends


@pytest.mark.django_db
def test_steps_that_fall_due_behind_a_slow_provider_are_done_by_the_pulse(install):
    past = NOON - timedelta(days=3650 * 2)
    bell = Bell("bell_steps")
    slow = Sender("bell_slow", sends=1)

    def deliver(now_fn: Callable[[], datetime], *, pulse: Callable[[], None]) -> int:
        if not slow.sends:
            return 0
        slow.sends = 0
        bell.due.append(past)
        pulse()
        slow.story.append(f"steps done meanwhile: {bell.story}")
        return 1

    slow.deliver = deliver  # type: ignore[method-assign]
    install(bell, slow)
    clock.run(60.0)
    assert slow.story == ["steps done meanwhile: ['step']"]


@pytest.mark.django_db
def test_a_run_that_is_told_to_stop_sends_nothing(install):
    bell = Sender("bell_a", sends=1)
    install(bell)
    assert clock.run(60.0, stop=lambda: True) == 0
    assert bell.sends == 1


@pytest.mark.django_db
def test_the_clock_is_read_in_utc():
    assert clock.now().utcoffset() == timedelta(0)
