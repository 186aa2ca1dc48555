"""The objects of the Sorry API, key by key (A4, B1 to B8). Nested rows are handed in, so that no list asks per row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from statuspage import selectors, states
from statuspage.api.fields import InstantField
from statuspage.models import (
    Brand,
    Component,
    CustomDomain,
    Notice,
    NoticeTemplate,
    NoticeUpdate,
    StatusPage,
    Subscriber,
    UpdateTemplate,
)

PLANNED_ONLY = ("begins_at", "ends_at", "should_automate_schedule")
CHANNELS = {
    "send_notifications_by_email": "email",
    "send_notifications_by_sms": "sms",
    "send_notifications_by_slack": "slack",
    "send_notifications_by_microsoft_teams": "msteams",
    "send_notifications_by_twitter": "twitter",
}


class StatesMixin:
    """Components are shown with their state, which one query per page tells."""

    context: Any

    def states_of(self, page_pk: int) -> Mapping[int, str]:
        """Return the state of every component of the page."""
        known: dict[int, Mapping[int, str]] = self.context.setdefault("states", {})
        if page_pk not in known:
            known[page_pk] = selectors.token_states(page_pk)
        return known[page_pk]


class ComponentSerializer(StatesMixin, serializers.ModelSerializer[Component]):
    """A component (B2)."""

    state = serializers.SerializerMethodField()
    created_at = InstantField()
    updated_at = InstantField()

    class Meta:
        model = Component
        fields = ["id", "state", "name", "description", "position", "parent_id", "created_at", "updated_at"]
        read_only_fields = fields

    def get_state(self, row: Component) -> str:
        return self.states_of(row.page_id)[row.pk]

    def to_representation(self, instance: Component) -> dict[str, Any]:
        found = super().to_representation(instance)
        if "notices" in self.context.get("includes", {}):
            found["notices"] = nested(NoticeSerializer, instance.notices.all(), self, "notices")
        return found


class UpdateSerializer(serializers.ModelSerializer[NoticeUpdate]):
    """An update of a notice (B3)."""

    created_at = InstantField()
    updated_at = InstantField()
    link = serializers.SerializerMethodField()

    class Meta:
        model = NoticeUpdate
        fields = ["id", "content", "created_at", "should_publish", "link", "updated_at"]
        read_only_fields = fields

    def get_link(self, row: NoticeUpdate) -> str:
        return f"{row.notice.link}/#update-{row.pk}"


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """A notice (A4): the contract's keys in its order; those of a plan only where there can be one."""

    timeline_state = serializers.SerializerMethodField()
    synopsis = serializers.SerializerMethodField()
    link = serializers.CharField(read_only=True)
    began_at = InstantField()
    ended_at = InstantField()
    created_at = InstantField()
    updated_at = InstantField()
    tag_list = serializers.ListField(source="tags", child=serializers.CharField(), read_only=True)
    begins_at = InstantField()
    ends_at = InstantField()
    should_automate_schedule = serializers.BooleanField(source="automated", read_only=True)

    class Meta:
        model = Notice
        fields = [
            *("id", "type", "state", "timeline_state", "subject", "synopsis", "link", "began_at", "ended_at"),
            *("created_at", "updated_at", "tag_list", *PLANNED_ONLY),
        ]
        read_only_fields = fields

    def get_timeline_state(self, row: Notice) -> str:
        return states.timeline_state(row.state, row.ended_at, self.context["view"].now)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_synopsis(self, row: Notice) -> str | None:
        return selectors.synopsis(row.updates.all())

    def to_representation(self, instance: Notice) -> dict[str, Any]:
        found = super().to_representation(instance)
        if instance.type != Notice.Type.PLANNED:
            for name in PLANNED_ONLY:
                del found[name]
        wanted = self.context.get("includes", {})
        if "components" in wanted:
            rows = sorted(instance.components.all(), key=lambda one: (one.position, one.pk))
            found["components"] = nested(ComponentSerializer, rows, self, "components")
        if "updates" in wanted:
            found["updates"] = nested(UpdateSerializer, _told_of(instance), self, "updates")
        return found


