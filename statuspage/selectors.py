"""What readers ask of a status page. Reading changes nothing: what the clock has not done yet is shown as if it had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from statuspage import history, markdown, states
from statuspage.history import Record, Spell
from statuspage.models import (
    Brand,
    Component,
    CustomDomain,
    Notice,
    NoticeChange,
    NoticeLink,
    NoticeUpdate,
    StatusPage,
    Subscriber,
)
from statuspage.models.notices import CLOSED
from statuspage.snapshot import (
    BrandSnapshot,
    ComponentSnapshot,
    NoticeSnapshot,
    PageSnapshot,
    PastDay,
    UpdateSnapshot,
)
from statuspage.states import Course, Plan
from statuspage.tree import Node, Tree, public_states

RECENT_DAYS = 7


@dataclass(frozen=True, slots=True)
class _Rows:
    """One page's rows, each table asked once."""

    page: StatusPage
    tree: Tree
    components: Mapping[int, Component]
    notices: list[Notice]
    named: Mapping[int, list[int]]  # notice → components, in tree order
    updates: Mapping[int, list[NoticeUpdate]]
    changes: Mapping[int, list[NoticeChange]]
    courses: Mapping[int, Course]  # notice → as of now


def find_page(slug: str) -> StatusPage | None:
    """Return the page at /status/<slug>/."""
    return StatusPage.objects.select_related("custom_domain", "brand").filter(slug=slug.lower()).first()


def page_of_host(host: str) -> StatusPage | None:
    """Return the page whose custom domain this is; `host` without a port."""
    found = CustomDomain.objects.select_related("page__brand", "page__custom_domain").filter(domain=host.lower())
    domain = found.first()
    return domain.page if domain else None


def hosts() -> dict[str, str]:
    """Return every custom domain with the slug of its page: the host map to be mirrored."""
    return dict(CustomDomain.objects.values_list("domain", "page__slug"))


def find_notice(page: StatusPage, path: str) -> Notice | None:
    """Return the notice that a permanent link names, or named once: the link redirects where `notice.path` differs."""
    token = path[:16]
    found = Notice.objects.filter(page=page, token=token).first()
    if found:
        return found
    old = NoticeLink.objects.select_related("notice").filter(notice__page=page, token=token).first()
    return old.notice if old else None


def tree_of(page: StatusPage) -> Tree:
    """Return the page's components as a tree."""
    rows = Component.objects.filter(page=page).values_list("pk", "parent_id", "position")
    return Tree(Node(*row) for row in rows)


def plan_of(notice: Notice) -> Plan:
    """Return what the clock goes by."""
    return Plan(notice.automated and notice.type == Notice.Type.PLANNED, notice.begins_at, notice.ends_at)


def course_of(notice: Notice) -> Course:
    """Return where the row says that the notice stands."""
    return Course(notice.state, notice.began_at, notice.ended_at)


def course_at(notice: Notice, now: datetime) -> Course:
    """Return where the notice stands at `now`, also when the clock has not got to it yet."""
    course, plan = course_of(notice), plan_of(notice)
    while (state := states.next_state(course.state, plan, now)) is not None:
        course = states.move(course, state, states.due_at(course.state, plan) or now)
    return course


def page_snapshot(page: StatusPage, now: datetime) -> PageSnapshot:
    """Return everything that the public page shows at `now`: all notices, the tree, 90 days of history."""
    rows = _load(page, now)
    timeline = {one.pk: _timeline(rows, one, now) for one in rows.notices}
    by_state: dict[str, list[NoticeSnapshot]] = defaultdict(list)
    for one in rows.notices:
        by_state[timeline[one.pk]].append(_notice(rows, one, timeline[one.pk]))
    components = _components(rows, now)
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


def page_state(page: StatusPage, now: datetime) -> str:
    """Return operational, degraded or under_maintenance (C2): any open incident, else any work that is underway."""
    open_ones = Notice.objects.filter(page=page).exclude(state__in=CLOSED)
    return _overall(page, [course_at(one, now).state for one in open_ones])


