"""Who is asked and when; and that a request is done once, whoever comes for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django_q.models import OrmQ

from alerts import services
from alerts.models import Alert, Assignment, LogEntry
from oncall.models import Organization
from paging import clock, pages, tasks
from paging.models import Notification, Page
from tests import builders
from tests.conftest import World, m
from tests.dialects.hotpot.conftest import Api


def handled(world: World, alert: Alert) -> list[str]:
    return [kind for kind in world.kinds(alert) if kind in ("dropped", "acknowledged", "silenced", "unsilenced")]


def test_a_person_is_paged_every_five_minutes_until_somebody_handles_it(api: Api, world: World) -> None:
    request_id = api.page("person", recipient="bob@example.org")
    world.pass_time(m(12))
    world.act("acknowledge", api.alert(request_id), world.carol)
    world.pass_time(m(120))
    assert world.asked == [(m(0), "bob"), (m(5), "bob"), (m(10), "bob")]


def test_a_person_is_paged_whoever_is_on_call(api: Api, world: World) -> None:
    builders.team("ops", world.bob, schedule=builders.always_on_call("ops", world.carol))
    api.page("person", recipient="bob@example.org")
    assert world.asked == [(m(0), "bob")]


def test_the_last_resort_hears_of_it_after_an_hour_and_the_reminders_go_on(api: Api, world: World) -> None:
    request_id = api.page("person", recipient="bob@example.org")
    world.pass_time(m(60) - timedelta(microseconds=1))
    alert = api.alert(request_id)
    assert (alert.status, handled(world, alert)) == ("open", [])
    world.pass_time(m(5))
    alert = api.alert(request_id)
    line = LogEntry.objects.get(alert=alert, kind="dropped")
    assert (alert.status, alert.dropped_at, line.announce_at) == ("dropped", world.start + m(60), world.start + m(60))
    assert world.asked[-2:] == [(m(55), "bob"), (m(60), "bob")]
    world.pass_time(m(60))
    assert [row.at - world.start for row in LogEntry.objects.filter(kind="dropped").order_by("pk")] == [m(60), m(120)]


def test_the_reminders_outlast_every_repeat_of_a_chain(api: Api, world: World) -> None:
    api.page("person", recipient="bob@example.org")
    world.pass_time(m(10 * 60))
    assert len(world.asked) == 121
    assert world.asked[-1] == (m(600), "bob")


def test_a_snoozed_page_is_silent_and_comes_back(api: Api, world: World) -> None:
    request_id = api.page("person", recipient="bob@example.org")
    world.pass_time(m(1))
    world.act("silence", api.alert(request_id), world.bob, until=world.now + m(30))
    world.pass_time(m(40))
    back = m(31) + timedelta(seconds=10)
    assert world.asked == [(m(0), "bob"), (back, "bob"), (back + m(5), "bob")]


def test_a_person_who_says_not_me_is_left_alone_and_the_last_resort_is_told_at_once(api: Api, world: World) -> None:
    request_id = api.page("person", recipient="bob@example.org")
    world.pass_time(m(7))
    world.act("reject", api.alert(request_id), world.bob)
    world.pass_time(m(120))
    alert = api.alert(request_id)
    assert (alert.status, alert.dropped_at) == ("dropped", world.start + m(7))
    assert world.asked == [(m(0), "bob"), (m(5), "bob")]


def test_a_person_whom_nothing_reaches_is_no_endless_loop(api: Api, world: World) -> None:
    Organization.load().last_resort.set([world.alice])
    builders.person("mute", email=False)
    request_id = api.page("person", recipient="mute@example.org")
    for _ in range(9):
        clock.tick(world.now)
        world.settle()
    assert api.alert(request_id).status == "dropped"
    assert "unreachable" in world.kinds(api.alert(request_id))
    assert Notification.objects.get().address == "alice@example.org"


def test_a_team_means_who_is_on_call_when_it_is_processed(api: Api, world: World) -> None:
    schedule = builders.always_on_call("ops", world.bob)
    builders.team("ops", schedule=schedule)
    request_id = api.queue("team", title="a", text="b", recipient=" OPS ")
    schedule.own_shifts.get().users.set([world.carol])
    pages.process(Page.objects.get().pk, now=world.now)
    assert world.asked == [(m(0), "carol")]
    assert Page.objects.get(request_id=request_id).asked == ["carol@example.org"]


def test_a_team_is_paged_by_its_chain(api: Api, world: World) -> None:
    chain = world.chain([world.alice, world.bob], m(5), world.carol)
    builders.team("ops", escalation_chain=chain)
    request_id = api.page("team", recipient="ops")
    world.pass_time(m(30))
    assert world.asked == [(m(0), "alice"), (m(0), "bob"), (m(5), "carol")]
    assert api.alert(request_id).status == "dropped"


def test_when_nobody_is_on_call_the_backstop_is_paged(api: Api, world: World) -> None:
    builders.team("ops", schedule=builders.always_on_call("ops"), backstop=world.carol)
    api.page("team", recipient="ops")
    assert world.asked == [(m(0), "carol")]


@pytest.mark.parametrize(("urgency", "important"), [("low", False), ("medium", False), ("high", True)])
def test_high_urgency_uses_the_important_rules(api: Api, urgency: str, important: bool) -> None:
    api.page("person", recipient="bob@example.org", urgency=urgency)
    assert Assignment.objects.get().important is important


def test_the_task_does_what_the_row_says(api: Api, world: World) -> None:
    request_id = api.queue("person", title="a", text="b", recipient="bob@example.org")
    pk = Page.objects.get().pk
    assert OrmQ.objects.get().func() == "paging.tasks.process_page"
    assert OrmQ.objects.get().task["args"] == (pk,)
    assert tasks.process_page(pk) is True
    assert api.status(request_id)["status"] == "accepted"


def test_a_lost_task_is_made_up_for_by_the_clock_after_two_seconds(api: Api, world: World) -> None:
    request_id = api.queue("person", title="a", text="b", recipient="bob@example.org")
    OrmQ.objects.all().delete()
    assert clock.next_due() == world.now + timedelta(seconds=2)
    clock.tick(world.now + timedelta(seconds=2) - timedelta(microseconds=1))
    assert api.status(request_id)["status"] == "pending"
    clock.tick(world.now + timedelta(seconds=2))
    assert api.status(request_id)["status"] == "accepted"
    assert Alert.objects.count() == 1


def test_a_task_that_comes_twice_or_after_the_clock_pages_once(api: Api, world: World) -> None:
    request_id = api.queue("person", title="a", text="b", recipient="bob@example.org")
    pk = Page.objects.get().pk
    assert [pages.process(pk, now=world.now) for _ in range(3)] == [True, False, False]
    found = api.status(request_id)
    assert pages.process_due(world.now + m(1)) == 0
    assert (Alert.objects.count(), api.status(request_id)) == (1, found)


def test_a_fault_of_ours_is_tried_again_later_and_blocks_nobody(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (api.queue("person", title=title, text="b", recipient="bob@example.org") for title in ("bad", "good"))
    create = services.create_alert

    def fail(*, title: str, **fields: Any) -> Any:
        if title == "bad":
            raise RuntimeError("boom")
        return create(title=title, **fields)

    monkeypatch.setattr(services, "create_alert", fail)
    later = world.now + timedelta(seconds=2)
    pages.process_due(later)
    assert [api.status(each)["status"] for each in (bad, good)] == ["pending", "accepted"]
    assert Page.objects.get(request_id=bad).due_at == later + timedelta(seconds=5)
    monkeypatch.undo()
    pages.process_due(later + timedelta(seconds=5))
    assert Page.objects.get(request_id=bad).outcome == "accepted"


def test_where_the_task_cannot_be_queued_nothing_is_accepted(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any) -> None:
        raise RuntimeError("the queue is broken")

    monkeypatch.setattr(pages, "async_task", fail)
    api.client.raise_request_exception = False
    assert api("POST", "/page/person", {"title": "a"}).status == 500
    assert not Page.objects.exists()
