"""What imported calendars say about who is on call. Expansions stay in memory, a calendar month each."""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock

from oncall import ical
from oncall.ical import Feed, Turn
from oncall.models import CalendarFeed, Schedule, User
from oncall.rotation import Occurrence

logger = logging.getLogger(__name__)
Kind = CalendarFeed.Kind
Month = tuple[int, int]
MONTHS_KEPT = 1024
YEARS = range(1970, 2200)  # outside of them imported calendars say nothing

_expanded: dict[tuple[str, Month], tuple[Turn, ...]] = {}
_lock = Lock()


def digest_of(text: str) -> str:
    """Return what names a calendar's text in caches."""
    return hashlib.sha256(text.encode()).hexdigest()


def followed(schedule: Schedule) -> dict[str, str]:
    """Return the addresses of the calendars that count for a schedule, by kind."""
    urls = {Kind.PRIMARY.value: schedule.ical_url_primary, Kind.OVERRIDES.value: schedule.ical_url_overrides}
    if schedule.type != Schedule.Type.ICAL:
        urls[Kind.PRIMARY] = None
    if schedule.type == Schedule.Type.WEB or (
        schedule.type == Schedule.Type.CALENDAR and schedule.enable_web_overrides
    ):
        urls[Kind.OVERRIDES] = None
    return {kind: url for kind, url in urls.items() if url}


def people_by_name() -> dict[str, int]:
    """Return what an event may call a person: one query."""
    return ical.directory(User.objects.order_by("pk").values_list("pk", "username", "email"))


def occurrences_by_schedule(
    schedules: Iterable[Schedule], start: datetime, end: datetime
) -> dict[int, list[Occurrence]]:
    """Return the turns of imported calendars in [start, end), by schedule: no query without any, three at most.

    A turn whose names are nobody's comes without users: it covers nothing and hides nothing.
    """
    found: dict[int, list[Occurrence]] = defaultdict(list)
    urls = {schedule.pk: own for schedule in schedules if (own := followed(schedule))}
    if not urls:
        return found
    rows = CalendarFeed.objects.filter(schedule__in=urls).exclude(digest="").defer("body").order_by("pk")
    feeds = [row for row in rows if urls[row.schedule_id].get(row.kind) == row.url]
    if not feeds:
        return found
    people = people_by_name()
    for feed, turns in _turns(feeds, list(_months(start, end))):
        override = feed.kind == Kind.OVERRIDES
        for turn in turns:
            if turn.start < end and turn.end > start:
                user = turn.user(people)
                users = () if user is None else (user,)
                found[feed.schedule_id].append(Occurrence(turn.start, turn.end, users, turn.level, override, -feed.pk))
    return found


def _turns(feeds: list[CalendarFeed], months: list[Month]) -> Iterator[tuple[CalendarFeed, list[Turn]]]:
    cold = [feed.pk for feed in feeds if any((feed.digest, month) not in _expanded for month in months)]
    texts = dict(CalendarFeed.objects.filter(pk__in=cold).values_list("pk", "body")) if cold else {}
    for feed in feeds:
        text = texts.get(feed.pk)
        digest = feed.digest if text is None else digest_of(text)
        # A turn that crosses midnight of the first is in both months.
        yield feed, list(dict.fromkeys(turn for month in months for turn in _month(digest, text, month)))


def _month(digest: str, text: str | None, month: Month) -> tuple[Turn, ...]:
    with _lock:
        known = _expanded.get((digest, month))
        if known is None and text is not None:
            known = _expanded[digest, month] = _expand(digest, text, month)
            if len(_expanded) > MONTHS_KEPT:
                del _expanded[next(iter(_expanded))]
    return known or ()


def _expand(digest: str, text: str, month: Month) -> tuple[Turn, ...]:
    try:
        return ical.turns(_calendar(digest, text), *_bounds(month))
    except ical.UnreadableCalendar as error:
        logger.warning("an imported calendar cannot be expanded in %s-%s: %s", *month, error)
        return ()


@lru_cache(maxsize=16)
def _calendar(digest: str, text: str) -> Feed:
    return ical.read(text)


def _months(start: datetime, end: datetime) -> Iterator[Month]:
    year, month = start.year, start.month
    while (year, month) <= (end.year, end.month):
        if year in YEARS:
            yield year, month
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def _bounds(month: Month) -> tuple[datetime, datetime]:
    year, number = month
    following = (year, number + 1) if number < 12 else (year + 1, 1)
    return datetime(year, number, 1, tzinfo=UTC), datetime(*following, 1, tzinfo=UTC)
