"""What notices owe to the clock: planned work that begins and ends, and subscribers who are to hear of a change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from base import batches
from base.batches import BatchSize
from statuspage.models import Notice, NoticeChange, Publication, Subscriber
from statuspage.models.subscribers import ADDRESS_FIELDS
from statuspage.services import audience, notices

TARGET = timedelta(milliseconds=50)
PLANS = BatchSize(target=TARGET, most=100)
TOLD = BatchSize(target=TARGET, most=500)
PUSHED_AWAY_FOR = timedelta(seconds=30)
REACHED_BY = ("email", "webhook", "slack", "msteams", "google_chat")


def move_due(now: datetime) -> int:
    """Let planned notices begin and end, one batch in one transaction; return how many were due."""
    if not Notice.objects.filter(due_at__lte=now).exists():
        return 0
    with PLANS.measured() as limit:
        rows = Notice.objects.filter(due_at__lte=now).order_by("due_at", "pk")
        done = batches.work(
            lambda: list(rows.select_for_update(skip_locked=True)[:limit]),
            partial(_move, now=now),
            lambda row, error: _push(Notice, row.pk, now),
        )
        return PLANS.did(done)


def _move(rows: Sequence[Notice], *, now: datetime) -> None:
    for row in rows:
        notices.move_on(row, now=now)


def announce_due(now: datetime) -> int:
    """Write the publications of the oldest due change, so many as fit into a tick; return how many were written."""
    if not NoticeChange.objects.filter(announce_at__lte=now).exists():
        return 0
    with TOLD.measured() as limit:
        rows = NoticeChange.objects.filter(announce_at__lte=now).order_by("announce_at", "pk")
        rows = rows.select_related("notice__page").select_for_update(skip_locked=True, of=("self",))
        told: list[int] = []
        done = batches.work(
            lambda: list(rows[:1]),
            lambda changes: told.extend(_announce(change, limit, now) for change in changes),
            lambda row, error: _push(NoticeChange, row.pk, now),
        )
        TOLD.did(sum(told))
        return done


def _announce(change: NoticeChange, limit: int, now: datetime) -> int:
    notice = change.notice
    named = notice.components.values_list("pk", flat=True)
    rows = audience.followers(notice.page, named, change.audience).filter(pk__gt=change.cursor).order_by("pk")
    found = list(rows[:limit])
    made = [one for row in found for one in _publications(change, row, now)]
    Publication.objects.bulk_create(made, ignore_conflicts=True)
    change.told += len(made)
    if found:
        change.cursor = found[-1].pk
    if len(found) < limit:
        change.announce_at = None
    change.save(update_fields=["cursor", "told", "announce_at"])
    return len(found)


def _publications(change: NoticeChange, row: Subscriber, now: datetime) -> Iterable[Publication]:
    for channel in REACHED_BY:
        if address := getattr(row, ADDRESS_FIELDS[channel]):
            yield Publication(
                page=change.notice.page,
                change=change,
                subscriber=row,
                channel=channel,
                address=address,
                dedup=f"c{change.pk}:s{row.pk}:{channel}",
                due_at=now,
                created_at=now,
            )


def _push(model: type[Notice] | type[NoticeChange], pk: int, now: datetime) -> None:
    """Try a row that spoils its batch again later."""
    column = "due_at" if model is Notice else "announce_at"
    model.objects.filter(pk=pk).update(**{column: now + PUSHED_AWAY_FOR})
