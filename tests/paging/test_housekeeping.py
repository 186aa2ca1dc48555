"""What is old goes, what is open stays; and the commands."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django_q.models import Schedule

from alerts import services
from alerts.models import Alert, Event, LogEntry, Source
from oncall.models import User
from paging import clock, retention, tasks
from paging.models import Attempt, Notification, Page
from tests.paging.conftest import MONDAY

DAYS = {"payloads": 90, "attempts": 90, "logs": 365, "requests": 30}


@pytest.fixture
def old(room, person, alert, ask):
    """An alert with a payload and a mail that was sent; ended when asked for."""

    def make(*, ended: bool) -> Alert:
        fired = alert()
        Event.objects.create(alert=fired, received_at=MONDAY, payload={"a": 1})
        ask(fired, person(f"Alice{fired.pk}"))
        room.tick()
        if ended:
            services.resolve(fired, by=None, source=Source.MONITOR, now=MONDAY)
            room.tick()
        return fired

    return make


def left(alert: Alert) -> tuple[int, int, int, int]:
    return (
        Event.objects.filter(alert=alert).count(),
        Notification.objects.filter(alert=alert, content__isnull=False).count(),
        Attempt.objects.filter(notification__alert=alert).count(),
        min(1, LogEntry.objects.filter(alert=alert).count()),
    )


def test_each_kind_goes_when_its_days_are_over_and_not_a_second_earlier(old) -> None:
    ended = old(ended=True)
    retention.sweep(MONDAY + timedelta(days=90), DAYS)
    assert left(ended) == (1, 1, 1, 1)
    retention.sweep(MONDAY + timedelta(days=90, seconds=1), DAYS)
    assert left(ended) == (0, 0, 0, 1)
    retention.sweep(MONDAY + timedelta(days=365, seconds=1), DAYS)
    assert left(ended) == (0, 0, 0, 0)
    assert Notification.objects.filter(alert=ended).count() == 1


def test_nothing_of_an_open_alert_ever_goes(old) -> None:
    open_one = old(ended=False)
    assert retention.sweep(MONDAY + timedelta(days=4000), DAYS) == {
        "payloads": 0,
        "messages": 0,
        "attempts": 0,
        "requests": 0,
        "log": 0,
    }
    assert left(open_one) == (1, 1, 1, 1)


def test_a_line_that_others_must_still_hear_stays(old) -> None:
    ended = old(ended=True)
    line = LogEntry.objects.create(alert=ended, at=MONDAY, kind="note", announce_at=MONDAY + timedelta(days=9999))
    retention.sweep(MONDAY + timedelta(days=4000), DAYS)
    assert list(LogEntry.objects.filter(alert=ended)) == [line]


def test_small_batches_reach_the_end_too(old) -> None:
    ended = [old(ended=True) for _ in range(3)]
    swept = retention.sweep(MONDAY + timedelta(days=4000), DAYS, batch=1)
    assert (swept["payloads"], swept["messages"], swept["attempts"]) == (3, 3, 3)
    assert {left(alert) for alert in ended} == {(0, 0, 0, 0)}


def test_the_task_and_the_command_sweep_by_the_settings(old, at) -> None:
    old(ended=True)
    at(MONDAY + timedelta(days=91))
    assert tasks.housekeeping() == {"payloads": 1, "messages": 1, "attempts": 1, "requests": 0, "log": 0}
    out = StringIO()
    call_command("housekeeping", stdout=out)
    assert out.getvalue() == "0 payloads, 0 messages, 0 attempts, 0 requests, 0 log deleted.\n"


def test_housekeeping_is_scheduled_once_however_often_we_start(db) -> None:
    tasks.ensure_schedules()
    tasks.ensure_schedules()
    schedule = Schedule.objects.get(name=tasks.HOUSEKEEPING)
    assert (schedule.func, schedule.schedule_type) == ("paging.tasks.housekeeping", Schedule.DAILY)


def test_page_me_opens_a_marked_alert_and_says_what_happens_next(room, person, at) -> None:
    alice = person("Alice", rules=["notify_by_email", 5, "notify_by_email"])
    out = StringIO()
    at(MONDAY)
    call_command("page_me", "ALICE@example.org", stdout=out)
    fired = Alert.objects.get()
    lines = out.getvalue().splitlines()
    assert (fired.title, fired.subtype, fired.meta["test"]) == ("Test page for Alice", "page", True)
    assert lines == [
        f"Test alert {fired.pk} asks Alice: {fired.console_url}",
        "at once: email to alice@example.org",
        "after 5 min: email to alice@example.org",
        "The clock sends it: `manage.py up` must be running.",
    ]
    room.tick()
    assert [(mail.to, mail.subject) for mail in room.channel.mails] == [(alice.email, "[Test] Test page for Alice")]
    assert clock.next_due() is not None


def test_page_me_says_where_the_mail_is_kept(room, person, settings) -> None:
    settings.EMAIL_CONFIGURED = False
    person("Alice")
    out = StringIO()
    call_command("page_me", "alice@example.org", stdout=out)
    assert "E-mail is kept in the outbox, which the console shows: EMAIL_URL is not set." in out.getvalue()


def test_page_me_refuses_whom_it_cannot_page(room, person) -> None:
    person("Vera", role=User.Role.VIEWER)
    with pytest.raises(CommandError, match="nobody has this address"):
        call_command("page_me", "nobody@example.org")
    with pytest.raises(CommandError, match="may not be asked"):
        call_command("page_me", "vera@example.org")
    assert Alert.objects.count() == 0


def test_requests_go_with_their_days_unless_their_alert_is_open(person: Any, alert: Any) -> None:
    old = MONDAY - timedelta(days=30, microseconds=1)
    fields = {"kind": "person", "body": "{}", "outcome": "failed"}
    Page.objects.create(**fields, created_at=old)
    kept = [
        Page.objects.create(**fields, created_at=MONDAY - timedelta(days=30)),
        Page.objects.create(**fields, created_at=old, alert=alert()),
        Page.objects.create(kind="person", body="{}", created_at=old, due_at=MONDAY),
    ]
    assert retention.sweep(MONDAY, DAYS)["requests"] == 1
    assert set(Page.objects.all()) == set(kept)
