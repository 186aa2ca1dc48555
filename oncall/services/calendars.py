"""Imported calendars: fetched, read, and kept while the next copy cannot be had (spec/oncall-config-api 6.3)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django_q.tasks import async_task

from base import guarded_http
from base.errors import DomainError, Invalid
from oncall import feeds, ical
from oncall.models import CalendarFeed, Schedule

logger = logging.getLogger(__name__)
TIMEOUT = 10.0  # seconds, in all
LARGEST = 5 * 1024 * 1024  # bytes
LOOKED_AT = (timedelta(days=1), timedelta(days=60))  # how far back and ahead names are looked up
NAMES_KEPT = 50
DOWNLOAD, PARSE, SELF = "Ical download failed", "Ical parse failed", "Potential self-reference"


class Unusable(DomainError):
    """A calendar cannot be had; `message` is the API's word for it, `reason` says more."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Copy:
    """A calendar that can be read, as it was fetched."""

    text: str
    calendar: ical.Feed
    etag: str = ""
    last_modified: str = ""


def download(url: str, *, etag: str = "", last_modified: str = "") -> Copy | None:
    """Fetch and read a calendar; None when it is still the one that `etag` and `last_modified` name.

    Raises Unusable.
    """
    if guarded_http.is_our_own(url) or settings.TOCSIN_BASE_URL in url:
        raise Unusable(SELF, "the address leads back to this server")
    headers = {"User-Agent": "Tocsin", "Accept": "text/calendar, */*;q=0.5"}
    headers |= {"If-None-Match": etag} if etag else {}
    headers |= {"If-Modified-Since": last_modified} if last_modified else {}
    try:
        answer = guarded_http.fetch(
            url, headers=headers, allowed=settings.CALENDAR_ALLOWED_NETWORKS, seconds=TIMEOUT, limit=LARGEST
        )
    except (guarded_http.RefusedAddress, OSError, ValueError) as error:  # what requests raises is an OSError
        reason = str(error) if isinstance(error, guarded_http.RefusedAddress) else f"{type(error).__name__}: {error}"
        raise Unusable(DOWNLOAD, reason) from error
    if answer.status == requests.codes.not_modified and (etag or last_modified):
        return None
    return _read(answer)


def _read(answer: guarded_http.Answer) -> Copy:
    if not answer.whole:
        raise Unusable(DOWNLOAD, f"it is larger than {LARGEST} bytes or took longer than {TIMEOUT:g} seconds")
    if answer.status != requests.codes.ok:
        raise Unusable(PARSE, f"the server answered {answer.status}")
    text = answer.body.decode("utf-8-sig", "replace").replace("\x00", "")  # iCal is UTF-8 whatever a header says
    try:
        calendar = ical.read(text)
    except ical.UnreadableCalendar as error:
        raise Unusable(PARSE, str(error)) from error
    named = {name.lower(): value for name, value in answer.headers.items()}
    return Copy(text, calendar, named.get("etag", "")[:300], named.get("last-modified", "")[:100])


def download_for(urls: Mapping[str, str]) -> dict[str, Copy]:
    """Fetch the calendars that a schedule is about to import, by kind. Raises Invalid that names the field."""
    copies = {}
    for kind, url in urls.items():
        try:
            copy = download(url)
        except Unusable as error:
            logger.warning("a calendar was refused: %s (%s)", error.message, error.reason)
            raise Invalid(error.message, field=f"ical_url_{kind}") from error
        if copy is not None:
            copies[kind] = copy
    return copies


def follow(schedule: Schedule, *, now: datetime, copies: Mapping[str, Copy] | None = None) -> None:
    """Make the schedule's feeds those of its addresses; what was not just fetched is fetched soon by a task."""
    urls = feeds.followed(schedule)
    with transaction.atomic():
        list(Schedule.objects.select_for_update(no_key=True).filter(pk=schedule.pk))  # one at a time
        known = {feed.kind: feed for feed in schedule.feeds.defer("body")}
        for kind, feed in known.items():
            if urls.get(kind) != feed.url:
                feed.delete()
        for kind, url in urls.items():
            if kind in known and known[kind].url == url:
                continue
            feed = CalendarFeed.objects.create(schedule=schedule, kind=kind, url=url)
            if copies and kind in copies:
                _keep(feed, copies[kind], now)
            else:
                async_task("oncall.tasks.refresh_feed", feed.pk)


def refresh(pk: int, *, now: datetime) -> bool:
    """Fetch one calendar again; tell whether it is current now. What cannot be had stays as it was, and says why."""
    feed = CalendarFeed.objects.filter(pk=pk).first()
    if feed is None:
        return False
    try:
        copy = download(feed.url, etag=feed.etag, last_modified=feed.last_modified)
        copy = copy or Copy(feed.body, ical.read(feed.body), feed.etag, feed.last_modified)
        return _keep(feed, copy, now)
    except (Unusable, ical.UnreadableCalendar) as error:
        reason = f"{error.message}: {error.reason}" if isinstance(error, Unusable) else str(error)
        logger.warning("calendar feed %s (%s) was not renewed: %s", feed.pk, feed.url, reason)
        _same(feed).update(checked_at=now, error=reason[:500])
        return False


def _keep(feed: CalendarFeed, copy: Copy, now: datetime) -> bool:
    try:
        unmatched = _unmatched(copy, now)
    except ical.UnreadableCalendar as error:
        raise Unusable(PARSE, str(error)) from error
    if unmatched and unmatched != feed.unmatched:
        logger.warning("calendar feed %s (%s) names nobody we know: %s", feed.pk, feed.url, ", ".join(unmatched))
    return bool(
        _same(feed).update(
            body=copy.text,
            digest=feeds.digest_of(copy.text),
            etag=copy.etag,
            last_modified=copy.last_modified,
            fetched_at=now,
            checked_at=now,
            error="",
            unmatched=unmatched,
        )
    )


def _same(feed: CalendarFeed) -> QuerySet[CalendarFeed]:
    # Somebody may have changed the address while it was fetched.
    return CalendarFeed.objects.filter(pk=feed.pk, url=feed.url)


def _unmatched(copy: Copy, now: datetime) -> list[str]:
    people = feeds.people_by_name()
    past, ahead = LOOKED_AT
    nobodies = (turn for turn in ical.turns(copy.calendar, now - past, now + ahead) if turn.user(people) is None)
    return list(dict.fromkeys(turn.names[0][:100] if turn.names else "(no name)" for turn in nobodies))[:NAMES_KEPT]
