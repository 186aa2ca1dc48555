from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connections, transaction
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from django_q.tasks import async_task

from base import broker, clock, shared

pytestmark = pytest.mark.django_db


class Watch:
    """A movable monotonic clock; sleeping moves it."""

    def __init__(self) -> None:
        self.at = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    watch = Watch()
    monkeypatch.setattr(broker, "time", watch)
    monkeypatch.setattr(clock, "due", lambda now: True)
    monkeypatch.setattr(connections["default"], "close", lambda: None)
    shared.set_waiting(False)
    yield watch
    shared.set_waiting(False)


def functions(tasks: list[broker.Task]) -> list[str]:
    return [SignedPackage.loads(payload)["func"] for _, payload in tasks]


def test_nothing_is_emitted_while_nothing_is_due(watch, monkeypatch):
    monkeypatch.setattr(clock, "due", lambda now: False)
    assert broker.ClockBroker().dequeue() == []
    assert watch.slept == [0.2]


def test_what_is_due_is_emitted_at_once_and_then_at_most_every_fifth_of_a_second(watch):
    ours = broker.ClockBroker()
    assert functions(ours.dequeue()) == ["base.tasks.run_clock"]
    shared.set_waiting(False)  # a worker began it
    watch.at += 0.19
    assert ours._clock_tasks(datetime.now(UTC)) == []
    watch.at += 0.02
    assert len(ours._clock_tasks(datetime.now(UTC))) == 1


def test_no_second_clock_task_queues_up_behind_one_that_no_worker_has_begun(watch):
    ours = broker.ClockBroker()
    ours.dequeue()
    watch.at += 4.9
    assert ours._clock_tasks(datetime.now(UTC)) == []
    watch.at += 0.2
    assert len(ours._clock_tasks(datetime.now(UTC))) == 1


def test_a_clock_task_leaves_no_row(watch):
    broker.ClockBroker().dequeue()
    assert OrmQ.objects.count() == 0


def test_ordinary_tasks_come_in_the_order_in_which_they_were_given(watch, monkeypatch):
    monkeypatch.setattr(clock, "due", lambda now: False)
    for name in ("math.floor", "math.ceil", "math.sqrt"):
        async_task(name, 1)
    ours = broker.ClockBroker()
    assert [functions(ours.dequeue()) for _ in range(3)] == [["math.floor"], ["math.ceil"], ["math.sqrt"]]
    assert ours.dequeue() == []  # all are out, none comes again before its retry


def test_a_task_given_in_a_transaction_that_is_rolled_back_was_never_given(watch):
    def fail() -> None:
        with transaction.atomic():
            async_task("math.floor", 1)
            assert OrmQ.objects.count() == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert OrmQ.objects.count() == 0


def test_a_database_that_is_away_is_waited_for_and_mentioned_once(watch, monkeypatch, caplog):
    def away(now: datetime) -> bool:
        raise OperationalError("gone")

    monkeypatch.setattr(clock, "due", away)
    ours = broker.ClockBroker()
    with caplog.at_level(logging.WARNING, "base.broker"):
        assert [ours.dequeue() for _ in range(12)] == [[]] * 12
        monkeypatch.setattr(clock, "due", lambda now: True)
        assert len(ours.dequeue()) == 1
    assert watch.slept[:3] == [pytest.approx(0.2), pytest.approx(0.4), pytest.approx(0.6)]
    assert max(watch.slept) == 1.0
    assert [record.message for record in caplog.records] == [
        "the database cannot be reached, trying on",
        "the database is back",
    ]
