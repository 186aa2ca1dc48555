"""How a round of sends behaves when providers are slow and the database is not there."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from paging import clock, delivery, leases, messages, outcomes, planning
from paging.channels.base import Receipt
from paging.models import Attempt, Notification
from paging.outcomes import Tried
from tests.paging.conftest import MONDAY, FakeMail, minutes


def crowd(person, alert, ask, number: int):
    fired = alert(f"Alert {number}")
    for index in range(number):
        ask(fired, person(f"p{number}x{index}", rules=["notify_by_email", 5, "notify_by_email"]))


def queries_of(act) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        act()
    return len(caught)


def test_planning_costs_the_same_number_of_queries_for_two_people_and_for_fifteen(room, person, alert, ask) -> None:
    counts = []
    for number in (2, 15):
        crowd(person, alert, ask, number)
        counts.append(queries_of(lambda: planning.plan_due(MONDAY)))
    assert Notification.objects.count() == 34
    assert counts[0] == counts[1]
    assert counts[0] <= 12


def test_claiming_and_recording_fifty_mails_costs_as_many_queries_as_two(room, person, alert, ask) -> None:
    counts = []
    for number in (2, 50):
        crowd(person, alert, ask, number)
        clock.tick(MONDAY)
        clock.tick(MONDAY)
        rounds: list[leases.Claimed] = []
        claiming = queries_of(lambda found=rounds: found.append(leases.claim(MONDAY, limit=100)))
        (claimed,) = rounds
        assert len(claimed.rows) == number
        composing = queries_of(lambda rows=claimed.rows: [messages.mail(row) for row in rows])
        sent = [Tried(row, None, Receipt("sent", "fake"), timedelta(0)) for row in claimed.rows]
        recording = queries_of(lambda tried=sent, lease=claimed.lease: outcomes.record(tried, lease=lease, now=MONDAY))
        counts.append((claiming, composing, recording))
    assert counts[0] == counts[1]
    assert counts[0][1] == 0
    assert sum(counts[0]) <= 14


def test_fifty_mails_go_out_in_one_round_and_each_once(room, person, alert, ask) -> None:
    crowd(person, alert, ask, 50)
    while clock.tick(MONDAY):
        pass
    assert clock.deliver(lambda: MONDAY, pulse=lambda: None) == 50
    assert len({mail.to for mail in room.channel.mails}) == len(room.channel.mails) == 50
    assert set(Attempt.objects.values_list("number", "outcome")) == {(1, "sent")}


class SlowMail(FakeMail):
    """Holds every mail back until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.inside = 0
        self.most = 0
        self.lock = threading.Lock()

    def send(self, message):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.gate.wait(10)
        with self.lock:
            self.inside -= 1
        return super().send(message)


@pytest.fixture
def slow(room, monkeypatch):
    from paging.channels import registry  # noqa: PLC0415

    channel = SlowMail()
    monkeypatch.setitem(registry.CHANNELS, "email", channel)
    yield channel
    channel.gate.set()


def test_the_pulse_beats_while_a_provider_is_slow(slow, room, person, alert, ask) -> None:
    ask(alert(), person("Alice"))
    clock.tick(MONDAY)
    beats = []

    def pulse() -> None:
        beats.append(time.monotonic())
        if len(beats) == 3:
            slow.gate.set()

    clock.deliver(lambda: MONDAY, pulse=pulse)
    assert len(beats) == 3
    assert beats[2] - beats[0] >= 2 * delivery.PULSE_SECONDS
    assert [mail.to for mail in slow.mails] == ["alice@example.org"]


def test_what_becomes_due_meanwhile_does_not_wait_for_the_slow_one(slow, room, person, alert, ask) -> None:
    fired = alert()
    ask(fired, person("Alice"))
    clock.tick(MONDAY)
    bob = person("Bob")

    def pulse() -> None:
        if slow.most < 2:
            ask(fired, bob)
            clock.tick(MONDAY)
        else:
            slow.gate.set()

    assert clock.deliver(lambda: MONDAY, pulse=pulse) == 2
    assert slow.most == 2


def test_no_more_are_on_their_way_than_there_are_threads(slow, room, person, alert, ask, settings) -> None:
    settings.SEND_THREADS = 3
    crowd(person, alert, ask, 7)
    clock.tick(MONDAY)
    clock.deliver(lambda: MONDAY, pulse=slow.gate.set)
    assert (slow.most, len(slow.mails)) == (3, 7)


