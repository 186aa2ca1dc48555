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
    Component,
    Notice,
    NoticeTemplate,
    NoticeUpdate,
    Subscriber,
    UpdateTemplate,
)

PLANNED_ONLY = ("begins_at", "ends_at", "should_automate_schedule")


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