def token_states(page_pk: int) -> dict[int, str]:
    """Return the state of every component as the token API has it (B2): every open notice degrades."""
    rows = Component.objects.filter(page=page_pk).values_list("pk", "parent_id", "position")
    named = Notice.components.through.objects.filter(notice__page=page_pk, notice__state__in=states.PRESENT)
    return Tree(Node(*row) for row in rows).states(named.values_list("component_id", flat=True))


def listed_notices(page: StatusPage) -> QuerySet[Notice]:
    """Return the page's notices, newest first, with what is needed to show them."""
    rows = Notice.objects.filter(page=page).select_related("page__custom_domain")
    return rows.prefetch_related("updates", "components").order_by("-created_at", "-pk")


def subscribers_of(rows: QuerySet[Subscriber], component: int) -> QuerySet[Subscriber]:
    """Return those who chose this component, and those who chose none."""
    own = Subscriber.components.through.objects.filter(subscriber=OuterRef("pk"))
    return rows.filter(~Exists(own) | Exists(own.filter(component=component)))


def own_host() -> str:
    """Return the host name that a custom domain must point to."""
    return urlsplit(settings.TOCSIN_BASE_URL).hostname or ""


def brand_snapshot(brand: Brand) -> BrandSnapshot:
    """Return the colours, and which pictures there are."""
    colors = tuple((name, str(getattr(brand, name))) for name in Brand.COLORS)
    return BrandSnapshot(colors, brand.logo_type, brand.favicon_type, brand.updated_at)


def _overall(page: StatusPage, open_states: Iterable[str]) -> str:
    found = set(open_states)
    if found & set(_degrading(page)):
        return "degraded"
    return "under_maintenance" if "underway" in found else "operational"


def _degrading(page: StatusPage) -> tuple[str, ...]:
    """Return the states of an incident that make things degraded for the public (F2)."""
    return (*states.IMPACT, "recovering") if page.recovering_is_degraded else states.IMPACT


def _load(page: StatusPage, now: datetime) -> _Rows:
    components = {one.pk: one for one in Component.objects.filter(page=page)}
    tree = Tree(Node(one.pk, one.parent_id, one.position) for one in components.values())
    notices = list(Notice.objects.filter(page=page).order_by("-created_at", "-pk"))
    order = {pk: place for place, pk in enumerate(tree.ordered())}
    named: dict[int, list[int]] = defaultdict(list)
    for notice, component in Notice.components.through.objects.filter(notice__page=page).values_list(
        "notice_id", "component_id"
    ):
        named[notice].append(component)
    updates: dict[int, list[NoticeUpdate]] = defaultdict(list)
    for update in NoticeUpdate.objects.filter(notice__page=page).order_by("created_at", "pk"):
        updates[update.notice_id].append(update)
    changes: dict[int, list[NoticeChange]] = defaultdict(list)
    for change in NoticeChange.objects.filter(notice__page=page).order_by("at", "pk"):
        changes[change.notice_id].append(change)
    return _Rows(
        page=page,
        tree=tree,
        components=components,
        notices=notices,
        named={notice: sorted(pks, key=lambda pk: order[pk]) for notice, pks in named.items()},
        updates=updates,
        changes=changes,
        courses={one.pk: course_at(one, now) for one in notices},
    )


def _timeline(rows: _Rows, notice: Notice, now: datetime) -> str:
    course = rows.courses[notice.pk]
    return states.timeline_state(course.state, course.ended_at, now)


def _state(rows: _Rows) -> str:
    return _overall(rows.page, (course.state for course in rows.courses.values()))


def _notice(rows: _Rows, notice: Notice, timeline: str) -> NoticeSnapshot:
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


