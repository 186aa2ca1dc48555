"""The black-box scenarios of the OnCall API's engine, with exact times; docs/scenarios.md is their table."""

from __future__ import annotations

from datetime import timedelta

from alerts.models import Alert, Integration, LogEntry
from oncall.models import EscalationPolicy
from tests import builders
from tests.alerts.payloads import alertmanager
from tests.conftest import m
from tests.stories.conftest import CALL, MAIL, SMS, PagingWorld, s

A_SMS, A_CALL = ("alice", "sms"), ("alice", "voice")
B_CALL = ("bob", "voice")


def at(seconds: float, told: tuple[str, str]) -> tuple[timedelta, str, str]:
    return s(seconds), *told


def plain(town: PagingWorld) -> Alert:
    """Alice by SMS, after a minute by telephone; Bob by telephone after five minutes."""
    town.rules(town.alice, SMS, m(1), CALL)
    town.rules(town.bob, CALL)
    return town.alert(town.alice, m(5), town.bob)


def lines(alert: Alert, *kinds: str) -> list[tuple[timedelta, str]]:
    """When which lines of these kinds were written."""
    rows = LogEntry.objects.filter(alert=alert, kind__in=kinds).order_by("pk").values_list("at", "kind")
    return [(instant - builders.START, kind) for instant, kind in rows]


def status(alert: Alert) -> str:
    alert.refresh_from_db()
    return alert.status


def test_s1_a_plain_chain(town: PagingWorld) -> None:
    alert = plain(town)
    town.pass_time(m(60))
    assert town.told == [at(0, A_SMS), at(60, A_CALL), at(300, B_CALL)]
    assert lines(alert, "registered", "routed", "step", "escalation_finished", "dropped") == [
        (s(0), "registered"),
        (s(0), "routed"),
        (s(0), "step"),
        (s(0), "step"),
        (s(300), "step"),
        (s(600), "escalation_finished"),
        (s(600), "dropped"),
    ]


def test_s1_the_state_stays_firing_while_the_last_person_may_answer(town: PagingWorld) -> None:
    alert = plain(town)
    town.pass_time(s(599))
    assert status(alert) == "open"


def test_s2_an_acknowledgement_half_way(town: PagingWorld) -> None:
    alert = plain(town)
    town.pass_time(s(59))
    assert town.act("acknowledge", alert, town.carol)
    town.pass_time(m(60))
    assert town.told == [at(0, A_SMS)]
    assert lines(alert, "acknowledged", "escalation_finished") == [(s(59), "acknowledged")]


def test_s3_a_resolve_half_way_by_the_monitor(town: PagingWorld) -> None:
    alert = plain(town)
    town.pass_time(s(59))
    town.fire(alert.integration, state="ok")
    town.pass_time(m(60))
    assert town.told == [at(0, A_SMS)]
    assert lines(alert, "resolved", "escalation_finished") == [(s(59), "resolved")]
    assert (status(alert), alert.resolved_by) == ("resolved", None)


def test_s4_a_silence_with_an_end(town: PagingWorld) -> None:
    alert = plain(town)
    town.pass_time(s(59))
    town.act("silence", alert, until=town.now + s(1800))
    town.pass_time(m(60))
    assert town.told == [at(0, A_SMS), at(1869, A_SMS), at(1929, A_CALL), at(2169, B_CALL)]
    assert lines(alert, "silenced", "unsilenced") == [(s(59), "silenced"), (s(1859), "unsilenced")]


def test_s5_a_silence_for_good(town: PagingWorld) -> None:
    alert = plain(town)
    town.pass_time(s(59))
    town.act("silence", alert, until=None)
    town.pass_time(s(3941))
    assert town.told == [at(0, A_SMS)]
    town.act("unsilence", alert)
    town.pass_time(s(11))
    assert town.told == [at(0, A_SMS), at(4010, A_SMS)]


def test_s6_unacknowledged_the_chain_starts_anew_and_the_old_run_never_rings(town: PagingWorld) -> None:
    alert = plain(town)
    town.pass_time(s(20))
    town.act("acknowledge", alert)
    town.pass_time(s(20))
    town.act("unacknowledge", alert)
    town.pass_time(m(60))
    assert town.told == [at(0, A_SMS), at(50, A_SMS), at(110, A_CALL), at(350, B_CALL)]


def test_s6_acknowledged_again_within_the_grace_nobody_is_told(town: PagingWorld) -> None:
    alert = plain(town)
    town.pass_time(s(20))
    town.act("acknowledge", alert)
    town.act("unacknowledge", alert)
    town.pass_time(s(9))
    town.act("acknowledge", alert)
    town.pass_time(m(60))
    assert town.told == [at(0, A_SMS)]


def gate(town: PagingWorld) -> Integration:
    town.rules(town.alice, SMS)
    more_than_two = {"type": "notify_if_num_alerts_in_window", "num_alerts": 2, "num_minutes": 5}
    return builders.integration(to=town.chain(more_than_two, town.alice))


