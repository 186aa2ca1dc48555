"""How often one person is rung: a storm is told in one message, and beyond the cap one message says how many more.

Both hold for texts, calls and push alone. The first message is never delayed; what is left out is in the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from alerts.models import LogEntry
from paging.messages import BUNDLE
from paging.models import Notification
from paging.quiet import RINGING

Status, Purpose = Notification.Status, Notification.Purpose
HOUR = timedelta(hours=1)
MORE_AFTER = timedelta(minutes=1)  # the one message that tells how many more there were
CAPPED = "More than {cap} messages an hour."
Key = tuple[int, str]  # person, channel


@dataclass(slots=True)
class Sifted:
    """What becomes of due messages."""

    send: list[Notification] = field(default_factory=list)
    held: dict[datetime, list[int]] = field(default_factory=lambda: defaultdict(list))
    bundled: list[int] = field(default_factory=list)
    capped: list[int] = field(default_factory=list)
    carriers: list[Notification] = field(default_factory=list)
    more: list[Notification] = field(default_factory=list)
    log: list[LogEntry] = field(default_factory=list)


def sift(rows: Sequence[Notification], now: datetime) -> list[Notification]:
    """Return what is sent now; hold, bundle or leave out the rest. The caller's transaction holds the rows."""
    groups: dict[Key, list[Notification]] = defaultdict(list)
    sifted = Sifted()
    for row in rows:
        if _is_limited(row):
            groups[row.user_id or 0, row.channel].append(row)
        else:
            sifted.send.append(row)
    told = _told(groups, now)
    for key, group in groups.items():
        _sift(group, told[key], sifted, now)
    _write(sifted)
    return sifted.send


def free(rows: Iterable[Notification], now: datetime) -> None:
    """Let the messages go by themselves for which one of these stood that did not go."""
    pks = [pk for row in rows for pk in (row.content or {}).get(BUNDLE, [])]
    if pks:
        waiting = Notification.objects.filter(pk__in=pks, status=Status.SKIPPED)
        waiting.update(status=Status.PENDING, due_at=now, error="")


def _is_limited(row: Notification) -> bool:
    """A message that was tried before counts already, and so does the one that stands for others."""
    fresh = row.attempts_count == 0 and not (row.content or {}).get(BUNDLE)
    return fresh and row.channel in RINGING and row.purpose == Purpose.PAGE and row.user_id is not None


def _told(groups: Iterable[Key], now: datetime) -> dict[Key, list[datetime]]:
    """Return when each person was rung by each channel within the last hour; what is on its way counts as now."""
    told: dict[Key, list[datetime]] = defaultdict(list)
    keys = list(groups)
    if not keys:
        return told
    on_its_way = Q(status=Status.PENDING) & ~Q(lease_owner="")
    rows = Notification.objects.filter(
        Q(sent_at__gt=now - HOUR) | on_its_way,
        user__in={user for user, _ in keys},
        channel__in={channel for _, channel in keys},
        purpose=Purpose.PAGE,
    )
    for user, channel, sent_at in rows.values_list("user_id", "channel", "sent_at"):
        told[user or 0, channel].append(sent_at or now)
    return told


def _sift(group: list[Notification], told: list[datetime], sifted: Sifted, now: datetime) -> None:
    window = timedelta(seconds=settings.BUNDLE_SECONDS)
    cap, last = settings.MESSAGES_PER_HOUR, max(told, default=None)
    if cap and len(told) >= cap:
        _leave_out(group, sifted, now, cap)
    elif not window:
        sifted.send += group
    elif last is not None and now - last < window:
        sifted.held[last + window] += [row.pk for row in group]
    elif last is not None and now - last < 2 * window:
        _bundle(group, sifted, now)
    else:
        sifted.send.append(group[0])
        sifted.held[now + window] += [row.pk for row in group[1:]]


def _bundle(group: list[Notification], sifted: Sifted, now: datetime) -> None:
    """Send the first for all of them."""
    first, others = group[0], group[1:]
    sifted.send.append(first)
    if not others:
        return
    first.content = {BUNDLE: [row.pk for row in others]}
    sifted.carriers.append(first)
    sifted.bundled += [row.pk for row in others]
    text = f"{first.user} is told of {len(group)} alerts by one message: {first.channel} to {first.address}."
    detail = {"bundle": first.pk, "alerts": len(group)}
    sifted.log += [_line(row, text, {**detail, "notification": row.pk}, now) for row in group]


def _leave_out(group: list[Notification], sifted: Sifted, now: datetime, cap: int) -> None:
    sifted.capped += [row.pk for row in group]
    for row in group:
        text = f"{row.user} has had {cap} messages by {row.channel} within an hour: this one is left out."
        sifted.log.append(_line(row, text, {"capped": cap, "notification": row.pk}, now))
    row = group[0]
    sifted.more.append(
        Notification(
            alert_id=row.alert_id,
            user_id=row.user_id,
            contact_method_id=row.contact_method_id,
            purpose=Purpose.MORE,
            channel=row.channel,
            address=row.address,
            dedup=f"more:{row.user_id}:{row.channel}:{int(now.timestamp()) // 3600}",
            due_at=now + MORE_AFTER,
            created_at=now,
        )
    )


def _line(row: Notification, text: str, detail: dict[str, object], now: datetime) -> LogEntry:
    run = row.run or 1
    return LogEntry(alert_id=row.alert_id or 0, at=now, kind=LogEntry.Kind.NOTE, run=run, text=text, detail=detail)


def _write(sifted: Sifted) -> None:
    for due_at, pks in sifted.held.items():
        Notification.objects.filter(pk__in=pks).update(due_at=due_at)
    ended = {"status": Status.SKIPPED, "due_at": None, "lease_owner": ""}
    if sifted.bundled:
        Notification.objects.filter(pk__in=sifted.bundled).update(error="Told together with others.", **ended)
    if sifted.capped:
        error = CAPPED.format(cap=settings.MESSAGES_PER_HOUR)
        Notification.objects.filter(pk__in=sifted.capped).update(error=error, **ended)
    Notification.objects.bulk_update(sifted.carriers, ["content"])
    Notification.objects.bulk_create(sifted.more, ignore_conflicts=True)
    LogEntry.objects.bulk_create(sifted.log)
