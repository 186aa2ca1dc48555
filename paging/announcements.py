"""News that others must hear: log lines with a clock become notifications."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from alerts.models import LogEntry
from base.batches import BatchSize, work
from oncall.models import ContactMethod, NotificationRule, Organization, User, Webhook
from paging import news, reach, triggers
from paging.channels import registry
from paging.models import Attempt, Notification

BATCH = BatchSize(target=timedelta(milliseconds=50), most=200)
PUSHED_AWAY_FOR = timedelta(seconds=30), timedelta(hours=1)  # at least and at most


def announce_due(now: datetime) -> int:
    """Turn due announcements into notifications, one batch in one transaction; return how many were due."""
    if not LogEntry.objects.filter(announce_at__lte=now).exists():
        return 0
    with BATCH.measured() as limit:
        done = work(
            lambda: _claim(now, limit), lambda rows: _announce(rows, now), lambda row, error: _push(row, error, now)
        )
        return BATCH.did(done)


def _claim(now: datetime, limit: int) -> list[LogEntry]:
    due = LogEntry.objects.filter(announce_at__lte=now).order_by("announce_at", "pk")
    due = due.select_related("alert__integration", "alert__team")
    return list(due.select_for_update(skip_locked=True, of=("self",))[:limit])


def _announce(rows: Sequence[LogEntry], now: datetime) -> None:
    calls = [row for row in rows if row.kind == LogEntry.Kind.WEBHOOK]
    dropped = news.to_last_resort(rows)
    notifications, log = _calls(calls, now) if calls else ([], [])
    notifications += triggers.calls(rows, now)
    _forget([row.alert_id for row in rows if row.kind == LogEntry.Kind.WIPED])
    if dropped:
        mails, unheard = _last_resort(dropped, now)
        notifications, log = notifications + mails, log + unheard
    if reminded := [row for row in rows if row.kind == LogEntry.Kind.REMINDED]:
        mails, unheard = _reminders(reminded, now)
        notifications, log = notifications + mails, log + unheard
    told, untold = news.fan_out(rows, now)
    notifications, log = notifications + told, log + untold
    Notification.objects.bulk_create(notifications, ignore_conflicts=True)
    LogEntry.objects.bulk_create(log)
    LogEntry.objects.filter(pk__in=[row.pk for row in rows]).update(announce_at=None)


def _forget(alerts: Sequence[int]) -> None:
    """Delete what was said about alerts that are wiped."""
    if alerts:
        told = Notification.objects.filter(alert__in=alerts)
        told.update(content=None)
        Attempt.objects.filter(notification__in=told).update(answer="")


def _calls(rows: Sequence[LogEntry], now: datetime) -> tuple[list[Notification], list[LogEntry]]:
    found = Webhook.objects.in_bulk([row.detail.get("webhook") for row in rows if row.detail.get("webhook")])
    notifications, log = [], []
    for row in rows:
        webhook = found.get(row.detail.get("webhook") or 0)
        if webhook is None or webhook.deleted_at or not webhook.enabled:
            text = f"Webhook {webhook} is switched off." if webhook else "The webhook is not there any more."
            log.append(_line(row, LogEntry.Kind.STEP_FAILED, text, now))
            continue
        notifications.append(triggers.call(row, webhook, now))
    return notifications, log


def _last_resort(rows: Sequence[LogEntry], now: datetime) -> tuple[list[Notification], list[LogEntry]]:
    people = list(Organization.load().last_resort.filter(is_active=True).order_by("pk"))
    addresses = _addresses(people)
    notifications, log = [], []
    for row in rows:
        if not any(addresses[person.pk] for person in people):
            text = "Nobody on the list of last resort can be reached."
            log.append(_line(row, LogEntry.Kind.UNREACHABLE, text, now))
        for person in people:
            notifications += [_news(row, person, address, now) for address in addresses[person.pk]]
    return notifications, log


def _reminders(rows: Sequence[LogEntry], now: datetime) -> tuple[list[Notification], list[LogEntry]]:
    """Tell each holder by the first of their default rules."""
    people = User.objects.in_bulk([row.detail.get("user") for row in rows])
    methods = NotificationRule.objects.filter(user__in=people).order_by("position", "pk")
    rules: dict[int, list[NotificationRule]] = defaultdict(list)
    for rule in methods:
        rules[rule.user_id].append(rule)
    ways: dict[int, list[ContactMethod]] = defaultdict(list)
    for method in ContactMethod.objects.filter(user__in=people).order_by("pk"):
        ways[method.user_id].append(method)
    channels = registry.person_channels()
    notifications, log = [], []
    for row in rows:
        person = people[row.detail["user"]]
        found = reach.plan(
            str(person), rules=rules[person.pk], methods=ways[person.pk], channels=channels, important=False
        )
        soonest = min((each.offset for each in found.planned), default=None)
        log += [_line(row, finding.kind, finding.text, now) for finding in found.findings]
        notifications += [
            _news(row, person, (each.channel, each.address, each.contact_method_id), now)
            for each in found.planned
            if each.offset == soonest
        ]
    return notifications, log


def _addresses(people: Iterable[User]) -> dict[int, list[tuple[str, str, int | None]]]:
    """Return every way to each person: who is the last resort is told by all of them."""
    methods: dict[int, list[ContactMethod]] = defaultdict(list)
    for method in ContactMethod.objects.filter(user__in=people).order_by("pk"):
        methods[method.user_id].append(method)
    channels = registry.person_channels()
    return {person.pk: reach.usable(methods[person.pk], channels) for person in people}


def _news(row: LogEntry, person: User, address: tuple[str, str, int | None], now: datetime) -> Notification:
    channel, target, method_pk = address
    return Notification(
        alert_id=row.alert_id,
        log_entry=row,
        user=person,
        contact_method_id=method_pk,
        purpose=Notification.Purpose.NEWS,
        reason=news.LAST_RESORT,
        channel=channel,
        address=target,
        important=True,
        dedup=f"l{row.pk}:m{method_pk}",
        due_at=now,
        created_at=now,
    )


def _line(row: LogEntry, kind: str, text: str, now: datetime) -> LogEntry:
    return LogEntry(alert_id=row.alert_id, at=now, kind=kind, run=row.run, text=text, detail={"log": row.pk})


def _push(row: LogEntry, error: Exception, now: datetime) -> None:
    least, most = PUSHED_AWAY_FOR
    LogEntry.objects.filter(pk=row.pk).update(announce_at=now + min(most, max(least, now - row.at)))
    text = f"This could not be told: {type(error).__name__}: {error}"[:500]
    LogEntry.objects.bulk_create([_line(row, LogEntry.Kind.STEP_FAILED, text, now)])
