"""Storms, caps and quiet hours: who is rung how often, and that nothing is left out in silence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts import services
from alerts.models import Alert, LogEntry, Source
from oncall.models import QuietHours
from paging import quiet
from paging.models import Notification
from tests.fakes.phone_company import PhoneCompany
from tests.paging.conftest import MONDAY, minutes
from tests.paging.test_phone import SECOND, Phones, phones, sent

__all__ = ["phones"]
Company = Callable[..., PhoneCompany]


def bodies(company: PhoneCompany) -> list[str]:
    """Return the texts without their links."""
    return [order["Body"].split(". ")[0] for order in company.orders if "Body" in order]


def notes(alert: Alert) -> list[str]:
    return list(LogEntry.objects.filter(alert=alert, kind="note").values_list("text", flat=True))


def test_the_first_of_a_storm_rings_at_once_and_the_rest_in_one_message(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    alerts = [phones.page("notify_by_sms", title=f"Disk {number}") for number in range(37)]
    assert bodies(twilio) == ["Firing: Disk 0"]
    phones.pass_time(30 * SECOND)
    assert bodies(twilio) == ["Firing: Disk 0", "36 alerts on Direct paging: Disk 1"]
    assert Notification.objects.filter(status="skipped").count() == 35
    for alert in alerts[1:]:
        assert notes(alert) == ["Alice is told of 36 alerts by one message: sms to +15551234567."]
    assert notes(alerts[0]) == []


def test_an_alert_that_comes_alone_is_never_delayed(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    for number in range(3):
        phones.page("notify_by_sms", title=f"Disk {number}")
        assert len(twilio.orders) == number + 1
        phones.pass_time(31 * SECOND)


def test_texts_calls_and_people_are_counted_apart_and_mail_is_never_held(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    for _ in range(2):
        phones.page("notify_by_sms", "notify_by_phone_call")
    assert [row for row in sent() if row[1] == "sent"] == [("sms", "sent"), ("voice", "sent")]
    bob = phones.add("bob", "+15557654321", "notify_by_sms")
    alert = phones.alert("Other")
    phones.ask(alert, bob)
    phones.tick()
    assert twilio.orders[-1]["To"] == "+15557654321"


def test_an_answer_to_a_message_that_stands_for_many_answers_them_all(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio")
    alerts = [phones.page("notify_by_sms", title=f"Disk {number}") for number in range(4)]
    phones.pass_time(30 * SECOND)
    fields = {"From": twilio.orders[-1]["To"], "Body": "A", "MessageSid": "SM9"}
    answer = twilio.post("/phone/twilio/reply", fields, now=phones.now)
    assert "The same for 2 more." in answer.content.decode()
    statuses = [Alert.objects.get(pk=alert.pk).status for alert in alerts]
    assert statuses == ["open", "acknowledged", "acknowledged", "acknowledged"]


def test_what_one_message_stood_for_goes_by_itself_when_that_one_does_not_go(phones: Phones, company: Company) -> None:
    twilio = company("twilio", "twilio", receipts=False)
    alerts = [phones.page("notify_by_sms", title=f"Disk {number}") for number in range(3)]
    twilio.fail(503)
    phones.pass_time(30 * SECOND)
    twilio.take()
    services.acknowledge(alerts[1], by=phones.people["alice"], source=Source.CONSOLE, now=phones.now)
    phones.pass_time(minutes(2))
    assert bodies(twilio)[-1] == "Firing: Disk 2"
    assert [status for _, status in sent()] == ["sent", "stale", "sent"]


def test_nothing_is_held_where_bundling_is_off(phones: Phones, company: Company, settings: Any) -> None:
    settings.BUNDLE_SECONDS = 0
    twilio = company("twilio", "twilio")
    for _ in range(3):
        phones.page("notify_by_sms")
    assert len(twilio.orders) == 3


def test_beyond_the_cap_one_message_says_how_many_more(phones: Phones, company: Company, settings: Any) -> None:
    settings.BUNDLE_SECONDS, settings.MESSAGES_PER_HOUR = 0, 2
    twilio = company("twilio", "twilio")
    alerts = [phones.page("notify_by_sms", title=f"Disk {number}") for number in range(5)]
    assert bodies(twilio) == ["Firing: Disk 0", "Firing: Disk 1"]
    phones.pass_time(minutes(1) - SECOND)
    assert len(twilio.orders) == 2
    phones.pass_time(SECOND)
    assert bodies(twilio)[2:] == ["3 more alerts ask for you"]
    for alert in alerts[2:]:
        assert notes(alert) == ["Alice has had 2 messages by sms within an hour: this one is left out."]
    phones.pass_time(minutes(59))
    phones.page(title="An hour later")
    assert bodies(twilio)[3:] == ["Firing: An hour later"]


@pytest.mark.parametrize(("urgency", "hours"), [("low", 22), ("medium", 0), ("high", 0)])
def test_low_urgency_waits_until_the_quiet_hours_are_over(
    phones: Phones, company: Company, urgency: str, hours: int
) -> None:
    twilio = company("twilio", "twilio", receipts=False)
    alice = phones.add("alice", "+15551234567", "notify_by_sms")
    alice.time_zone = "Asia/Kolkata"  # 14:30 there
    alice.save(update_fields=["time_zone"])
    QuietHours.objects.create(user=alice, starts=time(14), ends=time(12, 30))
    alert = phones.page(urgency=urgency)
    assert len(twilio.orders) == (0 if hours else 1)
    phones.pass_time(timedelta(hours=22))
    assert [row.sent_at for row in Notification.objects.filter(channel="sms")] == [MONDAY + timedelta(hours=hours)]
    expected = ["Alice has quiet hours: sms waits until 2030-01-08 07:00 UTC."] if hours else []
    assert notes(alert) == expected


@pytest.mark.parametrize(
    ("local", "over"),
    [
        ("2030-03-30T22:00", "2030-03-31T07:00"),
        ("2030-03-31T06:59", "2030-03-31T07:00"),  # the clocks went forward in that night
        ("2030-10-27T02:30", "2030-10-27T07:00"),
        ("2030-03-31T07:00", None),
        ("2030-03-30T21:59", None),
    ],
)
def test_quiet_hours_follow_the_persons_clock(local: str, over: str | None) -> None:
    paris = ZoneInfo("Europe/Paris")
    at = datetime.fromisoformat(local).replace(tzinfo=paris).astimezone(UTC)
    found = quiet.over_at(at, time(22), time(7), paris)
    assert (found and found.astimezone(paris).isoformat()[:16]) == over
