"""Requests for somebody's attention as they came in, and what teams were told of their time on call."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from alerts.admin.records import alert_link
from oncall.admin.common import Console, ReadOnlyConsole, is_admin, may_edit
from oncall.admin.words import EMPTY, badge, time_tag
from paging.models import Moment, MomentDoor, Page

STATES = {"pending": "silenced", "accepted": "resolved", "failed": "open"}


@admin.register(Page)
class PageAdmin(ReadOnlyConsole):
    list_display = ("received", "kind", "state", "user", "of_alert", "problems")
    list_filter = ("outcome", "kind")
    list_select_related = ("user", "alert")
    search_fields = ("request_id", "message_id", "user__email", "alert__title")
    date_hierarchy = "created_at"
    fields = (
        "request_id",
        ("kind", "user"),
        ("state", "of_alert"),
        ("received", "processed"),
        "problems",
        "people",
        "body",
    )
    readonly_fields = ("request_id", "kind", "user", "state", "of_alert", "received", "processed", "problems", "people")

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return (
            rows.defer("body") if request.resolver_match and "object_id" not in request.resolver_match.kwargs else rows
        )

    @display(description="received", ordering="created_at")
    def received(self, row: Page) -> str:
        return time_tag(row.created_at)

    @display(description="processed", ordering="processed_at")
    def processed(self, row: Page) -> str:
        return time_tag(row.processed_at)

    @display(description="state", ordering="outcome")
    def state(self, row: Page) -> str:
        return badge(STATES[row.outcome], row.get_outcome_display())

    @display(description="alert", ordering="alert")
    def of_alert(self, row: Page) -> str:
        return alert_link(row.alert)

    @display(description="problems")
    def problems(self, row: Page) -> str:
        return "; ".join(row.errors) or EMPTY

    @display(description="asked first")
    def people(self, row: Page) -> str:
        return ", ".join(row.asked) or EMPTY


@admin.register(Moment)
class MomentAdmin(ReadOnlyConsole):
    list_display = ("happened", "name", "type", "priority", "team")
    list_filter = ("type", "priority", "team")
    list_select_related = ("team",)
    search_fields = ("name", "description")
    date_hierarchy = "occurred_at"
    fields = (("name", "team"), ("type", "priority"), "happened", "description", ("source", "source_url"))
    readonly_fields = ("happened",)

    @display(description="happened", ordering="occurred_at")
    def happened(self, row: Moment) -> str:
        return time_tag(row.occurred_at)


@admin.register(MomentDoor)
class MomentDoorAdmin(Console):
    list_display = ("team", "address")
    list_select_related = ("team",)
    search_fields = ("team__name", "team__slug")
    autocomplete_fields = ("team",)
    fields = ("team", "address")
    readonly_fields = ("address",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admin(request) or may_edit(request)  # whoever knows the address may post

    @display(description="address")
    def address(self, row: MomentDoor) -> str:
        return f"{settings.TOCSIN_BASE_URL}/moment/{row.token}" if row.pk else EMPTY
