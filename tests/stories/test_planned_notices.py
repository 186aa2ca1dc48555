"""Planned work begins and ends by the clock, at its exact instant (A8)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from base import clock as base_clock
from statuspage import clock, selectors
from statuspage.models import Notice
from statuspage.schedule import Parts
from statuspage.services import notices
from tests.conftest import m
from tests.stories.publishing import Publishing, at


@pytest.fixture
def story(db: None) -> Publishing:
    return Publishing()


def test_work_begins_and_ends_to_the_second(story: Publishing) -> None:
    plan = story.plan(m(10), m(30))
    story.pass_time(m(60))
    assert story.course(plan) == [(m(0), "scheduled"), (m(10), "underway"), (m(40), "complete")]
    plan.refresh_from_db()
    assert (plan.began_at, plan.ended_at, plan.updated_at, plan.due_at) == (at(10), at(40), at(40), None)
    assert plan.updates.count() == 0


def test_what_nobody_automated_stays_where_it_is(story: Publishing) -> None:
    plan = story.plan(m(10), m(30), automated=False)
    story.pass_time(m(600))
    assert story.course(plan) == [(m(0), "scheduled")]


def test_an_early_start_by_hand_does_not_switch_the_end_off(story: Publishing) -> None:
    plan = story.plan(m(60), m(30))
    story.pass_time(m(5))
    story.change(plan, state="underway")
    story.pass_time(m(200))
    assert story.course(plan) == [(m(0), "scheduled"), (m(5), "underway"), (m(90), "complete")]


def test_after_a_downtime_both_steps_are_made_at_once_and_carry_the_real_instant(story: Publishing) -> None:
    plan = story.plan(m(10), m(30))
    story.sleep(timedelta(days=1))
    story.pass_time(m(0))
    day = timedelta(days=1)
    assert story.course(plan) == [(m(0), "scheduled"), (day, "underway"), (day, "complete")]


def test_a_plan_that_is_put_off_while_it_waits_begins_later(story: Publishing) -> None:
    plan = story.plan(m(10), m(30))
    story.pass_time(m(9))
    story.change(plan, plan=Parts(begins_at=at(100)))
    story.pass_time(m(300))
    assert story.course(plan) == [(m(0), "scheduled"), (m(100), "underway"), (m(130), "complete")]


def test_an_end_that_is_put_off_while_work_is_underway_is_waited_for(story: Publishing) -> None:
    plan = story.plan(m(10), m(30))
    story.pass_time(m(39))
    story.change(plan, plan=Parts(length=m(60)))
    story.pass_time(m(300))
    assert story.course(plan) == [(m(0), "scheduled"), (m(10), "underway"), (m(70), "complete")]


def test_work_that_is_put_back_with_new_dates_begins_anew(story: Publishing) -> None:
    plan = story.plan(m(10), m(30))
    story.pass_time(m(20))
    story.change(plan, state="scheduled", plan=Parts(begins_at=at(60)))
    plan.refresh_from_db()
    assert plan.began_at is None
    story.pass_time(m(300))
    assert story.course(plan)[2:] == [(m(20), "scheduled"), (m(60), "underway"), (m(90), "complete")]


@pytest.mark.parametrize("state", ["complete", "cancelled"])
def test_what_is_closed_is_never_touched(story: Publishing, state: str) -> None:
    plan = story.plan(m(10), m(30))
    story.change(plan, state=state)
    story.pass_time(m(300))
    assert story.course(plan) == [(m(0), "scheduled"), (m(0), state)]


def test_a_deleted_plan_is_no_promise_any_more(story: Publishing) -> None:
    notices.delete_notice(story.plan(m(10), m(30)))
    assert clock.next_due() is None


def test_two_clocks_at_the_same_instant_make_each_step_once(story: Publishing) -> None:
    plan = story.plan(m(10), m(30))
    stale = Notice.objects.get(pk=plan.pk)
    story.sleep(m(10))
    notices.move_on(plan, now=story.now)
    notices.move_on(stale, now=story.now)
    assert clock.tick(story.now) == 0
    assert story.course(plan) == [(m(0), "scheduled"), (m(10), "underway")]


def test_a_reader_sees_what_the_clock_has_not_done_and_changes_nothing(story: Publishing) -> None:
    story.plan(m(10), m(30))
    story.sleep(m(15))
    seen = selectors.page_snapshot(story.page, story.now)
    assert [(one.state, one.began_at) for one in seen.present] == [("underway", at(10))]
    assert seen.state == "under_maintenance"
    assert Notice.objects.get().state == "scheduled"
    assert seen.next_transition_at == at(40)


def test_the_page_changes_by_itself_when_the_next_promise_says(story: Publishing) -> None:
    story.plan(m(10), m(30))
    assert selectors.page_snapshot(story.page, story.now).next_transition_at == at(10)
    assert clock.next_due() == at(10)
    assert base_clock.next_due() == at(10)


def test_a_notice_that_spoils_its_batch_does_not_hold_up_the_others(
    story: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison, sound = story.plan(m(10), m(30)), story.plan(m(10), m(30))
    real = notices.move_on

    def move_on(notice: Notice, **when: object) -> Notice:
        if notice.pk == poison.pk:
            raise RuntimeError("poison")
        return real(notice, **when)  # type: ignore[arg-type]

    monkeypatch.setattr(notices, "move_on", move_on)
    story.sleep(m(10))
    clock.tick(story.now)
    assert story.course(sound)[-1] == (m(10), "underway")
    poison.refresh_from_db()
    assert (poison.state, poison.due_at) == ("scheduled", at(10.5))


def test_a_version_rises_with_every_step(story: Publishing) -> None:
    story.plan(m(10), m(30))
    story.page.refresh_from_db()
    before = story.page.version
    story.pass_time(m(10))
    story.page.refresh_from_db()
    assert story.page.version == before + 1


@pytest.mark.race
def test_two_processes_move_a_plan_once(row_locks: None) -> None:
    story = Publishing()
    plan = story.plan(m(10), m(30))
    story.sleep(m(10))
    barrier = threading.Barrier(4)

    def run() -> None:
        try:
            barrier.wait(5)
            clock.tick(story.now)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    connection.close_if_unusable_or_obsolete()
    assert story.course(plan) == [(m(0), "scheduled"), (m(10), "underway")]
