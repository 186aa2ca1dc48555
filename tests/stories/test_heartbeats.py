"""What a heartbeat promises: told at the exact instant, of the right integration, and never by mistake."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts import clock, services
from alerts.models import Alert, Heartbeat, Integration
from base.errors import Invalid
from tests import builders
from tests.conftest import World, m

TEN = timedelta(minutes=10)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def door(world: World) -> Integration:
    return builders.integration("webhook", name="Shop", to=world.chain(world.alice))


def test_a_ping_that_stays_away_asks_people_at_the_very_end_of_the_time_out(world: World, door: Integration) -> None:
    services.ping(door, now=world.now)
    world.pass_time(TEN - INSTANT)
    assert not Alert.objects.exists()
    world.pass_time(INSTANT)
    alert = Alert.objects.get()
    assert (alert.title, alert.status, alert.created_at) == ("Heartbeat of Shop is missing", "open", world.start + TEN)
    assert world.asked == [(TEN, "alice")]


def test_each_ping_moves_the_instant(world: World, door: Integration) -> None:
    for _ in range(6):
        services.ping(door, now=world.now)
        world.pass_time(m(9))
    assert not Alert.objects.exists()
    world.pass_time(m(1))
    assert Alert.objects.get().created_at == world.start + m(55)


def test_the_next_ping_resolves_it_and_arms_it_again(world: World, door: Integration) -> None:
    services.ping(door, now=world.now)
    world.pass_time(m(12))
    services.ping(door, now=world.now)
    alert = Alert.objects.get()
    assert (alert.status, alert.resolved_at, alert.events_count) == ("resolved", world.start + m(12), 2)
    world.pass_time(m(10))
    assert list(Alert.objects.order_by("pk").values_list("status", flat=True)) == ["resolved", "open"]
    assert Alert.objects.latest("pk").created_at == world.start + m(22)


def test_it_is_told_once_however_long_it_stays_away(world: World, door: Integration) -> None:
    services.ping(door, now=world.now)
    world.pass_time(m(24 * 60))
    assert Alert.objects.get().events_count == 1


def test_nothing_is_expected_before_the_first_ping(world: World, door: Integration) -> None:
    Heartbeat.objects.create(integration=door)
    world.pass_time(m(24 * 60))
    assert not Alert.objects.exists()


def test_armed_by_hand_it_waits_for_no_first_ping(world: World, door: Integration) -> None:
    services.arm(door, timeout=timedelta(minutes=1), now=world.now)
    world.pass_time(m(1))
    assert Alert.objects.get().created_at == world.start + m(1)


def test_a_time_out_is_one_of_those_offered(world: World, door: Integration) -> None:
    with pytest.raises(Invalid, match="Invalid timeout"):
        services.arm(door, timeout=timedelta(seconds=61), now=world.now)
    assert services.arm(door, timeout=timedelta(days=1), now=world.now).due_at == world.now + timedelta(days=1)


def test_switched_off_it_stays_off_though_somebody_still_pings(world: World, door: Integration) -> None:
    services.ping(door, now=world.now)
    services.disarm(door, now=world.now)
    services.ping(door, now=world.now)
    world.pass_time(m(60))
    assert not Alert.objects.exists()
    assert (Heartbeat.objects.get().status, Heartbeat.objects.get().last_ping_at) == ("off", world.start)


def test_switching_off_ends_the_alert_about_it(world: World, door: Integration) -> None:
    services.ping(door, now=world.now)
    world.pass_time(m(11))
    services.disarm(door, now=world.now)
    assert Alert.objects.get().status == "resolved"


def test_a_deleted_integration_never_tells(world: World, door: Integration) -> None:
    services.ping(door, now=world.now)
    services.delete_integration(door, now=world.now)
    world.pass_time(m(60))
    assert not Alert.objects.exists()
    assert (Heartbeat.objects.get().status, clock.next_due()) == ("off", None)


def test_after_a_downtime_of_ours_the_monitors_get_their_time_out_anew(world: World, door: Integration) -> None:
    services.ping(door, now=world.now)
    world.sleep(m(60))
    world.pass_time(TEN - INSTANT)
    assert not Alert.objects.exists()
    world.pass_time(INSTANT)
    assert Alert.objects.get().created_at == world.start + m(70)


def test_the_integrations_own_templates_do_not_keep_it_from_resolving(world: World) -> None:
    own = {"grouping_key": "{{ payload.id }}", "resolve_signal": "{{ payload.up }}", "web_title": "{{ payload.id }}"}
    door = builders.integration("webhook", name="Shop", templates=own)
    services.ping(door, now=world.now)
    world.pass_time(m(10))
    services.ping(door, now=world.now)
    assert (Alert.objects.get().title, Alert.objects.get().status) == ("Heartbeat of Shop is missing", "resolved")


@pytest.mark.parametrize(
    ("kind", "path"), [("alertmanager", ("groupLabels", "alertname")), ("zabbix", ("is_oncall_heartbeat",))]
)
def test_routes_see_the_words_of_the_type(world: World, kind: str, path: tuple[str, ...]) -> None:
    door = builders.integration(kind)
    services.ping(door, now=world.now)
    world.pass_time(m(10))
    found = Alert.objects.get().events.get().payload
    for name in path:
        found = found[name]
    assert found in ("OnCallHeartBeatMissing", True)
