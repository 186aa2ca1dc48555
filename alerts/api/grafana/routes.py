"""`routes` (spec/oncall-runtime-api 2.2)."""

from __future__ import annotations

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers

from alerts import services
from alerts.api.grafana.fields import CHAT_DEFAULTS, ChatField, SlackForm, TelegramForm, chat_of
from alerts.models import Integration, Route
from alerts.routing import MAX_EXPRESSION, check_expression
from base.errors import Invalid
from oncall.api.dialect import CrudViewSet
from oncall.api.fields import IdField, PublicIdField
from oncall.api.filters import ExactFilter, PublicIdFilter
from oncall.models import EscalationChain

READ_ONLY_TYPE = "labels"


class RouteSerializer(serializers.ModelSerializer[Route]):
    """A route as it is answered."""

    id = IdField("R")
    integration_id = PublicIdField("C", source="integration", read_only=True)
    escalation_chain_id = PublicIdField("F", source="chain", read_only=True, allow_null=True)
    routing_type = serializers.CharField(source="type", read_only=True)
    routing_regex = serializers.SerializerMethodField()
    is_the_last_route = serializers.BooleanField(source="is_default", read_only=True)
    slack = ChatField("slack")
    telegram = ChatField("telegram")

    class Meta:
        model = Route
        fields = [
            "id",
            "integration_id",
            "escalation_chain_id",
            "routing_type",
            "routing_regex",
            "position",
            "is_the_last_route",
            "slack",
            "telegram",
        ]

    def get_routing_regex(self, route: Route) -> str | None:
        """Return the expression; the default route has none."""
        return None if route.is_default else route.expression


class RoutingTypeField(serializers.CharField):
    """How the expression is to be read."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in (*Route.Type.values, READ_ONLY_TYPE):
            raise Invalid("Invalid route type")
        return data


class RouteForm(serializers.Serializer[Any]):
    """A route as it is sent."""

    integration_id = PublicIdField("C", lambda: Integration.objects.filter(deleted_at=None), source="integration")
    escalation_chain_id = PublicIdField("F", EscalationChain.objects.all, source="chain", allow_null=True)
    routing_type = RoutingTypeField(source="type", required=False)
    routing_regex = serializers.CharField(source="expression", max_length=MAX_EXPRESSION, trim_whitespace=False)
    position = serializers.IntegerField(required=False)
    manual_order = serializers.BooleanField(required=False)
    slack = SlackForm(required=False, allow_null=True)
    telegram = TelegramForm(required=False, allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """Fix the integration after creation; let a default route be sent back as it was read."""
        fields = super().get_fields()
        if self.instance is not None:
            del fields["integration_id"]
            fields["routing_regex"].allow_null = self.instance.is_default
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check the expression in the type that it will have, and gather the chats."""
        kind = str(attrs.get("type") or getattr(self.instance, "type", Route.Type.REGEX))
        if kind == READ_ONLY_TYPE:
            raise serializers.ValidationError("Expression type is incorrect")
        expression = attrs.get("expression") or getattr(self.instance, "expression", "")
        problem = check_expression(kind, expression) if expression else None
        if problem:
            raise serializers.ValidationError(problem)
        chat = chat_of(attrs)
        kept = {name: value for name, value in attrs.items() if name not in CHAT_DEFAULTS}
        return {**kept, "chat": chat} if chat else kept


class RouteFilter(filters.FilterSet):
    """How routes are looked up."""

    integration_id = PublicIdFilter("C", "integration")
    routing_regex = ExactFilter("expression")

    class Meta:
        model = Route
        fields: list[str] = []


class RouteViewSet(CrudViewSet):
    """Routes: by integration, in the order in which they are asked; the default one last."""

    prefix = "R"
    page_size = 25
    queryset = (
        Route.objects.filter(integration__deleted_at=None)
        .select_related("integration", "chain")
        .order_by("integration_id", "is_default", "position", "pk")
    )
    serializer_class = RouteSerializer
    form_class = RouteForm
    filterset_class = RouteFilter

    def make(self, values: dict[str, Any]) -> Route:
        integration = values.pop("integration")
        place = _place(values)
        return services.create_route(integration, values, **place)

    def change(self, instance: Route, values: dict[str, Any]) -> Route:
        place = _place(values)
        return services.update_route(instance, values, **place)

    def remove(self, instance: Route) -> None:
        services.delete_route(instance)


def _place(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values.pop(name) for name in ("position", "manual_order") if name in values}