def test_s7_the_gate_opens_with_the_third_alert_in_five_minutes(town: PagingWorld) -> None:
    door = gate(town)
    for _ in range(3):
        alert = town.fire(door)
        town.pass_time(m(1))
    assert town.told == [at(120, A_SMS)]
    assert alert.escalations.get().status == "ending"


def test_s7_alerts_that_come_slowly_never_open_the_gate(town: PagingWorld) -> None:
    door = gate(town)
    for _ in range(3):
        alert = town.fire(door)
        town.pass_time(m(4))
    town.pass_time(m(600))
    assert town.told == []
    assert (status(alert), alert.escalations.get().status) == ("open", "paused")


def office_hours(town: PagingWorld) -> Integration:
    town.rules(town.alice, SMS)
    window = {"type": "notify_if_time_from_to", "window_from": "09:00:00", "window_to": "17:00:00"}
    return builders.integration(to=town.chain(window, town.alice))


def test_s8_at_night_the_window_opens_in_the_morning_though_everything_was_restarted(town: PagingWorld) -> None:
    door = office_hours(town)
    town.now += m(11 * 60)
    town.fire(door)
    town.settle()
    town.sleep(m(12 * 60))
    town.pass_time(m(120))
    assert town.told == [at(24 * 3600, A_SMS)]


def test_s8_one_second_before_the_window_closes_it_is_still_open(town: PagingWorld) -> None:
    door = office_hours(town)
    town.now += m(8 * 60) - s(1)
    town.fire(door)
    town.pass_time(m(60))
    assert town.told == [at(8 * 3600 - 1, A_SMS)]


def test_s9_overlapping_shifts_are_all_told_and_an_empty_schedule_moves_on_at_once(town: PagingWorld) -> None:
    for user in (town.alice, town.bob, town.carol):
        town.rules(user, CALL)
    both = builders.always_on_call("both", town.alice, town.bob)
    alert = town.alert(both, m(5), builders.always_on_call("nobody"), town.carol)
    town.pass_time(m(60))
    assert town.told == [at(0, A_CALL), at(0, B_CALL), at(300, ("carol", "voice"))]
    failed = LogEntry.objects.get(alert=alert, kind="step_failed")
    assert (failed.at - town.start, failed.detail["code"]) == (s(300), 6)


def test_s10_without_important_rules_the_default_ones_are_used(town: PagingWorld) -> None:
    town.rules(town.alice, SMS, m(1), CALL)
    town.rules(town.alice, important=True)
    alert = town.alert({"type": "notify_persons", "persons": [town.alice], "important": True})
    town.pass_time(m(60))
    assert town.told == [at(0, A_SMS), at(60, A_CALL)]
    text = "alice has no important notification rules: the default ones are used."
    assert LogEntry.objects.get(alert=alert, kind="fell_back").text == text


def test_s10_without_any_rules_every_verified_way_is_used_at_once(town: PagingWorld) -> None:
    town.rules(town.alice)
    town.rules(town.alice, important=True)
    alert = town.alert(town.alice)
    town.pass_time(m(60))
    assert town.told == [at(0, ("alice", "email")), at(0, A_SMS), at(0, A_CALL)]
    text = "alice has no notification rules: every verified contact method is used at once."
    assert LogEntry.objects.get(alert=alert, kind="fell_back").text == text


def post(town: PagingWorld, door: Integration, state: str) -> Alert:
    from alerts import services  # noqa: PLC0415

    return services.receive(door, alertmanager(status=state), now=town.now).alert


def test_s11_the_life_of_an_alertmanager_group(town: PagingWorld) -> None:
    town.rules(town.alice, SMS)
    door = builders.integration("alertmanager", to=town.chain(town.alice))
    first = post(town, door, "firing")
    town.pass_time(m(4))
    post(town, door, "firing")
    town.pass_time(m(0.5))
    assert town.told == [at(0, A_SMS)]
    post(town, door, "resolved")
    assert (status(first), first.resolved_by, first.events_count) == ("resolved", None, 3)
    town.pass_time(s(10))
    assert post(town, door, "resolved") == first
    first.refresh_from_db()
    assert (first.events_count, len(lines(first, "resolved"))) == (4, 1)
    town.pass_time(s(620))
    second = post(town, door, "firing")
    town.pass_time(s(1))
    assert second != first
    assert town.told == [at(0, A_SMS), at(900, A_SMS)]


def test_s12_a_resolve_finds_its_alert_though_its_payload_routes_elsewhere(town: PagingWorld) -> None:
    town.rules(town.alice, SMS)
    door = builders.integration(to=town.chain(town.alice))
    door.routes.create(type="regex", expression='"state": "ok"', chain=town.chain(town.bob), position=0)
    alert = town.fire(door)
    town.pass_time(m(1))
    assert town.fire(door, state="ok") == alert
    assert status(alert) == "resolved"
    assert Alert.objects.count() == 1


