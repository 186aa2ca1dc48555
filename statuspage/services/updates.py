"""Comments under a notice that do not change its state."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from oncall.models import User
from statuspage.models import Notice, NoticeUpdate, Publication
from statuspage.services.notices import Audience, Draft, touch_notice, update_notice


@transaction.atomic
def add_update(notice: Notice, content: str, *, audience: str, by: User | None, now: datetime) -> NoticeUpdate:
    """Comment on a notice and tell the audience; `content` is not blank."""
    row = update_notice(notice, Draft(comment=content, audience=audience), by=by, now=now)
    newest: NoticeUpdate = row.updates.order_by("-pk")[0]
    return newest


@transaction.atomic
def edit_update(update: NoticeUpdate, content: str | None, *, now: datetime) -> NoticeUpdate:
    """Correct the words; who was told is not told again."""
    if content is None or content == update.content:
        return update
    update.content, update.updated_at = content, now
    update.save(update_fields=["content", "updated_at"])
    touch_notice(update.notice, now=now)
    return update


@transaction.atomic
def delete_update(update: NoticeUpdate, *, now: datetime) -> None:
    """Delete a comment; who has not been told of it yet never is."""
    notice = update.notice
    notice.changes.filter(update=update, announce_at__isnull=False, audience=Audience.AFFECTED).update(
        announce_at=None, audience=Audience.NOBODY
    )
    pending = Publication.objects.filter(change__update=update, status=Publication.Status.PENDING)
    pending.update(status=Publication.Status.STALE, due_at=None, lease_owner="")
    update.delete()
    touch_notice(notice, now=now)
