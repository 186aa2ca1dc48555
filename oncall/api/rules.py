"""`personal_notification_rules` (spec/oncall-config-api section 13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from base.errors import Invalid
from oncall.api.dialect import CrudViewSet
from oncall.api.errors import Refused
from oncall.api.fields import LONGEST, SHORTEST, IdField, PublicIdField, SecondsField, public_id, whole_seconds
from oncall.models import NotificationRule, User
from oncall.services import rules

Kind = NotificationRule.Kind


class UserField(PublicIdField):
    """Whose rule it is."""

    def to_internal_value(self, data: Any) -> User:
        bare = public_id(data, self.prefix)
        found = User.objects.filter(public_id=bare, is_active=True).first() if bare else None
        if found is None:
            raise Invalid("User does not exist")
        return found


class KindField(serializers.ChoiceField):
    """How to notify, or that to wait."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Kind.choices, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in Kind.values:
            raise Refused({"type": "Invalid type"})
        return data


@extend_schema_field({"type": "integer", "minimum": 60, "maximum": 86400})
class RuleDurationField(serializers.Field):
    """How long to wait, in seconds."""

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        if data is None:
            raise Invalid("Invalid duration format")
        return super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> timedelta:
        seconds = whole_seconds(data)
        if seconds is None or abs(seconds) > timedelta.max.total_seconds():
            raise Invalid("Invalid duration format")
        delay = timedelta(seconds=seconds)
        if not SHORTEST <= delay <= LONGEST:
            raise serializers.ValidationError(f'"{delay}" is not a valid choice.')
        return delay


class RuleSerializer(serializers.ModelSerializer[NotificationRule]):
    """A rule as it is answered; `duration` is there for waits only."""

    id = IdField("N")
    user_id = PublicIdField("U", source="user", read_only=True)
    type = serializers.ChoiceField(choices=Kind.choices, source="kind")
    duration = SecondsField(source="delay", required=False)

    class Meta:
        model = NotificationRule
        fields = ["position", "id", "user_id", "type", "duration", "important"]

    def to_representation(self, instance: NotificationRule) -> dict[str, Any]:
        written = super().to_representation(instance)
        if instance.kind != Kind.WAIT:
            del written["duration"]
        return written


class RuleForm(serializers.Serializer[Any]):
    """A rule as it is sent."""

    user_id = UserField("U", source="user")
    type = KindField(source="kind", required=False)
    duration = RuleDurationField(source="delay", required=False)
    important = serializers.BooleanField(required=False)
    position = serializers.IntegerField(required=False)
    manual_order = serializers.BooleanField(required=False)

    def get_fields(self) -> dict[str, Any]:
        """Fix whose rule it is and its importance after creation."""
        fields = super().get_fields()
        if self.instance is not None:
            del fields["user_id"], fields["important"]
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want a type, and a duration only where there is something to wait for."""
        kind = attrs.get("kind", getattr(self.instance, "kind", None))
        if kind is None:
            raise Refused({"type": "Type is required"})
        if "delay" in attrs and kind != Kind.WAIT:
            raise Refused({"duration": "Duration can't be set"})
        return attrs


@extend_schema_field(OpenApiTypes.BOOL)
class ImportantFilter(filters.CharFilter):
    """`true` or `false`, else a refusal of its own shape."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        if value.lower() not in ("true", "false"):
            raise Invalid("Important is not bool")
        return qs.filter(important=value.lower() == "true")


class OwnerFilter(filters.CharFilter):
    """A person, else a refusal of its own shape."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        bare = public_id(value, "U")
        owner = User.objects.filter(public_id=bare).first() if bare else None
        if owner is None:
            raise Invalid("User not found.")
        return qs.filter(user=owner)


class RuleFilter(filters.FilterSet):
    """How rules are looked up."""

    user_id = OwnerFilter(field_name="user")
    important = ImportantFilter(field_name="important")

    class Meta:
        model = NotificationRule
        fields: list[str] = []


class RuleViewSet(CrudViewSet):
    """Personal notification rules: by person, the default ones first, then by position. Any editor may edit them."""

    prefix = "N"
    write_role = User.Role.EDITOR
    queryset = NotificationRule.objects.select_related("user").order_by("user_id", "important", "position")
    serializer_class = RuleSerializer
    form_class = RuleForm
    filterset_class = RuleFilter

    def make(self, values: dict[str, Any]) -> NotificationRule:
        return rules.create_rule(values.pop("user"), **values)

    def change(self, instance: NotificationRule, values: dict[str, Any]) -> NotificationRule:
        return rules.update_rule(instance, **values)

    def remove(self, instance: NotificationRule) -> None:
        rules.delete_rule(instance)
