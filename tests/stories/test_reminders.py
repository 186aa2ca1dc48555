"""Who took an alert is reminded of it, and without an answer it is taken back (S17)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.models import Alert, LogEntry, Source
from oncall.models import Organization
from tests import builders
from tests.conftest import m
from tests.stories.conftest import CALL, SMS, PagingWorld, s
from tests.stories.test_oncall_scenarios import at, lines, status

B_SMS = ("bob", "sms")
KINDS = ("acknowledged", "reminded", "confirmed", "unacknowledged")


def settings(*, hours: int | None, minutes: int | None = None) -> None:
    organization = Organization.load()
    organization.ack_reminder_hours, organization.unacknowledge_minutes = hours, minutes
    organization.save()


@pytest.fixture
def taken(town: PagingWorld) -> Alert:
    """Bob takes what Alice is rung about; his default rules text, then ring."""
    settings(hours=1, minutes=5)
    town.rules(town.bob, SMS, m(1), CALL)
    town.rules(town.alice, CALL)
    alert = town.alert(m(1), town.alice)
    town.act("acknowledge", alert, town.bob)
    return alert


def test_s17_without_an_answer_the_alert_is_taken_back_and_escalates_again(town: PagingWorld, taken: Alert) -> None:
    town.pass_time(s(3975))
    assert town.told == [at(3600, B_SMS), at(3970, ("alice", "voice"))]
    assert lines(taken, *KINDS) == [(s(0), "acknowledged"), (s(3600), "reminded"), (s(3900), "unacknowledged")]
    assert (status(taken), taken.holder, taken.reminder_due_at) == ("open", None, None)


def test_a_confirmed_reminder_is_followed_by_the_next_an_hour_after_it(town: PagingWorld, taken: Alert) -> None:
    town.pass_time(s(3600 + 200))
    assert town.act("acknowledge", taken, town.bob)
    town.pass_time(s(3600))
    assert town.told == [at(3600, B_SMS), at(7200, B_SMS)]
    assert lines(taken, "confirmed") == [(s(3800), "confirmed")]
    assert status(taken) == "acknowledged"


def test_only_the_holder_confirms(town: PagingWorld, taken: Alert) -> None:
    town.pass_time(s(3700))
    assert not town.act("acknowledge", taken, town.carol)
    town.pass_time(s(200))
    assert status(taken) == "open"


def test_before_the_reminder_there_is_nothing_to_confirm(town: PagingWorld, taken: Alert) -> None:
    assert not town.act("acknowledge", taken, town.bob)


@pytest.mark.parametrize("verb", ["resolve", "unacknowledge"])
def test_what_is_not_held_any_more_is_not_reminded_of(town: PagingWorld, taken: Alert, verb: str) -> None:
    town.pass_time(m(30))
    town.act(verb, taken, town.bob)
    assert taken.reminder_due_at is None
    town.pass_time(m(180))
    assert lines(taken, "reminded") == []


def test_without_a_time_out_reminders_repeat_until_the_alert_is_two_weeks_old(town: PagingWorld) -> None:
    settings(hours=10)
    town.rules(town.bob, SMS)
    alert = town.fire(builders.integration())
    town.act("acknowledge", alert, town.bob)
    town.pass_time(timedelta(days=30))
    reminded = lines(alert, "reminded")
    assert [when for when, _ in reminded] == [timedelta(hours=10 * n) for n in range(1, 34)]
    assert [when for when, who, _ in town.told if who == "bob"] == [when for when, _ in reminded]
    assert status(alert) == "acknowledged"


def test_a_monitor_s_acknowledgement_reminds_nobody(town: PagingWorld) -> None:
    from alerts import services  # noqa: PLC0415

    settings(hours=1, minutes=5)
    alert = town.fire(builders.integration())
    services.acknowledge(alert, by=None, source=Source.MONITOR, now=town.now)
    town.pass_time(m(600))
    assert status(alert) == "acknowledged"
    assert not LogEntry.objects.filter(kind="reminded").exists()


def test_switched_off_meanwhile_nobody_is_reminded(town: PagingWorld, taken: Alert) -> None:
    settings(hours=None)
    town.pass_time(m(600))
    assert (lines(taken, "reminded"), status(taken), taken.reminder_due_at) == ([], "acknowledged", None)
