"""Notices: every change of one is one transaction, one line of its history, and at most one thing to tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from alerts.models import Alert
from base.errors import Invalid
from oncall.models import User
from statuspage import links, schedule, selectors, states
from statuspage.models import Component, Notice, NoticeChange, NoticeLink, NoticeUpdate, StatusPage
from statuspage.models.notices import CLOSED
from statuspage.schedule import Parts
from statuspage.services.pages import touch
from statuspage.states import Course

Audience = NoticeChange.Audience
INVALID = "is invalid"


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody writes. None means: not said, so that it stays as it is; an empty comment makes no update."""

    subject: str | None = None
    state: str | None = None
    comment: str = ""
    audience: str = Audience.NOBODY
    components: Iterable[int] | None = None
    tags: list[str] | None = None
    plan: Parts = field(default_factory=Parts)
    automated: bool | None = None


@transaction.atomic
def create_notice(page: StatusPage, type_: str, draft: Draft, *, by: User | None, now: datetime) -> Notice:
    """Open a notice, and tell `draft.audience` of it. Raises Invalid."""
    state = draft.state or states.INITIAL[type_]
    _check_state(type_, state)
    planned = type_ == Notice.Type.PLANNED
    begins_at, ends_at = _replanned(None, None, draft.plan) if planned else (None, None)
    course = states.begin(type_, state, now)
    notice = Notice(
        page=page,
        type=type_,
        subject=draft.subject or "",
        token=links.new_token(),
        slug=links.slug(draft.subject or ""),
        tags=draft.tags or [],
        begins_at=begins_at,
        ends_at=ends_at,
        automated=True if draft.automated is None else draft.automated,
        created_by=by,
        created_at=now,
        updated_at=now,
    )
    _put(notice, course)
    chosen = _components(page, draft.components or ())
    notice.save(force_insert=True)
    notice.components.set(chosen)
    update = _comment(notice, draft, by, now)
    _note(notice, update, draft.audience, "", by=by, now=now)
    touch(page.pk)
    return notice


@transaction.atomic
def update_notice(notice: Notice, draft: Draft, *, by: User | None, now: datetime) -> Notice:
    """Change what the draft says, and tell its audience. What the schedule owes is done first. Raises Invalid."""
    row = _locked(notice, now)
    before = row.state
    changed = _rewrite(row, draft, now) | _replan(row, draft)
    if draft.components is not None:
        chosen = _components(row.page, draft.components)
        changed |= set(row.components.values_list("pk", flat=True)) != set(chosen)
        row.components.set(chosen)
    if draft.state is not None and draft.state != before:
        _check_state(row.type, draft.state)
        _put(row, states.move(selectors.course_of(row), draft.state, now))
    _put(row, selectors.course_of(row))
    update = _comment(row, draft, by, now)
    tells = draft.audience != Audience.NOBODY
    if changed or update or row.state != before:
        row.updated_at = now
        touch(row.page_id)
    row.save()
    if update or row.state != before or tells:
        _note(row, update, draft.audience, before, by=by, now=now)
    return row


@transaction.atomic
def delete_notice(notice: Notice) -> None:
    """Delete a notice with everything under it. Nobody is told, also of what was still to be told."""
    page_pk = notice.page_id
    notice.delete()
    touch(page_pk)


@transaction.atomic
def move_on(notice: Notice, *, now: datetime) -> Notice:
    """Do what the notice's schedule asks for at `now`: nothing, or one or two changes of state."""
    row = _locked(notice, now)
    notice.__dict__.update(row.__dict__)
    return row


def move_due(page: StatusPage | None = None, *, now: datetime) -> int:
    """Do what the schedules of the page's notices, or of all, ask for; return how many were due.

    One query when none is: readers call it, so that nobody sees a stale state where the clock is late."""
    due = list(Notice.objects.filter(due_at__lte=now, **({"page": page} if page else {})))
    for notice in due:
        move_on(notice, now=now)
    return len(due)


@transaction.atomic
def write_review(notice: Notice, text: str, *, now: datetime) -> Notice:
    """Publish a post-incident review, or take it away with an empty text."""
    row = _locked(notice, now)
    row.review, row.review_at = text, now if text.strip() else None
    row.updated_at = now
    row.save()
    touch(row.page_id)
    return row


def touch_notice(notice: Notice, *, now: datetime) -> None:
    """Say that something under the notice changed."""
    Notice.objects.filter(pk=notice.pk).update(updated_at=now)
    notice.updated_at = now
    touch(notice.page_id)


@transaction.atomic
def set_alerts(notice: Notice, alerts: Iterable[Alert]) -> None:
    """Say which alerts the notice speaks of. The public never sees it."""
    notice.alerts.set(alerts)


def components_of(alert: Alert, page: StatusPage) -> list[Component]:
    """Return what the alert's route is tied to on that page: the beginning of a notice about it."""
    if alert.route_id is None:
        return []
    return list(Component.objects.filter(page=page, routes=alert.route_id).order_by("position", "pk"))


