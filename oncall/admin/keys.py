"""API keys: shown once, revoked, never deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.decorators import display

from oncall.admin.common import Button, Console, Table, is_admin, may_edit
from oncall.admin.words import badge, time_tag
from oncall.models import ApiKey, User
from oncall.services import keys


class KeyTable(Table):
    """The person's API keys."""

    model = ApiKey
    fields = readonly_fields = ("name", "prefix", "created", "last_used", "state")
    can_delete = False
    verbose_name_plural = "API keys"

    @display(description="made")
    def created(self, key: ApiKey) -> str:
        return time_tag(key.created_at)

    @display(description="last used")
    def last_used(self, key: ApiKey) -> str:
        return time_tag(key.last_used_at)

    def state(self, key: ApiKey) -> str:
        return key_state(key)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admin(request) or (may_edit(request) and obj is not None and obj.pk == request.user.pk)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission


def key_state(key: ApiKey) -> str:
    """Say whether a key opens anything."""
    return badge("archived", "Revoked") if key.revoked_at else badge("resolved", "Valid")


@admin.register(ApiKey)
class ApiKeyAdmin(Console):
    list_display = ("name", "prefix", "user", "created", "last_used", "state")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__email", "user__username")
    autocomplete_fields = ("user",)
    fields = ("user", "name")
    actions = ("revoke",)
    editors_write = True
    owner = "user"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_write(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and self._may_write(request, obj)  # a key is made and revoked, never edited

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows if is_admin(request) else rows.filter(user=request.user)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("user", "name", "prefix", "created", "last_used", "state") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if not is_admin(request):
            kwargs["queryset"] = User.objects.filter(pk=request.user.pk or 0)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        made, token = keys.issue_key(obj.user, name=obj.name, now=timezone.now())
        obj.__dict__.update(made.__dict__)
        obj.token = token  # type: ignore[attr-defined]  # shown by the next page, kept nowhere

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": "New API key", "key": obj, "opts": self.opts}
        response = TemplateResponse(request, "admin/tocsin/key.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def buttons(self, request: HttpRequest, obj: ApiKey) -> list[Button]:
        confirm = f"Whatever uses {obj} is refused from now on, for good."
        return [] if obj.revoked_at else [Button("revoke_key", "Revoke", confirm=confirm)]

    def press(self, request: HttpRequest, obj: ApiKey, name: str) -> None:
        keys.revoke(obj, now=timezone.now())
        self.log_change(request, obj, "Revoked.")
        messages.success(request, f"{obj} is revoked.")

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: Any) -> None:
        revoked = [key for key in queryset if keys.revoke(key, now=timezone.now())]
        for key in revoked:
            self.log_change(request, key, "Revoked.")
        messages.success(request, f"{len(revoked)} revoked.")

    @display(description="made", ordering="created_at")
    def created(self, key: ApiKey) -> str:
        return time_tag(key.created_at)

    @display(description="last used", ordering="last_used_at")
    def last_used(self, key: ApiKey) -> str:
        return time_tag(key.last_used_at)

    def state(self, key: ApiKey) -> str:
        return key_state(key)
