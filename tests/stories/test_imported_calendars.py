"""A team keeps its rota in another program and publishes it as iCal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django_q.models import OrmQ
from django_q.models import Schedule as TaskSchedule
from django_q.signing import SignedPackage

from base.errors import Invalid
from oncall import feeds, selectors, tasks
from oncall.models import CalendarFeed, OnCallShift, Schedule, User
from oncall.services import calendars, schedules
from tests import builders
from tests.fakes.calendars import calendar, event
from tests.fakes.http_sink import HttpSink

NOW = builders.START
LATER = NOW + timedelta(minutes=10)
TODAY = (":20300107T080000Z", ":20300107T160000Z")
ICAL = {"Content-Type": "text/calendar"}


@pytest.fixture(autouse=True)
def reachable(settings: Any) -> None:
    settings.CALENDAR_ALLOWED_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def site() -> Iterator[HttpSink]:
    with HttpSink() as running:
        yield running


@pytest.fixture
def alice(db: None) -> User:
    return builders.person("alice")


@pytest.fixture
def bob(db: None) -> User:
    return builders.person("bob")


def publish(site: HttpSink, *events: str, **headers: str) -> None:
    site.answers = [(200, {**ICAL, **headers}, calendar(*events))]


def imported(site: HttpSink, **fields: Any) -> Schedule:
    values = {"name": "rota", "type": "ical", "ical_url_primary": site.url, **fields}
    return schedules.create_schedule(values, now=NOW)


def on_call(schedule: Schedule, at: datetime = NOW) -> list[str]:
    pks = selectors.on_call_now([schedule], at)[schedule.pk]
    return [User.objects.get(pk=pk).username for pk in pks]


def queued() -> list[tuple[str, tuple[Any, ...]]]:
    packages = [SignedPackage.loads(row.payload) for row in OrmQ.objects.order_by("pk")]
    return [(package["func"], package["args"]) for package in packages]


def test_whoever_the_calendar_names_is_on_call(site: HttpSink, alice: User) -> None:
    publish(site, event("alice", *TODAY))
    schedule = imported(site)
    assert on_call(schedule) == ["alice"]
    assert on_call(schedule, NOW + timedelta(hours=7)) == []
    (piece,) = selectors.final_schedule(schedule, NOW, NOW + timedelta(days=365))
    assert (piece.start, piece.end) == (NOW, NOW + timedelta(hours=7))
    (request,) = site.requests
    assert request.headers["User-Agent"] == "Tocsin"


def test_a_turn_across_the_end_of_a_month_counts_once(site: HttpSink, alice: User) -> None:
    publish(site, event("alice", ":20300131T080000Z", ":20300202T080000Z"))
    (piece,) = selectors.final_schedule(imported(site), NOW, NOW + timedelta(days=60))
    assert (piece.end - piece.start) == timedelta(days=2)


def test_an_overrides_calendar_beats_every_level(site: HttpSink, alice: User, bob: User) -> None:
    site.answers = [
        (200, ICAL, calendar(event("[L9] alice", *TODAY))),
        (200, ICAL, calendar(event("bob", ":20300107T090000Z", ":20300107T100000Z"))),
    ]
    schedule = imported(site, ical_url_overrides=site.url)
    assert on_call(schedule) == ["bob"]
    assert on_call(schedule, NOW + timedelta(hours=1)) == ["alice"]


def test_a_feed_is_asked_for_what_is_new_and_keeps_what_is_not(site: HttpSink, alice: User) -> None:
    publish(site, event("alice", *TODAY), ETag='"v1"', **{"Last-Modified": "Mon, 07 Jan 2030 08:00:00 GMT"})
    schedule = imported(site)
    site.answers = [(304, {}, b"")]
    feed = CalendarFeed.objects.get()
    assert calendars.refresh(feed.pk, now=LATER)
    asked = site.requests[-1].headers
    assert asked["If-None-Match"] == '"v1"'
    assert asked["If-Modified-Since"] == "Mon, 07 Jan 2030 08:00:00 GMT"
    feed.refresh_from_db()
    assert (feed.fetched_at, feed.error, feed.etag) == (LATER, "", '"v1"')
    assert on_call(schedule) == ["alice"]


def test_a_changed_feed_changes_who_is_on_call(site: HttpSink, alice: User, bob: User) -> None:
    publish(site, event("alice", *TODAY))
    schedule = imported(site)
    assert on_call(schedule) == ["alice"]
    publish(site, event("bob", *TODAY))
    assert calendars.refresh(CalendarFeed.objects.get().pk, now=LATER)
    assert on_call(schedule) == ["bob"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((503, {}, b"down"), "Ical parse failed: the server answered 503"),
        ((200, {}, b"<html>Sign in</html>"), "Ical parse failed: it is no iCal calendar (ValueError)"),
        (
            (302, {"Location": "http://10.0.0.1/"}, b""),
            "10.0.0.1 is the private address 10.0.0.1, which is not allowed.",
        ),
        (
            (200, ICAL, b"x" * (calendars.LARGEST + 1)),
            "Ical download failed: it is larger than 5242880 bytes or took longer than 10 seconds",
        ),
    ],
    ids=["down", "page", "private", "huge"],
)
def test_a_failed_fetch_keeps_the_last_good_copy_and_says_so(
    site: HttpSink, alice: User, answer: Any, error: str
) -> None:
    publish(site, event("alice", *TODAY))
    schedule = imported(site)
    site.answers = [answer]
    feed = CalendarFeed.objects.get()
    assert not calendars.refresh(feed.pk, now=LATER)
    feed.refresh_from_db()
    assert feed.error.endswith(error)
    assert (feed.fetched_at, feed.checked_at) == (NOW, LATER)
    assert on_call(schedule) == ["alice"]
    publish(site, event("alice", *TODAY))
    assert calendars.refresh(feed.pk, now=LATER)
    feed.refresh_from_db()
    assert feed.error == ""


def test_a_server_that_hangs_is_given_up_on(site: HttpSink, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(site, event("alice", *TODAY))
    schedule = imported(site)
    site.delay = 0.5
    monkeypatch.setattr(calendars, "TIMEOUT", 0.1)
    assert not calendars.refresh(CalendarFeed.objects.get().pk, now=LATER)
    assert "Ical download failed: " in CalendarFeed.objects.get().error
    assert on_call(schedule) == ["alice"]


def test_names_that_are_nobodys_are_a_finding_until_they_are_somebodys(site: HttpSink, alice: User) -> None:
    tomorrow = (":20300108T080000Z", ":20300108T090000Z")
    publish(site, event("alice", *TODAY), event("[L1] zoe", *TODAY), event("zoe", *tomorrow))
    schedule = imported(site)
    feed = CalendarFeed.objects.get()
    assert feed.unmatched == ["zoe"]
    assert on_call(schedule) == ["alice"]  # an empty turn hides nothing
    builders.person("zoe")
    assert calendars.refresh(feed.pk, now=LATER)
    feed.refresh_from_db()
    assert feed.unmatched == []
    assert on_call(schedule) == ["zoe"]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ((200, {}, b"<html></html>"), "Ical parse failed"),
        ((404, ICAL, b"gone"), "Ical parse failed"),
    ],
)
def test_what_cannot_be_read_is_not_imported(site: HttpSink, db: None, answer: Any, text: str) -> None:
    site.answers = [answer]
    with pytest.raises(Invalid) as refused:
        imported(site)
    assert (refused.value.field, refused.value.message) == ("ical_url_primary", text)
    assert not Schedule.objects.exists()


def test_a_private_address_is_refused_unless_it_is_allowed(site: HttpSink, db: None, settings: Any) -> None:
    settings.CALENDAR_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    publish(site)
    with pytest.raises(Invalid) as refused:
        imported(site)
    assert refused.value.message == "Ical download failed"
    assert site.requests == []


def test_another_address_is_fetched_at_once_and_the_same_one_is_not(site: HttpSink, alice: User, bob: User) -> None:
    publish(site, event("alice", *TODAY))
    schedule = imported(site)
    schedules.update_schedule(schedule, {"name": "new", "ical_url_primary": site.url}, now=LATER)
    assert len(site.requests) == 1
    publish(site, event("bob", *TODAY))
    schedules.update_schedule(schedule, {"ical_url_primary": f"{site.url}?v=2"}, now=LATER)
    assert on_call(schedule) == ["bob"]
    assert CalendarFeed.objects.get().url == f"{site.url}?v=2"


def test_the_overrides_of_a_calendar_are_fetched_by_a_task_soon(site: HttpSink, alice: User, bob: User) -> None:
    publish(site, event("bob", *TODAY))
    values = {"name": "x", "type": "calendar", "ical_url_overrides": site.url}
    schedule = schedules.create_schedule(values, now=NOW)
    shift = OnCallShift.objects.create(
        type="single_event", start=NOW.replace(tzinfo=None), duration=timedelta(hours=1), level=5
    )
    shift.users.add(alice)
    shift.schedules.add(schedule)
    assert site.requests == []
    assert on_call(schedule) == ["alice"]
    feed = CalendarFeed.objects.get()
    assert queued() == [("oncall.tasks.refresh_feed", (feed.pk,))]
    assert tasks.refresh_feed(feed.pk)
    assert on_call(schedule) == ["bob"]
    schedules.update_schedule(schedule, {"enable_web_overrides": True}, now=LATER)
    assert on_call(schedule) == ["alice"]
    assert not CalendarFeed.objects.exists()


def test_every_feed_is_renewed_by_a_task_of_its_own_each_ten_minutes(site: HttpSink, alice: User) -> None:
    publish(site, event("alice", *TODAY))
    imported(site)
    known = CalendarFeed.objects.get()
    by_hand = Schedule.objects.create(name="console", type="ical", ical_url_primary=f"{site.url}/2")
    assert tasks.refresh_feeds() == 1
    new = by_hand.feeds.get()
    assert queued() == [("oncall.tasks.refresh_feed", (pk,)) for pk in (new.pk, known.pk)]
    for _ in range(2):
        tasks.ensure_schedules()
    row = TaskSchedule.objects.get(name=tasks.FEEDS)
    assert (row.func, row.schedule_type, row.minutes) == ("oncall.tasks.refresh_feeds", TaskSchedule.MINUTES, 10)


def test_a_feed_that_is_gone_is_nothing_to_renew(db: None) -> None:
    assert not tasks.refresh_feed(7)


def test_an_address_changed_meanwhile_keeps_its_own_copy(site: HttpSink, alice: User) -> None:
    publish(site, event("alice", *TODAY))
    schedule = imported(site)
    Schedule.objects.filter(pk=schedule.pk).update(ical_url_primary="https://example.org/new.ics")
    schedule.refresh_from_db()
    assert on_call(schedule) == []  # the old copy is not the new address's


def test_expansions_are_remembered_by_what_the_calendar_says(
    site: HttpSink, alice: User, django_assert_num_queries: Any
) -> None:
    publish(site, event("alice", *TODAY))
    rotas = [imported(site) for _ in range(3)]
    feeds._expanded.clear()
    selectors.on_call_now(rotas, NOW)
    with django_assert_num_queries(6):  # shifts, their zone, feeds, names, swaps, who may be asked
        assert set(selectors.on_call_now(rotas, NOW).values()) == {(alice.pk,)}


def test_memory_holds_a_bounded_number_of_months(site: HttpSink, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(site, event("alice", *TODAY, "RRULE:FREQ=DAILY"))
    schedule = imported(site)
    monkeypatch.setattr(feeds, "MONTHS_KEPT", 3)
    feeds._expanded.clear()
    assert len(selectors.final_schedule(schedule, NOW, NOW + timedelta(days=364))) == 365
    assert len(feeds._expanded) == 3
