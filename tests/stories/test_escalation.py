"""What a chain promises: who is asked when, and what ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts import services
from alerts.models import Alert, Assignment, Escalation, LogEntry, Source
from base.errors import Conflict, Forbidden
from oncall.models import EscalationPolicy
from tests import builders
from tests.conftest import World, m


def test_bob_is_asked_five_minutes_after_alice(world: World) -> None:
    world.alert(world.alice, m(5), world.bob)
    world.pass_time(m(60))
    assert world.asked == [(m(0), "alice"), (m(5), "bob")]


def test_nobody_is_asked_before_the_wait_is_over(world: World) -> None:
    world.alert(world.alice, m(5), world.bob)
    world.pass_time(m(5) - timedelta(microseconds=1))
    assert world.asked == [(m(0), "alice")]
    world.pass_time(timedelta(microseconds=1))
    assert world.asked == [(m(0), "alice"), (m(5), "bob")]


def test_an_acknowledged_alert_asks_nobody_else(world: World) -> None:
    alert = world.alert(world.alice, m(5), world.bob)
    world.pass_time(m(1))
    assert world.act("acknowledge", alert, world.carol)
    world.pass_time(m(60))
    assert world.asked == [(m(0), "alice")]
    assert alert.status == "acknowledged"
    assert alert.holder == world.carol
    assert Escalation.objects.get().status == "stopped"


def test_the_person_who_takes_the_alert_is_said_to_have_answered(world: World) -> None:
    alert = world.alert([world.alice, world.bob])
    world.pass_time(m(1))
    world.act("acknowledge", alert, world.bob)
    answers = dict(Assignment.objects.values_list("user__username", "answer"))
    assert answers == {"alice": "closed", "bob": "acknowledged"}


def test_after_a_downtime_there_is_one_call_and_not_a_burst(world: World) -> None:
    world.alert(world.alice, m(5), world.bob, m(5), world.carol)
    world.settle()
    world.sleep(m(24 * 60))
    world.pass_time(m(10))
    assert world.asked == [(m(0), "alice"), (m(24 * 60), "bob"), (m(24 * 60 + 5), "carol")]


def test_a_step_that_is_a_second_late_does_not_delay_the_next_one(world: World) -> None:
    world.alert(world.alice, m(5), world.bob, m(5), world.carol)
    world.settle()
    world.sleep(m(5) + timedelta(seconds=1))
    world.pass_time(m(10))
    assert world.asked == [(m(0), "alice"), (m(5), "bob"), (m(10), "carol")]


def test_unacknowledged_it_starts_again_from_the_first_step_after_ten_seconds(world: World) -> None:
    alert = world.alert(world.alice, m(5), world.bob)
    world.pass_time(m(1))
    world.act("acknowledge", alert)
    world.pass_time(m(1))
    world.act("unacknowledge", alert)
    assert (alert.acknowledged_at, alert.acknowledged_by, alert.holder) == (None, None, None)
    world.pass_time(m(30))
    grace = timedelta(seconds=10)
    assert world.asked == [(m(0), "alice"), (m(2) + grace, "alice"), (m(7) + grace, "bob")]


def test_acknowledge_and_unacknowledge_within_the_grace_asks_nobody_twice(world: World) -> None:
    alert = world.alert(world.alice, m(5), world.bob)
    world.pass_time(m(1))
    world.act("acknowledge", alert)
    world.act("unacknowledge", alert)
    world.pass_time(timedelta(seconds=9))
    world.act("acknowledge", alert)
    world.pass_time(m(60))
    assert world.asked == [(m(0), "alice")]


def test_a_chain_edited_in_flight_keeps_its_plan_and_a_restart_takes_the_new_one(world: World) -> None:
    alert = world.alert(world.alice, m(5), world.bob)
    world.pass_time(m(1))
    second = EscalationPolicy.objects.get(position=2)
    second.person_rows.update(user=world.carol)
    world.pass_time(m(4))
    assert world.asked[-1] == (m(5), "bob")
    world.act("acknowledge", alert)
    world.act("unacknowledge", alert)
    world.pass_time(m(60))
    assert world.asked[-1] == (m(10) + timedelta(seconds=10), "carol")


def test_when_nobody_takes_it_the_alert_is_dropped_after_the_final_time_out(world: World) -> None:
    alert = world.alert(world.alice, m(5), world.bob, final_timeout=m(3))
    world.pass_time(m(8) - timedelta(seconds=1))
    alert.refresh_from_db()
    assert alert.status == "open"
    world.pass_time(timedelta(seconds=1))
    alert.refresh_from_db()
    assert (alert.status, alert.dropped_at) == ("dropped", world.start + m(8))
    assert LogEntry.objects.get(kind="dropped").announce_at == world.start + m(8)


def test_a_chain_that_ends_with_a_wait_has_no_further_time_out(world: World) -> None:
    alert = world.alert(world.alice, m(7))
    world.pass_time(m(7))
    alert.refresh_from_db()
    assert (alert.status, alert.dropped_at) == ("dropped", world.start + m(7))


def test_it_is_not_dropped_before_the_last_personal_rule_has_run(world: World) -> None:
    alert = world.alert(world.alice, final_timeout=m(5))
    world.settle()
    Assignment.objects.update(ends_at=world.start + m(20))
    world.pass_time(m(19))
    alert.refresh_from_db()
    assert alert.status == "open"
    world.pass_time(m(1))
    alert.refresh_from_db()
    assert (alert.status, alert.dropped_at) == ("dropped", world.start + m(20))


def test_a_chain_that_asks_nobody_is_dropped_at_once_and_says_why(world: World) -> None:
    empty = builders.always_on_call("Nobody")
    alert = world.alert(empty)
    world.settle()
    alert.refresh_from_db()
    assert alert.status == "dropped"
    failed = LogEntry.objects.get(kind="step_failed")
    assert failed.detail["code"] == 6
    assert "nobody is on call" in failed.text


def test_without_a_chain_the_alert_stays_open_and_says_that_nobody_is_asked(world: World) -> None:
    alert = world.fire(builders.integration())
    world.pass_time(m(600))
    alert.refresh_from_db()
    assert alert.status == "open"
    assert world.kinds(alert) == ["registered", "routed", "nobody_asked"]


def test_a_dropped_alert_can_still_be_taken(world: World) -> None:
    alert = world.alert(world.alice)
    world.pass_time(m(60))
    assert world.act("acknowledge", alert)
    assert (alert.status, alert.dropped_at) == ("acknowledged", None)


def test_a_silence_ends_at_its_instant_and_starts_again(world: World) -> None:
    alert = world.alert(world.alice, m(5), world.bob)
    world.pass_time(m(1))
    world.act("silence", alert, until=world.now + m(30))
    world.pass_time(m(60))
    grace = timedelta(seconds=10)
    assert world.asked == [(m(0), "alice"), (m(31) + grace, "alice"), (m(36) + grace, "bob")]
    assert LogEntry.objects.get(kind="unsilenced").at == world.start + m(31)


def test_a_silence_for_good_never_ends(world: World) -> None:
    alert = world.alert(world.alice, m(5), world.bob)
    world.pass_time(m(1))
    world.act("silence", alert, until=None)
    world.pass_time(m(60 * 24 * 400))
    assert world.asked == [(m(0), "alice")]


def test_a_prolonged_silence_ends_at_the_later_instant(world: World) -> None:
    alert = world.alert(world.alice)
    world.pass_time(m(1))
    world.act("silence", alert, until=world.now + m(10))
    world.pass_time(m(5))
    world.act("silence", alert, until=world.now + m(10))
    world.pass_time(m(60))
    assert LogEntry.objects.get(kind="unsilenced").at == world.start + m(16)


def test_repeat_goes_through_the_chain_five_times_more(world: World) -> None:
    world.alert(world.alice, m(10), {"type": "repeat_escalation"})
    world.pass_time(m(600))
    assert world.asked == [(m(10 * n), "alice") for n in range(6)]


def test_a_round_robin_goes_in_the_order_of_the_list_and_not_twice_to_the_same(world: World) -> None:
    turn = world.chain({"type": "notify_person_next_each_time", "persons": [world.carol, world.alice, world.bob]})
    door = builders.integration(to=turn)
    for number in range(4):
        world.fire(door, alert_uid=f"disk-{number}")
    world.settle()
    assert [name for _, name in world.asked] == ["carol", "alice", "bob", "carol"]


def test_a_time_window_waits_for_its_opening(world: World) -> None:
    window = {"type": "notify_if_time_from_to", "window_from": "20:00:00", "window_to": "06:00:00"}
    world.alert(window, world.alice)
    world.pass_time(m(60 * 24))
    assert world.asked == [(m(11 * 60), "alice")]


def test_inside_the_window_the_next_step_runs_at_once(world: World) -> None:
    window = {"type": "notify_if_time_from_to", "window_from": "09:00:00", "window_to": "17:00:00"}
    world.alert(window, world.alice)
    world.pass_time(m(1))
    assert world.asked == [(m(0), "alice")]


def test_the_alert_count_gate_opens_with_one_event_more_than_its_number(world: World) -> None:
    gate = {"type": "notify_if_num_alerts_in_window", "num_alerts": 2, "num_minutes": 5}
    door = builders.integration(to=world.chain(gate, world.alice))
    for _ in range(3):
        world.fire(door)
        world.pass_time(m(1))
    assert world.asked == [(m(2), "alice")]


def test_the_alert_count_gate_looks_back_only_so_far(world: World) -> None:
    gate = {"type": "notify_if_num_alerts_in_window", "num_alerts": 2, "num_minutes": 5}
    door = builders.integration(to=world.chain(gate, world.alice))
    for _ in range(3):
        world.fire(door)
        world.pass_time(m(4))
    assert world.asked == []


def test_the_chain_may_resolve_the_alert(world: World) -> None:
    alert = world.alert(world.alice, m(5), {"type": "resolve"}, world.bob)
    world.pass_time(m(60))
    alert.refresh_from_db()
    assert (alert.status, alert.resolved_at, alert.resolved_by) == ("resolved", world.start + m(5), None)
    assert world.asked == [(m(0), "alice")]
    assert world.kinds(alert)[-2:] == ["step", "resolved"]


def test_a_webhook_step_promises_a_call_and_goes_on(world: World) -> None:
    hook = builders.webhook("hook", "https://example.org/")
    world.alert({"type": "trigger_webhook", "webhook": hook}, world.alice)
    world.settle()
    line = LogEntry.objects.get(kind="webhook")
    assert (line.announce_at, line.detail["webhook"]) == (world.start, hook.pk)
    assert world.asked == [(m(0), "alice")]


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({"type": "notify_persons"}, 2),
        ({"type": "notify_person_next_each_time"}, 1),
        ({"type": "notify_on_call_from_schedule"}, 4),
        ({"type": "notify_team_members"}, 18),
        ({"type": "notify_user_group"}, 11),
        ({"type": "notify_whole_channel"}, 15),
        ({"type": "trigger_webhook"}, 14),
        ({"type": "notify_if_time_from_to"}, 9),
        ({"type": "notify_if_num_alerts_in_window"}, 16),
        ({"type": "declare_incident"}, 20),
        ({"type": ""}, 10),
    ],
)
def test_a_step_that_is_not_configured_is_recorded_and_passed_at_once(
    step: dict[str, str], code: int, world: World
) -> None:
    world.alert(step, world.alice)
    world.settle()
    assert world.asked == [(m(0), "alice")]
    assert LogEntry.objects.get(kind="step_failed").detail["code"] == code


def test_viewers_are_never_asked(world: World) -> None:
    viewer = builders.person("victor", role="viewer")
    world.alert([viewer, world.bob])
    world.settle()
    assert world.asked == [(m(0), "bob")]


def test_the_last_refusal_moves_on_at_once(world: World) -> None:
    alert = world.alert([world.alice, world.bob], m(30), world.carol)
    world.pass_time(m(1))
    world.act("reject", alert, world.alice)
    world.settle()
    assert world.asked == [(m(0), "alice"), (m(0), "bob")]
    world.act("reject", alert, world.bob)
    assert world.asked[-1] == (m(1), "carol")
    world.act("reject", alert, world.carol)
    assert alert.status == "dropped"


def test_only_somebody_who_is_asked_may_reject_and_only_once(world: World) -> None:
    alert = world.alert([world.alice, world.bob], m(30), world.carol)
    world.settle()
    with pytest.raises(Forbidden):
        world.act("reject", alert, world.carol)
    world.act("reject", alert, world.alice)
    with pytest.raises(Forbidden):
        world.act("reject", alert, world.alice)
    world.act("acknowledge", alert, world.bob)
    with pytest.raises(Conflict):
        world.act("reject", alert, world.bob)


def test_a_refusal_does_not_cut_a_time_window_short(world: World) -> None:
    window = {"type": "notify_if_time_from_to", "window_from": "20:00:00", "window_to": "06:00:00"}
    alert = world.alert(world.alice, window, world.bob)
    world.pass_time(m(1))
    world.act("reject", alert, world.alice)
    world.settle()
    assert world.asked == [(m(0), "alice")]


def test_somebody_whom_no_channel_reaches_does_not_hold_up_the_escalation(world: World) -> None:
    world.alert(world.alice, m(30), world.bob)
    world.settle()
    services.nobody_reachable(Assignment.objects.values_list("pk", flat=True), now=world.now)
    world.settle()
    assert world.asked == [(m(0), "alice"), (m(0), "bob")]


def test_one_broken_escalation_does_not_block_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    door = builders.integration(to=world.chain(world.alice))
    broken = world.fire(door, alert_uid="broken")
    Escalation.objects.update(snapshot={"name": "broken"})
    world.fire(door, alert_uid="sound")
    world.settle()
    assert world.asked == [(m(0), "alice")]
    row = Escalation.objects.get(alert=broken)
    assert (row.failures, row.due_at) == (1, world.start + timedelta(seconds=30))
    assert "KeyError" in row.error
    assert "cannot run" in LogEntry.objects.get(alert=broken, kind="step_failed").text


def test_a_team_page_asks_whoever_is_on_call_in_the_answer_to_the_request(world: World) -> None:
    ops = builders.team("ops", world.alice, schedule=builders.always_on_call("Primary", world.bob))
    alert, new = services.create_alert(
        title="Help", destinations=[f"tem_{ops.public_id}"], by=world.alice, source=Source.CONSOLE, now=world.now
    )
    assert new
    assert alert.status == Alert.Status.OPEN
    assert world.asked == [(m(0), "bob")]


def test_a_page_to_a_team_with_nobody_is_dropped_at_once(world: World) -> None:
    ops = builders.team("ops")
    alert, _ = services.create_alert(
        title="Help", destinations=[f"tem_{ops.public_id}"], by=world.alice, source=Source.CONSOLE, now=world.now
    )
    assert alert.status == "dropped"
    assert "has no schedule" in LogEntry.objects.get(kind="step_failed").text