@transaction.atomic
def open_for_alert(alert: Alert, page: StatusPage, draft: Draft, *, by: User, now: datetime) -> Notice:
    """Open an incident that speaks of an alert; without components those of the alert's route. Raises Invalid.

    Nothing of the alert is copied: the words for the public are the draft's."""
    chosen = draft.components
    if chosen is None:
        chosen = [one.pk for one in components_of(alert, page)]
    whole = Draft(draft.subject, draft.state, draft.comment, draft.audience, chosen, draft.tags)
    notice = create_notice(page, Notice.Type.UNPLANNED, whole, by=by, now=now)
    notice.alerts.add(alert)
    return notice


def to_resolve_with(alert: Alert) -> list[Notice]:
    """Return the open notices that speak of an alert and of no other that is still going on."""
    found = alert.notices.exclude(state__in=CLOSED).select_related("page")
    return [one for one in found if not one.alerts.exclude(status__in=Alert.ENDED).exclude(pk=alert.pk).exists()]


def _locked(notice: Notice, now: datetime) -> Notice:
    """Lock the row and let it catch up with its schedule."""
    row = Notice.objects.select_for_update(of=("self",)).select_related("page").get(pk=notice.pk)
    moved = False
    while (state := states.next_state(row.state, selectors.plan_of(row), now)) is not None:
        before = row.state
        _put(row, states.move(selectors.course_of(row), state, now))
        told = Audience.AFFECTED if row.published_at else Audience.NOBODY
        _note(row, None, told, before, now=now)
        moved = True
    if moved:
        row.updated_at = now
        row.save()
        touch(row.page_id)
    return row


def _put(notice: Notice, course: Course) -> None:
    notice.state, notice.began_at, notice.ended_at = course.state, course.began_at, course.ended_at
    notice.due_at = states.due_at(course.state, selectors.plan_of(notice))


def _check_state(type_: str, state: str) -> None:
    if state not in states.STATES[type_]:
        raise Invalid(INVALID, field="state")


def _rewrite(notice: Notice, draft: Draft, now: datetime) -> bool:
    changed = False
    if draft.subject is not None and draft.subject != notice.subject:
        NoticeLink.objects.create(notice=notice, token=notice.token, replaced_at=now)
        notice.subject, notice.slug, notice.token = draft.subject, links.slug(draft.subject), links.new_token()
        changed = True
    if draft.tags is not None and draft.tags != notice.tags:
        notice.tags = draft.tags
        changed = True
    return changed


def _replan(notice: Notice, draft: Draft) -> bool:
    if notice.type != Notice.Type.PLANNED:
        return False
    before = (notice.begins_at, notice.ends_at, notice.automated)
    if not draft.plan.is_empty:
        notice.begins_at, notice.ends_at = _replanned(notice.begins_at, notice.ends_at, draft.plan)
    if draft.automated is not None:
        notice.automated = draft.automated
    return before != (notice.begins_at, notice.ends_at, notice.automated)


def _replanned(begins_at: datetime | None, ends_at: datetime | None, parts: Parts) -> tuple[datetime, datetime]:
    try:
        return schedule.replan(begins_at, ends_at, parts)
    except (ValueError, OverflowError) as error:
        raise Invalid(INVALID, field="ends_at" if parts.ends_at else "begins_at_date") from error


def _components(page: StatusPage, pks: Iterable[int]) -> list[int]:
    wanted = list(dict.fromkeys(pks))
    known = set(Component.objects.filter(page=page, pk__in=wanted).values_list("pk", flat=True))
    if unknown := [pk for pk in wanted if pk not in known]:
        raise Invalid(f"{INVALID}: {', '.join(map(str, unknown))}", field="component_ids")
    return wanted


def _comment(notice: Notice, draft: Draft, by: User | None, now: datetime) -> NoticeUpdate | None:
    if not draft.comment.strip():
        return None
    return NoticeUpdate.objects.create(
        notice=notice,
        content=draft.comment,
        state=notice.state,
        should_publish=draft.audience != Audience.NOBODY,
        author=by,
        created_at=now,
        updated_at=now,
    )


def _note(
    notice: Notice, update: NoticeUpdate | None, audience: str, before: str, *, now: datetime, by: User | None = None
) -> NoticeChange:
    """Write down a change; with an audience it is to be told at once."""
    tells = audience != Audience.NOBODY
    if tells and notice.published_at is None:
        notice.published_at = now
        Notice.objects.filter(pk=notice.pk).update(published_at=now)
    return NoticeChange.objects.create(
        notice=notice,
        update=update,
        at=now,
        state=notice.state,
        previous_state=before,
        automatic=by is None,
        by=by,
        audience=audience,
        announce_at=now if tells else None,
    )
