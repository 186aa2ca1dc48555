"""Who is told, and what became of every message to them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from oncall.admin.common import Console, ReadOnlyConsole
from oncall.admin.words import time_tag
from statuspage.admin.fields import HttpsField
from statuspage.models import Publication, Subscriber
from statuspage.models.subscribers import ADDRESS_FIELDS
from statuspage.services import subscribers

NAMES = ("first_name", "last_name", "nickname", "company")


class SubscriberForm(forms.ModelForm):
    """At least one address, and none that is there already."""

    class Meta:
        model = Subscriber
        fields = "__all__"  # noqa: DJ007  the admin class names the fields
        field_classes = {name: HttpsField for name in ADDRESS_FIELDS.values() if name.endswith("_url")}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ADDRESS_FIELDS.values():
            cleaned[name] = cleaned.get(name) or None
        if not any(cleaned[name] for name in ADDRESS_FIELDS.values()):
            self.add_error("email", "Give at least one address.")
        page = self.instance.page if self.instance.pk else cleaned.get("page")
        if page and any(one.page_id != page.pk for one in cleaned.get("components") or ()):
            self.add_error("components", "Choose components of this page.")
        return cleaned


@admin.register(Subscriber)
class SubscriberAdmin(Console):
    list_display = ("who", "page", "confirmed", "failing", "since")
    list_filter = ("page",)
    list_select_related = ("page",)
    search_fields = ("email", "phone_number", "webhook_url", "last_name", "company")
    autocomplete_fields = ("page", "components")
    form = SubscriberForm
    fields = ("page", *ADDRESS_FIELDS.values(), NAMES, "components")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("page",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Subscriber, form: Any, change: bool) -> None:
        given = form.cleaned_data
        values = {name: given.get(name) for name in (*ADDRESS_FIELDS.values(), *NAMES)}
        chosen = [one.pk for one in given["components"]]
        if change:
            row = Subscriber.objects.get(pk=obj.pk)
            row = subscribers.update_subscriber(row, values, chosen, now=timezone.now())
        else:
            row = subscribers.add_subscriber(given["page"], values, chosen, now=timezone.now())
        obj.__dict__.update(row.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing is left: the service has written it all."""

    def delete_model(self, request: HttpRequest, obj: Subscriber) -> None:
        subscribers.remove_subscriber(obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            subscribers.remove_subscriber(row)

    @display(description="subscriber")
    def who(self, row: Subscriber) -> str:
        return str(row)

    @display(description="confirmed", ordering="confirmed_at")
    def confirmed(self, row: Subscriber) -> str:
        return time_tag(row.confirmed_at)

    @display(description="fails since", ordering="failing_since")
    def failing(self, row: Subscriber) -> str:
        return time_tag(row.failing_since)

    @display(description="since", ordering="created_at")
    def since(self, row: Subscriber) -> str:
        return time_tag(row.created_at)


@admin.register(Publication)
class PublicationAdmin(ReadOnlyConsole):
    list_display = ("planned", "status", "channel", "address", "page", "purpose", "attempts_count", "error")
    list_filter = ("status", "channel", "purpose", "page")
    list_select_related = ("page", "change__notice")
    search_fields = ("address", "error")
    date_hierarchy = "created_at"
    fields = readonly_fields = (
        *("planned", "status", "channel", "address", "page", "purpose", "change", "due_at", "sent_at"),
        *("attempts_count", "error", "said"),
    )

    @display(description="at", ordering="created_at")
    def planned(self, row: Publication) -> str:
        return time_tag(row.created_at)

    @display(description="kept text")
    def said(self, row: Publication) -> str:
        return str((row.content or {}).get("text", ""))
