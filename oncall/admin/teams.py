"""Teams, user groups and the installation."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from oncall.admin.common import Console
from oncall.admin.words import EMPTY, badge
from oncall.models import Organization, Team, UserGroup


@admin.register(Team)
class TeamAdmin(Console):
    list_display = ("name", "slug", "member_names", "escalation_chain", "schedule", "backstop")
    list_select_related = ("escalation_chain", "schedule", "backstop")
    search_fields = ("name", "slug")
    autocomplete_fields = ("members", "escalation_chain", "schedule", "backstop")
    fields = (("name", "slug"), "time_zone", "members", ("escalation_chain", "schedule"), "backstop")
    prepopulated_fields = {"slug": ("name",)}

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else self.prepopulated_fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("members")

    @display(description="members")
    def member_names(self, team: Team) -> str:
        return ", ".join(map(str, team.members.all())) or EMPTY


@admin.register(UserGroup)
class UserGroupAdmin(Console):
    list_display = ("name", "handle", "member_names")
    search_fields = ("name", "handle")
    autocomplete_fields = ("members",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("members")

    @display(description="members")
    def member_names(self, group: UserGroup) -> str:
        return ", ".join(map(str, group.members.all())) or EMPTY


@admin.register(Organization)
class OrganizationAdmin(Console):
    list_display = ("name", "time_zone", "last_resort_names")
    autocomplete_fields = ("last_resort",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("last_resort")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_delete_permission = has_add_permission

    @display(description="last resort")
    def last_resort_names(self, organization: Organization) -> str:
        return ", ".join(map(str, organization.last_resort.all())) or badge("open", "Nobody")