def test_s13_a_lone_resolve_tells_nobody_and_a_new_firing_is_a_new_alert(town: PagingWorld) -> None:
    town.rules(town.alice, SMS)
    door = builders.integration(to=town.chain(town.alice))
    alone = town.fire(door, state="ok")
    town.pass_time(m(1))
    assert (status(alone), town.told) == ("resolved", [])
    assert town.fire(door) != alone
    town.pass_time(m(1))
    assert town.told == [at(60, A_SMS)]


def test_s14_three_alerts_at_once_go_to_three_people(town: PagingWorld) -> None:
    people = [town.alice, town.bob, town.carol]
    for user in people:
        town.rules(user, CALL)
    door = builders.integration(to=town.chain({"type": "notify_person_next_each_time", "persons": people}))
    for number in range(3):
        town.fire(door, alert_uid=f"disk-{number}")
    town.pass_time(s(1))
    assert sorted(town.told) == [at(0, A_CALL), at(0, B_CALL), at(0, ("carol", "voice"))]


def test_s19_a_chain_edited_in_flight_keeps_its_plan(town: PagingWorld) -> None:
    plain(town)
    town.rules(town.carol, CALL)
    town.pass_time(s(100))
    EscalationPolicy.objects.get(position=2).person_rows.update(user=town.carol)
    town.pass_time(m(60))
    assert town.told == [at(0, A_SMS), at(60, A_CALL), at(300, B_CALL)]


def test_s19_a_restart_takes_the_new_chain(town: PagingWorld) -> None:
    alert = plain(town)
    town.rules(town.carol, CALL)
    town.pass_time(s(100))
    EscalationPolicy.objects.get(position=2).person_rows.update(user=town.carol)
    town.act("acknowledge", alert)
    town.act("unacknowledge", alert)
    town.pass_time(m(60))
    told = [at(0, A_SMS), at(60, A_CALL), at(110, A_SMS), at(170, A_CALL), at(410, ("carol", "voice"))]
    assert town.told == told


def test_s20_repeat_goes_round_five_times_more_and_then_the_alert_is_dropped(town: PagingWorld) -> None:
    town.rules(town.alice, SMS)
    alert = town.alert(town.alice, m(10), {"type": "repeat_escalation"})
    town.pass_time(m(600))
    assert town.told == [at(600 * number, A_SMS) for number in range(6)]
    assert status(alert) == "dropped"


def test_s22_the_chain_resolves_and_nothing_rings_any_more(town: PagingWorld) -> None:
    town.rules(town.alice, SMS, m(30), CALL)
    alert = town.alert(town.alice, m(5), {"type": "resolve"}, town.bob)
    town.pass_time(m(120))
    assert town.told == [at(0, A_SMS)]
    assert lines(alert, "resolved") == [(s(300), "resolved")]
    assert (status(alert), alert.resolved_by) == ("resolved", None)


def test_a_later_policy_for_the_same_person_never_cancels_the_rest_of_an_earlier_one(town: PagingWorld) -> None:
    town.rules(town.alice, SMS, m(10), CALL)
    town.alert(town.alice, m(5), town.alice, final_timeout=m(30))
    town.pass_time(m(60))
    assert town.told == [at(0, A_SMS), at(300, A_SMS), at(600, A_CALL), at(900, A_CALL)]


def test_the_whole_channel_without_a_channel_is_a_finding_and_the_next_policy_runs_at_once(town: PagingWorld) -> None:
    town.rules(town.bob, CALL)
    alert = town.alert({"type": "notify_whole_channel"}, town.bob)
    town.pass_time(m(1))
    assert town.told == [at(0, B_CALL)]
    assert LogEntry.objects.get(alert=alert, kind="step_failed").detail["code"] == 15


def test_who_cannot_be_reached_is_recorded_and_the_wait_after_them_is_cut_short(town: PagingWorld) -> None:
    town.rules(town.bob, CALL)
    town.alice.contact_methods.all().delete()
    alert = town.alert(town.alice, m(30), town.bob)
    town.pass_time(m(1))
    assert town.told == [at(0, B_CALL)]
    assert lines(alert, "unreachable") == [(s(0), "unreachable")]


def test_a_person_removed_from_the_team_between_steps_is_looked_up_when_the_step_runs(town: PagingWorld) -> None:
    for user in (town.alice, town.bob):
        town.rules(user, CALL)
    team = builders.team("web", town.alice, town.bob)
    town.alert(m(5), {"type": "notify_team_members", "team": team})
    town.pass_time(m(1))
    team.members.remove(town.alice)
    town.pass_time(m(10))
    assert town.told == [at(300, B_CALL)]


def test_mail_is_one_of_the_channels(town: PagingWorld) -> None:
    town.rules(town.alice, MAIL)
    town.alert(town.alice)
    town.pass_time(m(1))
    assert town.told == [at(0, ("alice", "email"))]
