"""Outgoing webhooks; their secrets are written, never shown."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget

from oncall.admin.common import Button, Console, is_admin
from oncall.admin.words import badge
from oncall.models import Webhook
from oncall.services import webhooks

SECRETS = ("password", "authorization_header")


class WebhookForm(forms.ModelForm):
    """Secrets stay as they are when left empty."""

    clear_secrets = forms.BooleanField(required=False, label="Forget the password and the authorization header")

    class Meta:
        model = Webhook
        fields = "__all__"  # noqa: DJ007  the admin class names the fields

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(SECRETS) & self.fields.keys():
            self.fields[name].widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
            if getattr(self.instance, name):
                self.fields[name].help_text = "One is set. Empty: it stays."

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in SECRETS:
            if not cleaned.get(name):
                cleaned[name] = None if cleaned.get("clear_secrets") else self.initial.get(name)
        return cleaned


@admin.register(Webhook)
class WebhookAdmin(Console):
    list_display = ("name", "state", "host", "http_method", "trigger_type", "team")
    list_filter = ("enabled", "trigger_type", "team")
    list_select_related = ("team",)
    search_fields = ("name",)
    autocomplete_fields = ("team",)
    form = WebhookForm
    actions = ("remove",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(deleted_at=None)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        head = ("name", ("enabled", "team"), ("trigger_type", "http_method"))
        if not is_admin(request):
            return ((None, {"fields": (*head, "host", "credentials")}),)
        body = ("url", "forward_all", "data", "trigger_template", "integration_filter")
        secrets = ("username", "password", "authorization_header", "headers", "clear_secrets")
        return ((None, {"fields": (*head, *body)}), ("Credentials", {"fields": secrets}))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if is_admin(request) else ("host", "credentials")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # removed by its own action: policies that call it are told

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        values = {name: value for name, value in form.cleaned_data.items() if name != "clear_secrets"}
        if change:
            webhooks.update_webhook(obj, values)
        else:
            obj.__dict__.update(webhooks.create_webhook(values).__dict__)

    def buttons(self, request: HttpRequest, obj: Webhook) -> list[Button]:
        confirm = "Escalation policies that call it go on without it and say so."
        return [Button("delete_webhook", "Delete", confirm=confirm)] if is_admin(request) else []

    def press(self, request: HttpRequest, obj: Webhook, name: str) -> None:
        webhooks.delete_webhook(obj, now=timezone.now())
        self.log_change(request, obj, "Deleted.")
        messages.success(request, f"{obj} is deleted.")

    def after_press(self, obj: Webhook, name: str) -> str:
        return reverse("admin:oncall_webhook_changelist")

    @admin.action(description="Delete", permissions=["change"])
    def remove(self, request: HttpRequest, queryset: Any) -> None:
        rows = list(queryset)
        for row in rows:
            webhooks.delete_webhook(row, now=timezone.now())
            self.log_change(request, row, "Deleted.")
        messages.success(request, f"{len(rows)} deleted.")

    @display(description="host")
    def host(self, webhook: Webhook) -> str:
        # The path may hold a token, as those of chat products do.
        return urlsplit(webhook.url).hostname or "from a template"

    @display(description="credentials")
    def credentials(self, webhook: Webhook) -> str:
        return "set" if webhook.password or webhook.authorization_header or webhook.headers else "none"

    @display(description="state", ordering="enabled")
    def state(self, webhook: Webhook) -> str:
        return badge("resolved", "Enabled") if webhook.enabled else badge("archived", "Disabled")
