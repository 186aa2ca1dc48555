"""Notifications, tries and replies: read only. A message's content is for admins and for whom it was written."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from alerts.admin.records import alert_link
from oncall.admin.common import ReadOnly, ReadOnlyConsole, Table, is_admin
from oncall.admin.words import EMPTY, badge, time_tag
from paging.admin.alerts import channel_word
from paging.models import Attempt, Notification, Reply

STATES = {
    "pending": "silenced",
    "sent": "resolved",
    "kept": "acknowledged",
    "failed": "open",
    "unknown": "acknowledged",
    "stale": "archived",
    "skipped": "archived",
}
ADDRESS = re.compile(r"(https?://[^\s<>\"]+)")


class AttemptTable(ReadOnly, Table):
    """Every try, with the provider's answer."""

    model = Attempt
    fields = readonly_fields = ("number", "tried", "outcome", "provider", "answer", "lasted")
    can_delete = False

    @display(description="at")
    def tried(self, row: Attempt) -> str:
        return time_tag(row.at)

    @display(description="took")
    def lasted(self, row: Attempt) -> str:
        return EMPTY if row.took is None else f"{row.took.total_seconds() * 1000:.0f} ms"


class ReplyTable(ReadOnly, Table):
    """What the person answered."""

    model = Reply
    fields = readonly_fields = ("user", "verb", "via", "replied", "took_effect", "answer")
    can_delete = False

    @display(description="at")
    def replied(self, row: Reply) -> str:
        return time_tag(row.at)


@admin.register(Notification)
class NotificationAdmin(ReadOnlyConsole):
    list_display = ("state", "to", "channel_name", "purpose", "of_alert", "due", "sent", "tries", "problem")
    list_display_links = ("state", "to")
    list_filter = ("status", "channel", "purpose", "important")
    list_select_related = ("alert", "user")
    search_fields = ("address", "user__email", "user__name", "alert__title")
    date_hierarchy = "created_at"
    inlines = (AttemptTable, ReplyTable)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        facts = ("to", "of_alert", ("channel_name", "purpose"), ("state", "importance"), ("due", "sent"), "problem")
        return (*facts, "subject", "message") if self._may_read(request, obj) else facts

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("to", "of_alert", "channel_name", "state", "importance", "due", "sent", "problem", "subject", "message")

    def _may_read(self, request: HttpRequest, obj: Any) -> bool:
        # The link in a message acts as the person it was written to.
        return obj is not None and (is_admin(request) or obj.user_id == request.user.pk)

    @display(description="state", ordering="status")
    def state(self, row: Notification) -> str:
        return badge(STATES[row.status], row.get_status_display())

    @display(description="channel", ordering="channel")
    def channel_name(self, row: Notification) -> str:
        return channel_word(row.channel)

    @display(description="importance", ordering="important")
    def importance(self, row: Notification) -> str:
        return "Important" if row.important else "Normal"

    @display(description="to", ordering="user")
    def to(self, row: Notification) -> str:
        return f"{row.user}, {row.address}" if row.user else row.address

    @display(description="alert", ordering="alert")
    def of_alert(self, row: Notification) -> str:
        return alert_link(row.alert)

    @display(description="due", ordering="due_at")
    def due(self, row: Notification) -> str:
        return time_tag(row.due_at)

    @display(description="sent or kept", ordering="sent_at")
    def sent(self, row: Notification) -> str:
        return time_tag(row.sent_at)

    @display(description="tries", ordering="attempts_count")
    def tries(self, row: Notification) -> int:
        return row.attempts_count

    @display(description="problem", ordering="error")
    def problem(self, row: Notification) -> str:
        return row.error or EMPTY

    def subject(self, row: Notification) -> str:
        return str((row.content or {}).get("subject", EMPTY))

    def message(self, row: Notification) -> str:
        return clickable(str((row.content or {}).get("text", "")))


def clickable(text: str) -> SafeString:
    """Return a message's text as it is, its addresses as links."""
    parts = ADDRESS.split(text)
    pieces = (
        (format_html('<a class="t-link" href="{0}" rel="noreferrer">{0}</a>', part) if index % 2 else part,)
        for index, part in enumerate(parts)
    )
    return format_html('<div class="t-message">{}</div>', format_html_join("", "{}", pieces))


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyConsole):
    list_display = ("tried", "notification", "number", "outcome", "provider", "answer")
    list_filter = ("outcome", "provider")
    list_select_related = ("notification",)
    search_fields = ("notification__address", "answer")
    date_hierarchy = "at"
    fields = readonly_fields = ("notification", "number", "tried", "outcome", "provider", "answer", "took")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("notification__content")

    @display(description="at", ordering="at")
    def tried(self, row: Attempt) -> str:
        return time_tag(row.at)


@admin.register(Reply)
class ReplyAdmin(ReadOnlyConsole):
    list_display = ("replied", "user", "verb", "via", "took_effect", "of_alert", "answer")
    list_filter = ("verb", "via", "took_effect")
    list_select_related = ("user", "notification__alert")
    search_fields = ("user__email", "user__username", "notification__alert__title")
    date_hierarchy = "at"
    fields = readonly_fields = ("replied", "user", "verb", "via", "took_effect", "of_alert", "answer")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("notification__content")

    @display(description="at", ordering="at")
    def replied(self, row: Reply) -> str:
        return time_tag(row.at)

    @display(description="alert")
    def of_alert(self, row: Reply) -> str:
        return alert_link(row.notification.alert)
