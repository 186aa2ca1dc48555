"""What an installation does with an alert that nobody takes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.models import LogEntry
from oncall.models import Organization
from tests.conftest import World, m


@pytest.fixture
def repeats(db: None) -> None:
    """The installation keeps such an alert open and asks everybody again."""
    Organization.load()
    Organization.objects.update(drop_policy="repeat")


@pytest.mark.usefixtures("repeats")
def test_everybody_is_asked_again_and_again_until_somebody_takes_it(world: World) -> None:
    alert = world.alert(world.alice, m(5), world.bob, m(10))
    world.pass_time(m(31))
    assert world.asked == [
        (m(0), "alice"),
        (m(5), "bob"),
        (m(15), "alice"),
        (m(20), "bob"),
        (m(30), "alice"),
    ]
    alert.refresh_from_db()
    assert alert.status == "open"
    world.act("acknowledge", alert, by=world.bob)
    world.pass_time(m(60))
    assert len(world.asked) == 5


@pytest.mark.usefixtures("repeats")
def test_the_last_resort_is_promised_to_hear_of_the_first_round_alone(world: World) -> None:
    alert = world.alert(world.alice, m(5))
    world.pass_time(m(16))
    lines = LogEntry.objects.filter(alert=alert, kind="restarted").order_by("pk")
    assert [(line.at - world.start, line.announce_at is not None) for line in lines] == [
        (m(5), True),
        (m(10), False),
        (m(15), False),
    ]


@pytest.mark.usefixtures("repeats")
def test_where_nobody_can_be_asked_it_is_tried_every_five_minutes_and_not_in_a_circle(world: World) -> None:
    world.alice.is_active = False
    world.alice.save()
    alert = world.alert(world.alice)
    world.pass_time(m(11))
    assert [entry.at - world.start for entry in alert.log.filter(kind="restarted")] == [m(0), m(5), m(10)]
    assert world.asked == []


@pytest.mark.usefixtures("repeats")
def test_who_says_no_is_asked_again_only_after_a_pause(world: World) -> None:
    alert = world.alert(world.alice)
    world.settle()
    world.act("reject", alert, by=world.alice)
    world.pass_time(m(5) - timedelta(seconds=1))
    assert world.asked == [(m(0), "alice")]
    world.pass_time(timedelta(seconds=1))
    assert world.asked == [(m(0), "alice"), (m(5), "alice")]


def test_without_that_wish_it_is_dropped_and_can_be_taken_late(world: World) -> None:
    alert = world.alert(world.alice, m(5))
    world.pass_time(m(60))
    alert.refresh_from_db()
    assert (alert.status, alert.dropped_at) == ("dropped", world.start + m(5))
    assert world.act("acknowledge", alert, by=world.bob) is True
