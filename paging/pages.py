"""Accept a request for somebody's attention, and later do what it asks for (seed 000).

Accepted means stored: the row is committed before the answer, together with the task that processes it. Should the
task be lost, the clock finds the row; should both come, the second finds that it is done.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django_q.tasks import async_task

from alerts import services
from alerts.models import Alert, Source
from base.batches import work
from base.errors import Invalid
from base.ids import new_ulid
from oncall.models import Team, User
from oncall.selectors import team_plan
from paging import page_requests
from paging.models import Moment, MomentDoor, Page
from paging.page_requests import Wanted

logger = logging.getLogger(__name__)
Kind, Outcome = Page.Kind, Page.Outcome
LOST_AFTER = timedelta(seconds=2)  # a task that has not come by then is made up for
AT_ONCE = 10
PUSHED_AWAY_FOR = timedelta(seconds=5), timedelta(minutes=5)  # at least and at most
SHOWN = 255


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a request."""

    errors: Sequence[str] = ()
    message_id: str | None = None
    alert: Alert | None = None


@transaction.atomic
def accept(
    kind: Page.Kind, body: str, *, by: User | None, now: datetime, team: Team | None = None, integration: str = ""
) -> Page:
    """Store a request whose JSON can be read, and hand it to a worker in the same transaction."""
    page = Page.objects.create(
        kind=kind,
        body=body,
        user=by,
        team=team,
        integration=integration[:50],
        created_at=now,
        due_at=now + LOST_AFTER,
    )
    async_task("paging.tasks.process_page", page.pk)
    return page


@transaction.atomic
def process(pk: int, *, now: datetime) -> bool:
    """Do what a request asks for; False when that was done before, or is being done by somebody else."""
    rows = Page.objects.filter(pk=pk, outcome=Outcome.PENDING).select_related("user", "team")
    page = rows.select_for_update(skip_locked=True, of=("self",)).first()
    if page is None:
        return False
    _process(page, now)
    return True


def process_due(now: datetime) -> int:
    """Process what no task has come for; return how many requests were due."""
    due = Page.objects.filter(due_at__lte=now).order_by("due_at", "pk").select_related("user", "team")
    if not due.exists():
        return 0
    return work(
        lambda: list(due.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE]),
        lambda rows: _process_all(rows, now),
        lambda row, _error: _push(row, now),
    )


def team_of(token: str) -> Team | None:
    """Return the team whose door for moments has this token."""
    door = MomentDoor.objects.select_related("team").filter(token=token).first()
    return door.team if door else None


def _process_all(rows: Iterable[Page], now: datetime) -> None:
    for row in rows:
        _process(row, now)


def _push(page: Page, now: datetime) -> None:
    least, most = PUSHED_AWAY_FOR
    delay = min(most, least * 2 ** min(page.failures, 10))
    Page.objects.filter(pk=page.pk).update(due_at=now + delay, failures=page.failures + 1)


def _process(page: Page, now: datetime) -> None:
    done = _moment(page, now) if page.kind == Kind.MOMENT else _page(page, now)
    asked = done.alert.assignments.order_by("pk").values_list("user__email", flat=True) if done.alert else ()
    Page.objects.filter(pk=page.pk).update(
        outcome=Outcome.FAILED if done.errors else Outcome.ACCEPTED,
        errors=list(done.errors),
        message_id=done.message_id,
        alert=done.alert,
        asked=list(asked),
        processed_at=now,
        due_at=None,
    )


def _page(page: Page, now: datetime) -> Done:
    wanted, errors = page_requests.read_page(page_requests.parse(page.body))
    recipient: User | Team | None = None
    if wanted.recipient:
        try:
            recipient = _team(wanted.recipient) if page.kind == Kind.TEAM else _person(wanted.recipient)
            if isinstance(recipient, Team):
                team_plan(recipient, now)
        except Invalid as error:
            errors.append(error.message)
    if errors or recipient is None:
        return Done(errors)
    alert = _ask_team(page, wanted, recipient, now) if isinstance(recipient, Team) else None
    if alert is None and isinstance(recipient, Team):
        return Done([f"Team {recipient.slug} has nobody on call"])
    alert = alert or _ask(page, wanted, f"usr_{recipient.public_id}", now)
    return Done(message_id=f"page_{new_ulid(now)}", alert=alert)


def _person(recipient: str) -> User:
    """Return whom the address belongs to: only active people are paged."""
    user = User.objects.filter(email__iexact=recipient, is_active=True).first()
    if user is None:
        raise Invalid(f"No user found with email {recipient[:SHOWN]}")
    if not user.may_be_asked:
        raise Invalid(f"{user.email} may not be paged: a {user.role} only reads")
    return user


def _team(recipient: str) -> Team:
    related = ("escalation_chain", "schedule", "backstop")
    team = Team.objects.select_related(*related).filter(slug__iexact=recipient).first()
    if team is None:
        raise Invalid(f"No team found with slug {recipient[:SHOWN]}")
    return team


def _ask_team(page: Page, wanted: Wanted, team: Team, now: datetime) -> Alert | None:
    """Follow the team's plan; where that asks nobody at all, its backstop. None: there is nobody."""
    point = transaction.savepoint()
    alert = _ask(page, wanted, f"tem_{team.public_id}", now)
    if alert.status != Alert.Status.DROPPED or alert.assignments.exists():
        transaction.savepoint_commit(point)
        return alert
    transaction.savepoint_rollback(point)
    if team.backstop is None or not team.backstop.may_be_asked:
        return None
    return _ask(page, wanted, f"usr_{team.backstop.public_id}", now, team=team)


def _ask(page: Page, wanted: Wanted, destination: str, now: datetime, **fields: Any) -> Alert:
    alert, _ = services.create_alert(
        title=wanted.title,
        description=wanted.text,
        destinations=[destination],
        by=page.user,
        source=Source.HOTPOT_API,
        now=now,
        subtype=Alert.Subtype.PAGE,
        urgency=wanted.urgency,
        source_url=wanted.source_url,
        **fields,
    )
    return alert


def _moment(page: Page, now: datetime) -> Done:
    payload = page_requests.parse(page.body)
    happened, errors = page_requests.read_moment(payload, foreign=bool(page.integration), now=page.created_at)
    if page.team is None:
        errors.append("The team is not there any more")
    if errors or page.team is None:
        return Done(errors)
    Moment.objects.create(
        team=page.team,
        page=page,
        name=happened.name,
        type=happened.type,
        description=happened.description,
        priority=happened.priority,
        source=happened.source,
        source_url=happened.source_url,
        occurred_at=happened.occurred_at or page.created_at,
        created_at=now,
    )
    return Done(message_id=f"moment_{new_ulid(now)}")
