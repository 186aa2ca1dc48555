"""What paging adds to an alert's page: messages in the timeline, and those still to come."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest

from alerts.admin.alerts import AlertAdmin, Line
from alerts.forecast import Next
from alerts.models import Alert
from paging.models import Attempt, Notification

Status = Notification.Status
CHANNELS = {"email": "E-mail", "sms": "SMS", "voice": "Phone call", "msteams": "Microsoft Teams", "ntfy": "ntfy"}

admin.site.unregister(Alert)


@admin.register(Alert)
class PagedAlertAdmin(AlertAdmin):
    """An alert with its messages."""

    def lines(self, request: HttpRequest, alert: Alert) -> list[Line]:
        rows = alert.notifications.select_related("user").order_by("pk")
        tried = rows.prefetch_related(Prefetch("attempts", Attempt.objects.order_by("pk")), "replies__user")
        told = [line for row in tried for line in _told(row)]
        return [*super().lines(request, alert), *told]

    def coming(self, alert: Alert, now: datetime) -> list[Next]:
        rows = alert.notifications.filter(status=Status.PENDING).select_related("user")
        fresh = [row for row in rows if row.run is None or row.run == alert.run]
        return [Next(row.due_at, f"{channel_word(row.channel)} to {row.user or row.address}") for row in fresh]


def _told(row: Notification) -> list[Line]:
    to = f"{channel_word(row.channel)} to {row.user or row.address}"
    lines = [
        Line(try_.at, f"told_{try_.outcome}", f"{to}: {try_.get_outcome_display().lower()}", detail=_answer(try_))
        for try_ in row.attempts.all()
    ]
    if row.delivered_at:
        lines.append(Line(row.delivered_at, "told_sent", f"{to}: arrived, that is certain"))
    if row.status in (Status.SKIPPED, Status.STALE):
        at = row.sent_at or row.created_at
        lines.append(Line(at, "told_stale", f"{to}: {row.get_status_display().lower()}", detail=row.error))
    lines += [
        Line(reply.at, "reply", f"{reply.user} replied: {reply.verb}", by=reply.get_via_display(), detail=reply.answer)
        for reply in row.replies.all()
    ]
    return lines


def _answer(try_: Attempt) -> str:
    return ": ".join(part for part in (try_.provider, try_.answer) if part)


def channel_word(channel: str) -> str:
    """Return what people call a channel."""
    return CHANNELS.get(channel, channel.capitalize())
