"""`/stakeholder`: groups of people who want to know (spec/pagertree Part B)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts.api.attributes import Array, Boolean, Word
from alerts.api.fields import spell
from alerts.api.inputs import JsonField, Meta, SwitchedOn, Text
from alerts.api.references import Addresses, Related, Rows, active_users
from alerts.api.resources import DatedFilterSet, Resource, ResourceSerializer, own_id
from alerts.models import Stakeholder
from alerts.services.edit import merge_patch
from alerts.services.stakeholders import save_stakeholder
from base.errors import Invalid

EVENTS = {
    "alert_assigned": "on_assigned",
    "alert_acknowledged": "on_acknowledged",
    "alert_resolved": "on_resolved",
    "alert_dropped": "on_dropped",
}
FLAGS = {"type": "object", "properties": {name: {"type": "boolean"} for name in EVENTS}}


@extend_schema_field(FLAGS)
class EventsInput(JsonField):
    """What the group is told of; an event that is not named stays as it is."""

    initial_value = dict

    def to_internal_value(self, data: Any) -> dict[str, bool]:
        if not isinstance(data, dict):
            self.refuse("must be an object")
        for name, value in data.items():
            if name not in EVENTS:
                self.refuse(f"'{name}' is not one of {', '.join(EVENTS)}")
            if not isinstance(value, bool):
                self.refuse(f"{name} must be true or false")
        return dict(data)


class StakeholderForm(serializers.Serializer[Any]):
    """A group as a client describes it."""

    meta = Meta(required=False)
    name = Text(blank=False, max_length=200)
    enabled = SwitchedOn(required=False)
    user_ids = Rows("usr", active_users, source="users")
    emails = Addresses(required=False)
    events = EventsInput(required=False)


class StakeholderSerializer(ResourceSerializer):
    """A group."""

    prefix = "stk"
    user_ids = serializers.SerializerMethodField()
    emails = serializers.ListField(child=serializers.CharField(), read_only=True)
    events = serializers.SerializerMethodField()

    class Meta:
        model = Stakeholder
        fields = [*ResourceSerializer.HEAD, "name", "enabled", "user_ids", "emails", "events"]
        read_only_fields = fields

    def get_user_ids(self, row: Stakeholder) -> list[str | None]:
        return [spell("usr", user) for user in row.users.all()]

    @extend_schema_field(FLAGS)
    def get_events(self, row: Stakeholder) -> dict[str, bool]:
        return {name: getattr(row, column) for name, column in EVENTS.items()}


class StakeholderFilterSet(DatedFilterSet):
    """What groups can be asked for."""

    id = own_id("stk")
    name = Word("name")
    user_ids = Related("usr", "users")
    enabled = Boolean("enabled")
    emails = Array("emails")


class StakeholderViewSet(Resource):
    """Stakeholders."""

    prefix = "stk"
    queryset = Stakeholder.objects.prefetch_related("users")
    serializer_class = StakeholderSerializer
    filterset_class = StakeholderFilterSet
    forms = {"create": StakeholderForm, "update": StakeholderForm}

    def save(self, row: Any, values: dict[str, Any]) -> Any:
        values |= {EVENTS[name]: told for name, told in values.pop("events", {}).items()}
        if "meta" in values:
            values["meta"] = merge_patch(row.meta if row else {}, values["meta"])
        users = values.get("users", row.users.all() if row else [])
        if not users and not values.get("emails", row.emails if row else []):
            raise Invalid("user_ids: name a user or give an e-mail address", field="user_ids")
        return save_stakeholder(row, values, now=self.now)
