"""News: what others must hear of."""

from __future__ import annotations

import pytest

from alerts.models import LogEntry
from oncall.models import ContactMethod, Organization
from paging import announcements, clock
from paging.models import Notification
from tests.paging.conftest import MONDAY, minutes


@pytest.fixture
def dropped(alert):
    """Return a line that says that an alert was dropped."""

    def make(**fields):
        return LogEntry.objects.create(
            alert=alert(),
            at=MONDAY,
            kind=LogEntry.Kind.DROPPED,
            text="Everybody was asked and nobody took it.",
            announce_at=MONDAY,
            **fields,
        )

    return make


def test_the_last_resort_hears_by_every_address_that_an_alert_was_dropped(room, person, dropped) -> None:
    olga = person("Olga", addresses=["olga@example.org", "olga@home.example.org"])
    Organization.load().last_resort.add(olga, person("Max"))
    line = dropped()
    room.tick()
    assert sorted(mail.to for mail in room.channel.mails) == [
        "max@example.org",
        "olga@example.org",
        "olga@home.example.org",
    ]
    mail = room.channel.mails[0]
    assert mail.subject == "[Dropped] DiskFull (eu-7): disk /var is 97 % full"
    assert mail.text.startswith("Nobody took it. Take it, or see who can: http://127.0.0.1:8000/r/")
    assert "Everybody was asked and nobody took it." in mail.text
    assert "Nobody was" not in mail.html
    line.refresh_from_db()
    assert line.announce_at is None
    assert set(Notification.objects.values_list("purpose", "run", "log_entry")) == {("news", None, line.pk)}


def test_news_is_told_once_however_often_the_clock_runs(room, person, dropped) -> None:
    Organization.load().last_resort.add(person("Olga"))
    line = dropped()
    room.tick()
    LogEntry.objects.filter(pk=line.pk).update(announce_at=MONDAY)
    room.tick()
    assert len(room.channel.mails) == 1


@pytest.mark.parametrize("who", ["nobody", "inactive", "no address"])
def test_a_last_resort_that_cannot_be_reached_is_said(room, person, dropped, who) -> None:
    olga = person("Olga", is_active=who != "inactive")
    if who != "nobody":
        Organization.load().last_resort.add(olga)
    if who == "no address":
        ContactMethod.objects.all().delete()
    dropped()
    room.tick()
    assert LogEntry.objects.get(kind="unreachable").text == "Nobody on the list of last resort can be reached."


def test_other_lines_with_a_clock_are_put_to_rest(room, alert) -> None:
    opened = alert()
    announcements.announce_due(MONDAY)
    line = LogEntry.objects.create(alert=opened, at=MONDAY, kind="acknowledged", announce_at=MONDAY + minutes(1))
    assert clock.next_due() == MONDAY + minutes(1)
    assert announcements.announce_due(MONDAY) == 0
    assert announcements.announce_due(MONDAY + minutes(1)) == 1
    line.refresh_from_db()
    assert (line.announce_at, clock.next_due()) == (None, None)


def test_a_line_that_spoils_its_batch_does_not_stop_the_others(room, person, dropped) -> None:
    Organization.load().last_resort.add(person("Olga"))
    bad = LogEntry.objects.create(
        alert=dropped().alert, at=MONDAY, kind=LogEntry.Kind.WEBHOOK, detail={"webhook": "x"}, announce_at=MONDAY
    )
    room.tick()
    bad.refresh_from_db()
    assert [mail.to for mail in room.channel.mails] == ["olga@example.org"]
    assert (bad.announce_at or MONDAY) > MONDAY
    assert "could not be told" in LogEntry.objects.get(kind="step_failed").text