def test_a_provider_that_never_answers_is_given_up_within_the_lease(slow, room, person, alert, ask, settings) -> None:
    settings.PROVIDER_TIMEOUT = 0.3
    ask(alert(), person("Alice"))
    clock.tick(MONDAY)
    clock.deliver(lambda: MONDAY, pulse=lambda: None)
    row = Notification.objects.get()
    assert (row.status, row.due_at, row.lease_owner) == ("pending", MONDAY + timedelta(seconds=5), "")
    assert row.error == "No answer within 0.3 s."


def test_a_round_gives_back_what_it_does_not_get_to(slow, room, person, alert, ask, settings, monkeypatch) -> None:
    settings.SEND_THREADS = 1
    monkeypatch.setattr(delivery, "SUBMIT_SECONDS", 0.3)
    crowd(person, alert, ask, 3)
    clock.tick(MONDAY)
    beats = []

    def pulse() -> None:
        beats.append(1)
        if len(beats) == 2:
            slow.gate.set()

    clock.deliver(lambda: MONDAY, pulse=pulse)
    waiting = Notification.objects.filter(due_at=MONDAY, status="pending")
    assert len(slow.mails) == 1
    assert set(waiting.values_list("lease_owner", "attempts_count")) == {("", 0)}
    assert waiting.count() == 2


def test_only_the_holder_of_the_lease_records_the_outcome(slow, room, person, alert, ask) -> None:
    ask(alert(), person("Alice"))
    clock.tick(MONDAY)

    def taken_over() -> None:
        Notification.objects.update(lease_owner="other:1:-", due_at=MONDAY + minutes(1))
        slow.gate.set()

    clock.deliver(lambda: MONDAY, pulse=taken_over)
    row = Notification.objects.get()
    assert (row.status, row.lease_owner, Attempt.objects.count()) == ("pending", "other:1:-", 0)


def test_the_first_database_error_stops_the_round_but_loses_no_outcome(
    room, person, alert, ask, settings, monkeypatch
) -> None:
    settings.SEND_THREADS = 1
    crowd(person, alert, ask, 3)
    clock.tick(MONDAY)
    real, calls = outcomes.record, []

    def record(*args, **kwargs) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("gone")
        real(*args, **kwargs)

    monkeypatch.setattr(outcomes, "record", record)
    with pytest.raises(OperationalError, match="gone"):
        clock.deliver(lambda: MONDAY, pulse=lambda: None)
    assert len(room.channel.mails) == Attempt.objects.filter(outcome="sent").count()
    assert len(room.channel.mails) < 3
    assert Notification.objects.filter(due_at=MONDAY, status="pending", lease_owner="").count() == 3 - len(
        room.channel.mails
    )


def test_a_mail_that_cannot_be_composed_is_tried_again_and_does_not_stop_the_others(
    room, person, alert, ask, monkeypatch
) -> None:
    real = messages.mail

    def compose(row):
        if row.address.startswith("bad"):
            raise ValueError("no words")
        return real(row)

    monkeypatch.setattr(messages, "mail", compose)
    fired = alert()
    ask(fired, person("Bad"))
    ask(fired, person("Alice"))
    room.tick()
    assert [mail.to for mail in room.channel.mails] == ["alice@example.org"]
    assert Attempt.objects.get(outcome="retry").answer == "ValueError: no words"


def test_a_message_that_ends_its_process_every_time_is_given_up(room, person, alert, ask) -> None:
    ask(alert(), person("Alice"))
    clock.tick(MONDAY)
    Notification.objects.update(attempts_count=30)
    room.tick()
    row = Notification.objects.get()
    assert (row.status, row.error) == ("failed", "It was begun 30 times and never ended.")


def test_an_unknown_channel_fails_and_falls_back(room, person, alert, ask) -> None:
    ask(alert(), person("Alice"))
    clock.tick(MONDAY)
    Notification.objects.update(channel="pigeon", address="roof")
    room.tick()
    assert [mail.to for mail in room.channel.mails] == ["alice@example.org"]
    assert Notification.objects.order_by("pk")[0].error == "There is no channel 'pigeon'."


def test_nul_characters_in_an_answer_are_left_out(room, person, alert, ask, monkeypatch) -> None:
    monkeypatch.setattr(room.channel, "send", lambda _message: Receipt("sent", "fake", "a\x00b"))
    ask(alert(), person("Alice"))
    clock.tick(MONDAY)
    clock.deliver(lambda: MONDAY, pulse=lambda: None)
    assert Attempt.objects.get().answer == "ab"


def test_the_limits_of_a_round_fit_into_the_lease_and_the_task(settings) -> None:
    longest = delivery.SUBMIT_SECONDS + settings.PROVIDER_TIMEOUT
    assert longest < settings.LEASE_SECONDS
    assert longest + 5 < settings.Q_CLUSTER["timeout"]