def _components(rows: _Rows, now: datetime) -> tuple[ComponentSnapshot, ...]:
    degrading = _degrading(rows.page)
    found = public_states(rows.tree, _named_in(rows, degrading), _named_in(rows, ("underway",)))
    spells = _spells(rows, now)
    spans = history.window(now, rows.page.zone)

    def build(pk: int, depth: int) -> ComponentSnapshot:
        one = rows.components[pk]
        record = _record(rows, pk, spells)
        return ComponentSnapshot(
            pk=pk,
            name=one.name,
            description=one.description,
            position=one.position,
            parent=one.parent_id,
            depth=depth,
            state=found[pk],
            days=history.days(record, spans),
            uptime=history.uptime(record, spans[0][0], now),
            uptime_30=history.uptime(record, now - timedelta(days=30), now),
            created_at=one.created_at,
            updated_at=one.updated_at,
            children=tuple(build(child, depth + 1) for child in rows.tree.children[pk]),
        )

    return tuple(build(root, 0) for root in rows.tree.children[None])


def _named_in(rows: _Rows, wanted: tuple[str, ...]) -> set[int]:
    return {pk for one in rows.notices if rows.courses[one.pk].state in wanted for pk in rows.named.get(one.pk, [])}


@dataclass(frozen=True, slots=True)
class _Spells:
    impact: Mapping[int, list[Spell]]  # component → when a notice that names it counted against the uptime
    planned: Mapping[int, list[Spell]]


def _spells(rows: _Rows, now: datetime) -> _Spells:
    impact: dict[int, list[Spell]] = defaultdict(list)
    planned: dict[int, list[Spell]] = defaultdict(list)
    for notice in rows.notices:
        if rows.courses[notice.pk].state == Notice.State.FALSE_ALARM or not rows.named.get(notice.pk):
            continue
        for state, spell in spells_of(notice, rows.changes.get(notice.pk, []), now):
            for pk in rows.named[notice.pk]:
                if state in states.IMPACT:
                    impact[pk].append(spell)
                elif state == Notice.State.UNDERWAY:
                    planned[pk].append(spell)
    return _Spells(impact, planned)


def spells_of(notice: Notice, changes: list[NoticeChange], now: datetime) -> list[tuple[str, Spell]]:
    """Return which states a notice had and when, in order; what it still has lasts until now."""
    steps = [(one.state, one.at) for one in changes]
    ends = [*(at for _, at in steps[1:]), now]
    return [(state, Spell(notice.pk, at, end)) for (state, at), end in zip(steps, ends, strict=True)]


def _record(rows: _Rows, pk: int, spells: _Spells) -> Record:
    up, down = (pk, *rows.tree.ancestors(pk)), tuple(rows.tree.descendants(pk))
    return Record(
        known_since=rows.components[pk].created_at,
        impact=[spell for one in up for spell in spells.impact.get(one, [])],
        partial=[spell for one in down for spell in spells.impact.get(one, [])],
        planned=[spell for one in (*up, *down) for spell in spells.planned.get(one, [])],
    )


def _past_days(page: StatusPage, past: list[NoticeSnapshot], now: datetime) -> tuple[PastDay, ...]:
    today = now.astimezone(page.zone).date()
    by_day: dict[object, list[NoticeSnapshot]] = defaultdict(list)
    for one in past:
        if one.ended_at:
            by_day[one.ended_at.astimezone(page.zone).date()].append(one)
    wanted = (today - timedelta(days=back) for back in range(RECENT_DAYS + 1))
    return tuple(PastDay(on, tuple(by_day.get(on, ()))) for on in wanted)


def _next_transition(rows: _Rows, now: datetime) -> datetime:
    """Return when the page will look different by itself: a plan begins or ends, a notice gets old, a day ends."""
    midnight = history.window(now + timedelta(days=1), rows.page.zone, 1)[0][0].astimezone(now.tzinfo)
    instants = [midnight]
    for notice in rows.notices:
        course = rows.courses[notice.pk]
        due = states.due_at(course.state, plan_of(notice))
        old = course.ended_at + states.RECENT + timedelta(microseconds=1) if course.ended_at else None
        instants += [at for at in (due, old) if at is not None and at > now]
    return min(instants)