def _told_of(notice: Notice) -> list[NoticeUpdate]:
    rows = sorted(notice.updates.all(), key=lambda one: (one.created_at, one.pk))
    for row in rows:
        row.notice = notice  # its link needs the page
    return rows


def nested(kind: Any, rows: Any, parent: Any, name: str) -> Any:
    """Show rows inside another object, with what is to be put into them."""
    context = {**parent.context, "includes": parent.context.get("includes", {}).get(name, {})}
    context["states"] = parent.context.setdefault("states", {})
    return kind(rows, many=not hasattr(rows, "_meta"), context=context).data


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


class SubscriberSerializer(serializers.ModelSerializer[Subscriber]):
    """Somebody who is told (B4)."""

    tag_list = serializers.ListField(source="tags", child=serializers.CharField(), read_only=True)
    notify_by_email = serializers.SerializerMethodField()
    notify_by_phone_number = serializers.SerializerMethodField()
    notify_by_slack_webhook_url = serializers.SerializerMethodField()
    notify_by_legacy_slack_oauth_token = serializers.SerializerMethodField()
    notify_by_microsoft_teams_url = serializers.SerializerMethodField()
    avatar_url = serializers.SerializerMethodField()
    created_at = InstantField()
    updated_at = InstantField()

    class Meta:
        model = Subscriber
        fields = [
            *("id", "email", "phone_number", "slack_webhook_url", "microsoft_teams_url"),
            *("notify_by_email", "notify_by_phone_number", "notify_by_slack_webhook_url"),
            *("notify_by_legacy_slack_oauth_token", "notify_by_microsoft_teams_url"),
            *("first_name", "last_name", "nickname", "company", "tag_list", "avatar_url", "created_at", "updated_at"),
        ]
        read_only_fields = fields

    def get_notify_by_email(self, row: Subscriber) -> bool:
        return bool(row.email and row.confirmed_at)

    def get_notify_by_phone_number(self, row: Subscriber) -> bool:
        return bool(row.phone_number and row.confirmed_at)

    def get_notify_by_slack_webhook_url(self, row: Subscriber) -> bool:
        return bool(row.slack_webhook_url and row.confirmed_at)

    def get_notify_by_legacy_slack_oauth_token(self, row: Subscriber) -> bool:
        return False

    def get_notify_by_microsoft_teams_url(self, row: Subscriber) -> bool:
        return bool(row.microsoft_teams_url and row.confirmed_at)

    def get_avatar_url(self, row: Subscriber) -> str:
        # A picture drawn here: asking a third party would tell it who subscribes.
        name = (row.email or row.phone_number or str(row.pk)).lower()
        hue = hashlib.sha256(name.encode()).digest()[0] * 360 // 256
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">'
            f'<rect width="40" height="40" fill="hsl({hue},45%,40%)"/></svg>'
        )
        return f"data:image/svg+xml,{quote(svg)}"

    def to_representation(self, instance: Subscriber) -> dict[str, Any]:
        found = super().to_representation(instance)
        if "components" in self.context.get("includes", {}):
            rows = sorted(instance.components.all(), key=lambda one: (one.position, one.pk))
            found["components"] = nested(ComponentSerializer, rows, self, "components")
        return found


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


class TemplateSerializer(serializers.ModelSerializer[Any]):
    """What the two kinds of templates share (B8)."""

    id = serializers.CharField(source="key", read_only=True)
    component_id = serializers.IntegerField(read_only=True, allow_null=True)
    created_at = InstantField()
    updated_at = InstantField()


class NoticeTemplateSerializer(TemplateSerializer):
    """The beginning of a notice."""

    class Meta:
        model = NoticeTemplate
        fields = ["id", "name", "subject", "initial_comment", "component_id", "created_at", "updated_at"]
        read_only_fields = fields


class UpdateTemplateSerializer(TemplateSerializer):
    """A comment."""

    class Meta:
        model = UpdateTemplate
        fields = ["id", "name", "content", "component_id", "created_at", "updated_at"]
        read_only_fields = fields
