"""What a maintenance promises (S18): nobody is asked, nothing is lost, and it ends at the exact instant."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alerts import services
from alerts.models import Alert, Integration, Maintenance, Source
from base.errors import Conflict
from tests import builders
from tests.conftest import World, m

HOUR = timedelta(hours=1)


@pytest.fixture
def door(world: World) -> Integration:
    return builders.integration(name="Shop", to=world.chain(world.alice, m(5), world.bob))


def start(world: World, door: Integration, mode: str = "maintenance", **more: Any) -> Maintenance:
    asked: dict[str, Any] = {"mode": mode, "duration": HOUR, "by": world.alice, "source": Source.CONSOLE} | more
    return services.start_maintenance(door, now=world.now, **asked)


def test_new_alerts_are_gathered_below_one_and_ask_nobody(world: World, door: Integration) -> None:
    gathering = start(world, door).alert
    assert gathering is not None
    alert = world.fire(door)
    world.pass_time(m(59))
    alert.refresh_from_db()
    assert (gathering.title, gathering.status) == ("Maintenance of Shop", "suppressed")
    assert (alert.status, alert.parent_id) == ("aggregating", gathering.pk)
    assert world.asked == []
    assert not alert.escalations.exists()


def test_at_its_end_all_of_it_is_resolved(world: World, door: Integration) -> None:
    row = start(world, door)
    alerts = [world.fire(door, alert_uid=uid) for uid in "abc"]
    world.pass_time(HOUR - timedelta(microseconds=1))
    assert not Alert.objects.filter(status="resolved").exists()
    world.pass_time(timedelta(microseconds=1))
    for alert in (row.alert, *alerts):
        assert alert is not None
        alert.refresh_from_db()
        assert (alert.status, alert.resolved_at) == ("resolved", world.start + HOUR)
    row.refresh_from_db()
    assert (row.ended_at, row.due_at) == (world.start + HOUR, None)


def test_a_problem_that_lasts_longer_opens_an_alert_that_asks_people(world: World, door: Integration) -> None:
    start(world, door)
    during = world.fire(door)
    world.pass_time(HOUR)
    after = world.fire(door)
    world.pass_time(m(1))
    assert after != during
    assert world.asked == [(HOUR, "alice")]


def test_what_the_monitor_resolves_meanwhile_is_resolved(world: World, door: Integration) -> None:
    start(world, door)
    world.fire(door)
    assert world.fire(door, state="ok").status == "resolved"


def test_what_escalates_already_goes_on(world: World, door: Integration) -> None:
    world.fire(door)
    world.pass_time(m(1))
    start(world, door)
    world.pass_time(m(30))
    assert world.asked == [(m(0), "alice"), (m(5), "bob")]


def test_a_restart_asks_nobody_while_it_runs(world: World, door: Integration) -> None:
    alert = world.fire(door)
    world.pass_time(m(1))
    start(world, door)
    world.act("acknowledge", alert)
    world.act("unacknowledge", alert)
    world.pass_time(m(30))
    assert world.asked == [(m(0), "alice")]
    assert alert.log.last().text == "Nobody is asked: maintenance until 2030-01-07 10:01:00 UTC."  # type: ignore[union-attr]


def test_in_debug_alerts_stay_and_stand_alone_after_its_end(world: World, door: Integration) -> None:
    start(world, door, "debug")
    alert = world.fire(door)
    world.pass_time(HOUR + m(30))
    alert.refresh_from_db()
    assert (alert.status, alert.parent_id, world.asked) == ("suppressed", None, [])
    world.act("acknowledge", alert)
    world.act("unacknowledge", alert)
    world.pass_time(m(1))
    assert world.asked == [(HOUR + m(30) + timedelta(seconds=10), "alice")]


def test_stopped_early_it_ends_at_once(world: World, door: Integration) -> None:
    start(world, door)
    alert = world.fire(door)
    world.pass_time(m(10))
    assert services.stop_maintenance(door, by=world.alice, source=Source.CONSOLE, now=world.now)
    assert not services.stop_maintenance(door, by=world.alice, source=Source.CONSOLE, now=world.now)
    alert.refresh_from_db()
    assert (alert.status, alert.resolved_by, alert.resolved_at) == ("resolved", world.alice, world.start + m(10))


def test_resolving_the_gathering_alert_ends_it(world: World, door: Integration) -> None:
    row = start(world, door)
    child = world.fire(door)
    world.act("resolve", row.alert)  # type: ignore[arg-type]
    row.refresh_from_db()
    child.refresh_from_db()
    assert (row.ended_at, child.status) == (world.now, "resolved")
    assert start(world, door, "debug").pk != row.pk


def test_there_is_one_at_a_time(world: World, door: Integration) -> None:
    start(world, door)
    with pytest.raises(Conflict, match="Already on maintenance"):
        start(world, door, "debug")


def test_one_whose_time_is_over_makes_room_though_the_clock_was_down(world: World, door: Integration) -> None:
    first = start(world, door)
    world.sleep(m(90))
    start(world, door)
    first.refresh_from_db()
    assert first.ended_at == world.now


def test_an_alert_asks_people_though_the_clock_has_not_ended_it_yet(world: World, door: Integration) -> None:
    start(world, door)
    world.sleep(HOUR)
    assert world.fire(door).status == "open"


def test_other_integrations_are_not_concerned(world: World, door: Integration) -> None:
    start(world, door)
    other = builders.integration(name="Other", to=world.chain(world.carol))
    world.fire(other)
    world.pass_time(m(1))
    assert world.asked == [(m(0), "carol")]


def test_deleting_the_gathering_alert_leaves_nothing_behind(world: World, door: Integration) -> None:
    row = start(world, door)
    child = world.fire(door)
    services.delete_alert(row.alert, by=world.alice, source=Source.CONSOLE)  # type: ignore[arg-type]
    later = world.fire(door, alert_uid="later")
    world.pass_time(HOUR)
    for alert in (child, later):
        alert.refresh_from_db()
        assert alert.status == "resolved"
    assert world.asked == []
