"""The objects of a page and of what every page has once (B1, B5, B6)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from statuspage import selectors
from statuspage.api.fields import InstantField
from statuspage.api.shapes import ComponentSerializer, NoticeSerializer, SubscriberSerializer, nested
from statuspage.models import (
    Brand,
    CustomDomain,
    StatusPage,
)

CHANNELS = {
    "send_notifications_by_email": "email",
    "send_notifications_by_sms": "sms",
    "send_notifications_by_slack": "slack",
    "send_notifications_by_microsoft_teams": "msteams",
    "send_notifications_by_twitter": "twitter",
}


class BrandSerializer(serializers.ModelSerializer[Brand]):
    """Colours and pictures (B5)."""

    logo = serializers.SerializerMethodField()
    favicon = serializers.SerializerMethodField()
    created_at = InstantField()
    updated_at = InstantField()

    class Meta:
        model = Brand
        fields = [*Brand.COLORS, "logo", "favicon", "created_at", "updated_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_logo(self, row: Brand) -> dict[str, str] | None:
        return _picture(row, "logo", row.logo_type)

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_favicon(self, row: Brand) -> dict[str, str] | None:
        return _picture(row, "favicon", row.favicon_type)


def _picture(row: Brand, name: str, kind: str) -> dict[str, str] | None:
    return {"url": f"{row.page.url}/{name}", "content_type": kind} if kind else None


class DomainSerializer(serializers.ModelSerializer[CustomDomain]):
    """The record that the owner of a domain has to set (B6)."""

    type = serializers.SerializerMethodField()
    to = serializers.SerializerMethodField()
    created_at = InstantField()
    updated_at = InstantField()

    class Meta:
        model = CustomDomain
        fields = ["type", "to", "created_at", "updated_at"]
        read_only_fields = fields

    def get_type(self, row: CustomDomain) -> str:
        return "CNAME"

    def get_to(self, row: CustomDomain) -> str:
        return selectors.own_host()

    def to_representation(self, instance: CustomDomain) -> dict[str, Any]:
        found = super().to_representation(instance)
        # `from` is a word of Python's
        return {"type": found.pop("type"), "from": instance.domain, **found}


class PageSerializer(serializers.ModelSerializer[StatusPage]):
    """A status page (B1)."""

    id = serializers.CharField(source="page_id", read_only=True)
    state = serializers.SerializerMethodField()
    timezone = serializers.CharField(source="time_zone", read_only=True)
    url = serializers.CharField(read_only=True)
    created_at = InstantField()
    updated_at = InstantField()

    class Meta:
        model = StatusPage
        fields = [
            *("id", "state", "name", "timezone", "support_email", "support_telephone", "support_url"),
            *("visible_to_search", "locale", "meta_title", "meta_description", "google_analytics_id", "url"),
            *("created_at", "updated_at"),
        ]
        read_only_fields = fields

    def get_state(self, row: StatusPage) -> str:
        return selectors.page_state(row, self.context["view"].now)

    def to_representation(self, instance: StatusPage) -> dict[str, Any]:
        found = super().to_representation(instance)
        made, changed = found.pop("created_at"), found.pop("updated_at")
        found |= {name: channel in instance.channels for name, channel in CHANNELS.items()}
        found |= {"created_at": made, "updated_at": changed}
        view = self.context["view"]
        for name in self.context.get("includes", {}):
            if name in INCLUDED:
                found[name] = INCLUDED[name](self, instance, view)
        return found


def _brand(parent: Any, page: StatusPage, view: Any) -> Any:
    return nested(BrandSerializer, page.brand, parent, "brand")


def _custom_domain(parent: Any, page: StatusPage, view: Any) -> Any:
    row = CustomDomain.objects.filter(page=page).first()
    return nested(DomainSerializer, row, parent, "custom_domain") if row else None


def _components(parent: Any, page: StatusPage, view: Any) -> Any:
    order = {pk: place for place, pk in enumerate(selectors.tree_of(page).ordered())}
    rows = view.narrowed("components", page.components.all())
    return nested(ComponentSerializer, sorted(rows, key=lambda one: order[one.pk]), parent, "components")


def _notices(parent: Any, page: StatusPage, view: Any) -> Any:
    rows = view.narrowed("notices", selectors.listed_notices(page))
    return nested(NoticeSerializer, rows, parent, "notices")


def _subscribers(parent: Any, page: StatusPage, view: Any) -> Any:
    rows = view.narrowed("subscribers", page.subscribers.prefetch_related("components"))
    return nested(SubscriberSerializer, rows, parent, "subscribers")


INCLUDED = {
    "brand": _brand,
    "components": _components,
    "custom_domain": _custom_domain,
    "notices": _notices,
    "subscribers": _subscribers,
}
