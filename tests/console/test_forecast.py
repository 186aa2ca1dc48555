"""What happens next, as the alert's page says it, is what then happens."""

from __future__ import annotations

from datetime import timedelta

from alerts.forecast import Next
from alerts.selectors import what_next
from tests import builders
from tests.conftest import World, m


def coming(world: World, alert: object) -> list[tuple[timedelta | None, str]]:
    steps: list[Next] = what_next(alert, world.now)  # type: ignore[arg-type]
    return [(step.at - world.start if step.at else None, step.text) for step in steps]


def test_waits_are_told_as_the_clock_times_of_what_follows_them(world: World) -> None:
    alert = world.alert(world.alice, m(5), world.bob, m(10), world.carol)
    world.settle()
    assert coming(world, alert) == [
        (m(5), "Notify people: bob"),
        (m(15), "Notify people: carol"),
        (m(20), "Dropped if nobody takes it by then"),
    ]


def test_the_forecast_comes_true(world: World) -> None:
    alert = world.alert(world.alice, m(5), world.bob, m(10), world.carol)
    world.settle()
    told = coming(world, alert)
    world.pass_time(m(30))
    assert world.asked == [(m(0), "alice"), (told[0][0], "bob"), (told[1][0], "carol")]
    alert.refresh_from_db()
    assert alert.dropped_at is not None
    assert alert.dropped_at - world.start == told[2][0]


def test_a_chain_that_ends_with_a_wait_is_over_when_the_wait_is(world: World) -> None:
    alert = world.alert(world.alice, m(5))
    world.settle()
    assert coming(world, alert) == [(m(5), "Dropped if nobody takes it by then")]


def test_a_repeat_is_where_the_forecast_stops(world: World) -> None:
    alert = world.alert(world.alice, m(5), {"type": "repeat_escalation"})
    world.settle()
    assert coming(world, alert) == [(m(5), "Repeat from the first step")]


def test_a_closed_time_window_is_waited_for(world: World) -> None:
    window = {"type": "notify_if_time_from_to", "window_from": "10:00:00", "window_to": "12:00:00"}
    alert = world.alert(world.alice, window, world.bob)
    world.settle()
    assert coming(world, alert)[0] == (m(60), "Notify people: bob")


def test_a_count_that_is_not_reached_waits_for_events_and_not_for_the_clock(world: World) -> None:
    count = {"type": "notify_if_num_alerts_in_window", "num_alerts": 3, "num_minutes": 5}
    alert = world.alert(count, world.bob)
    world.settle()
    assert coming(world, alert) == [(None, "Go on only after so many alerts: waits for the next event")]


def test_schedules_are_called_by_their_name(world: World) -> None:
    alert = world.alert(world.alice, m(5), builders.always_on_call("Night shift", world.bob))
    world.settle()
    assert coming(world, alert)[0] == (m(5), "Notify whoever is on call: Night shift")


def test_nothing_comes_after_an_acknowledgement(world: World) -> None:
    alert = world.alert(world.alice, m(5), world.bob)
    world.settle()
    world.act("acknowledge", alert)
    assert coming(world, alert) == []


def test_the_end_of_a_silence_is_told(world: World) -> None:
    alert = world.alert(world.alice, m(5), world.bob)
    world.settle()
    world.act("silence", alert, until=world.now + m(60))
    assert coming(world, alert) == [(m(60), "The silence ends: asks from the first policy on")]
