"""Everything that a public page shows, put together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from statuspage import history, markdown, states
from statuspage.models import (
    Brand,
    Notice,
    NoticeUpdate,
    StatusPage,
)
from statuspage.selectors.courses import overall, plan_of
from statuspage.selectors.fortunes import component_snapshots
from statuspage.selectors.rows import Rows, load
from statuspage.snapshot import (
    BrandSnapshot,
    NoticeSnapshot,
    PageSnapshot,
    PastDay,
    UpdateSnapshot,
)

RECENT_DAYS = 7


def page_snapshot(page: StatusPage, now: datetime) -> PageSnapshot:
    """Return everything that the public page shows at `now`: all notices, the tree, 90 days of history."""
    rows = load(page, now)
    timeline = {one.pk: _timeline(rows, one, now) for one in rows.notices}
    by_state: dict[str, list[NoticeSnapshot]] = defaultdict(list)
    for one in rows.notices:
        by_state[timeline[one.pk]].append(_notice(rows, one, timeline[one.pk]))
    components = component_snapshots(rows, now)
    past = sorted(
        by_state[states.PAST_RECENT] + by_state[states.PAST_DISTANT],
        key=lambda one: (one.ended_at or one.updated_at, one.pk),
        reverse=True,
    )
    known = [one.uptime for one in components if one.uptime is not None]
    return PageSnapshot(
        pk=page.pk,
        page_id=page.page_id,
        slug=page.slug,
        name=page.name,
        url=page.url,
        locale=page.locale,
        time_zone=page.time_zone,
        support_email=page.support_email,
        support_telephone=page.support_telephone,
        support_url=page.support_url,
        visible_to_search=page.visible_to_search and not page.is_private,
        meta_title=page.meta_title,
        meta_description=page.meta_description,
        links=tuple((str(one.get("label", "")), str(one.get("url", ""))) for one in page.links),
        copyright=page.copyright,
        channels=tuple(page.channels),
        is_private=page.is_private,
        brand=brand_snapshot(page.brand),
        created_at=page.created_at,
        updated_at=page.updated_at,
        version=page.version,
        as_of=now,
        next_transition_at=_next_transition(rows, now),
        state=_state(rows),
        components=components,
        present=tuple(by_state[states.PRESENT_NOW]),
        future=tuple(sorted(by_state[states.FUTURE], key=lambda one: (one.begins_at or one.created_at, one.pk))),
        past=tuple(past),
        past_days=_past_days(page, past, now),
        uptime=(sum(known, Decimal(0)) / len(known)).quantize(history.STEP) if known else None,
    )


def brand_snapshot(brand: Brand) -> BrandSnapshot:
    """Return the colours, and which pictures there are."""
    colors = tuple((name, str(getattr(brand, name))) for name in Brand.COLORS)
    return BrandSnapshot(colors, brand.logo_type, brand.favicon_type, brand.updated_at)


def _timeline(rows: Rows, notice: Notice, now: datetime) -> str:
    course = rows.courses[notice.pk]
    return states.timeline_state(course.state, course.ended_at, now)


def _state(rows: Rows) -> str:
    return overall(rows.page, (course.state for course in rows.courses.values()))


def _notice(rows: Rows, notice: Notice, timeline: str) -> NoticeSnapshot:
    course = rows.courses[notice.pk]
    updates = rows.updates.get(notice.pk, [])
    return NoticeSnapshot(
        pk=notice.pk,
        type=notice.type,
        state=course.state,
        timeline_state=timeline,
        subject=notice.subject,
        synopsis=synopsis(updates),
        path=notice.path,
        url=f"{rows.page.url}/notices/{notice.path}",
        began_at=course.began_at,
        ended_at=course.ended_at,
        begins_at=notice.begins_at,
        ends_at=notice.ends_at,
        created_at=notice.created_at,
        updated_at=notice.updated_at,
        tags=tuple(notice.tags),
        components=tuple((pk, rows.components[pk].name) for pk in rows.named.get(notice.pk, [])),
        updates=tuple(_update(one) for one in updates),
        review_html=markdown.to_html(notice.review) if notice.review and notice.review_at else "",
        review_at=notice.review_at,
    )


def synopsis(updates: Iterable[NoticeUpdate]) -> str | None:
    """Return the earliest update as plain text with one line end (A8b); None when there is none."""
    first = min(updates, key=lambda one: (one.created_at, one.pk), default=None)
    return f"{markdown.to_text(first.content)}\n" if first else None


def _update(row: NoticeUpdate) -> UpdateSnapshot:
    return UpdateSnapshot(
        row.pk,
        row.content,
        markdown.to_html(row.content),
        row.state,
        row.should_publish,
        row.created_at,
        row.updated_at,
    )


def _past_days(page: StatusPage, past: list[NoticeSnapshot], now: datetime) -> tuple[PastDay, ...]:
    today = now.astimezone(page.zone).date()
    by_day: dict[object, list[NoticeSnapshot]] = defaultdict(list)
    for one in past:
        if one.ended_at:
            by_day[one.ended_at.astimezone(page.zone).date()].append(one)
    wanted = (today - timedelta(days=back) for back in range(RECENT_DAYS + 1))
    return tuple(PastDay(on, tuple(by_day.get(on, ()))) for on in wanted)


def _next_transition(rows: Rows, now: datetime) -> datetime:
    """Return when the page will look different by itself: a plan begins or ends, a notice gets old, a day ends."""
    midnight = history.window(now + timedelta(days=1), rows.page.zone, 1)[0][0].astimezone(now.tzinfo)
    instants = [midnight]
    for notice in rows.notices:
        course = rows.courses[notice.pk]
        due = states.due_at(course.state, plan_of(notice))
        old = course.ended_at + states.RECENT + timedelta(microseconds=1) if course.ended_at else None
        instants += [at for at in (due, old) if at is not None and at > now]
    return min(instants)
