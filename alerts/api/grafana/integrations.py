"""`integrations` (spec/oncall-runtime-api 2.1)."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts import services
from alerts.api.grafana.fields import CHAT_DEFAULTS, ChatField, SlackForm, TelegramForm, chat_of
from alerts.api.grafana.heartbeat import heartbeat_link
from alerts.api.grafana.label_fields import LabelsField
from alerts.api.grafana.maintenance import MaintenanceActions, running, wire_time
from alerts.api.grafana.preview import PreviewAction
from alerts.ingest import TYPES
from alerts.ingest.templates import flatten, nest
from alerts.models import Integration, Maintenance, Route
from base.errors import Invalid
from oncall.api.fields import IdField, PublicIdField
from oncall.api.filters import ExactFilter, TeamFilter
from oncall.models import EscalationChain, Team

EMOJIS = ("bell", "mega", "satellite", "telescope", "compass", "anchor", "rocket", "sunrise", "lighthouse", "owl")
NAME_LENGTH = 200
SECRETS = ("link", "inbound_email", "heartbeat")  # an integration's address is its secret
OFFERED = [slug for slug, kind in TYPES.items() if not kind.is_internal]


class DefaultRouteSerializer(serializers.ModelSerializer[Route]):
    """The default route, as its integration shows it."""

    id = IdField("R")
    escalation_chain_id = PublicIdField("F", source="chain", read_only=True, allow_null=True)
    slack = ChatField("slack")
    telegram = ChatField("telegram")

    class Meta:
        model = Route
        fields = ["id", "escalation_chain_id", "slack", "telegram"]


@extend_schema_field({"type": "object", "nullable": True, "additionalProperties": True})
class TemplatesField(serializers.Field):
    """Templates by use; null is the type's own."""

    def to_internal_value(self, data: Any) -> dict[str, str | None]:
        if not isinstance(data, dict):
            raise Invalid("Invalid template data")
        try:
            return flatten(data)
        except Invalid as exc:
            raise Invalid(exc.message) from exc  # this dialect does not name the field

    def to_representation(self, value: dict[str, str]) -> dict[str, Any]:
        return nest(value)


@extend_schema_field({"type": "string", "enum": list(OFFERED)})
class TypeField(serializers.Field):
    """The kind of monitor."""

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, str) and data.startswith("legacy_"):
            raise Invalid("This integration type is deprecated")
        if data == Integration.DIRECT_PAGING:
            raise Invalid("Direct paging integrations can't be created")
        if not isinstance(data, str) or data not in OFFERED:
            raise Invalid("Invalid integration type")
        return data


class IntegrationSerializer(serializers.ModelSerializer[Integration]):
    """An integration as it is answered. What Tocsin has not, it has as null."""

    id = IdField("C")
    team_id = PublicIdField("T", source="team", read_only=True, allow_null=True)
    inbound_email = serializers.CharField(read_only=True, allow_null=True)
    default_route = serializers.SerializerMethodField()
    templates = TemplatesField()
    labels = LabelsField()
    dynamic_labels = LabelsField(templates=True)
    maintenance_mode = serializers.SerializerMethodField()
    maintenance_started_at = serializers.SerializerMethodField()
    maintenance_end_at = serializers.SerializerMethodField()
    heartbeat = serializers.SerializerMethodField()

    class Meta:
        model = Integration
        fields = [
            "id",
            "name",
            "description_short",
            "team_id",
            "link",
            "inbound_email",
            "type",
            "default_route",
            "templates",
            "heartbeat",
            "maintenance_mode",
            "maintenance_started_at",
            "maintenance_end_at",
            "labels",
            "dynamic_labels",
        ]

    @extend_schema_field(DefaultRouteSerializer)
    def get_default_route(self, integration: Any) -> Any:
        """Return what was prefetched."""
        return DefaultRouteSerializer(integration.default_routes[0]).data

    def to_representation(self, instance: Integration) -> dict[str, Any]:
        """Leave out what opens the door for those who only look."""
        shown: dict[str, Any] = super().to_representation(instance)
        if not self.context["request"].user.may_edit:
            shown |= dict.fromkeys(SECRETS)
        return shown

    @extend_schema_field({"type": "object", "nullable": True, "properties": {"link": {"type": "string"}}})
    def get_heartbeat(self, integration: Integration) -> dict[str, str] | None:
        """Return where the monitor pings."""
        link = heartbeat_link(integration)
        return {"link": link} if link else None

    @extend_schema_field(serializers.ChoiceField(Maintenance.Mode.choices, allow_null=True))
    def get_maintenance_mode(self, integration: Integration) -> str | None:
        """Return the mode of the maintenance that is running."""
        found = running(integration)
        return found.mode if found else None

    def get_maintenance_started_at(self, integration: Integration) -> str | None:
        """Return since when it is running."""
        found = running(integration)
        return wire_time(found.started_at) if found else None

    def get_maintenance_end_at(self, integration: Integration) -> str | None:
        """Return until when it is running."""
        found = running(integration)
        return wire_time(found.ends_at) if found else None


class DefaultRouteForm(serializers.Serializer[Any]):
    """The default route, as far as it is sent."""

    escalation_chain_id = PublicIdField(
        "F", EscalationChain.objects.all, source="chain", required=False, allow_null=True
    )
    slack = SlackForm(required=False, allow_null=True)
    telegram = TelegramForm(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Gather the chats."""
        chat = chat_of(attrs)
        kept = {name: value for name, value in attrs.items() if name not in CHAT_DEFAULTS}
        return {**kept, "chat": chat} if chat else kept


class IntegrationForm(serializers.Serializer[Any]):
    """An integration as it is sent."""

    name = serializers.CharField(max_length=NAME_LENGTH, required=False)
    description_short = serializers.CharField(max_length=250, required=False, allow_null=True, allow_blank=True)
    team_id = PublicIdField("T", Team.objects.all, nulls=["null"], source="team", required=False, allow_null=True)
    type = TypeField()
    templates = TemplatesField(required=False, allow_null=True)
    labels = LabelsField(required=False)
    dynamic_labels = LabelsField(templates=True, required=False)
    default_route = DefaultRouteForm(required=False)

    def get_fields(self) -> dict[str, Any]:
        """Leave the type out once it is made."""
        fields = super().get_fields()
        if self.instance is not None:
            del fields["type"]
        return fields


class IntegrationFilter(filters.FilterSet):
    """How integrations are looked up."""

    name = ExactFilter("name")
    team_id = TeamFilter()

    class Meta:
        model = Integration
        fields: list[str] = []


class IntegrationViewSet(MaintenanceActions, PreviewAction):
    """Integrations, in the order of their creation."""

    prefix = "C"
    queryset = (
        Integration.objects.filter(deleted_at=None)
        .exclude(type=Integration.MAINTENANCE)  # holds nothing but the alerts that gather others
        .select_related("team")
        .prefetch_related(
            Prefetch(
                "routes",
                Route.objects.filter(is_default=True).select_related("chain"),
                to_attr="default_routes",
            ),
            Prefetch("maintenances", Maintenance.objects.filter(ended_at=None), to_attr="running_maintenances"),
        )
        .order_by("pk")
    )
    serializer_class = IntegrationSerializer
    form_class = IntegrationForm
    filterset_class = IntegrationFilter

    def make(self, values: dict[str, Any]) -> Integration:
        slug, team = values.pop("type"), values.pop("team", None)
        name = values.pop("name", None) or free_name(TYPES[slug].default_name, team)
        return services.create_integration(type_slug=slug, name=name, team=team, now=self.now, **values)

    def change(self, instance: Integration, values: dict[str, Any]) -> Integration:
        return services.update_integration(instance, values)

    def remove(self, instance: Integration) -> None:
        services.delete_integration(instance, now=self.now)


def free_name(title: str, team: Team | None) -> str:
    """Return a name that no integration of the team has: `<Title> :emoji:`, then with a number."""
    taken = set(Integration.objects.filter(team=team, deleted_at=None).values_list("name", flat=True))
    names = [f"{title} :{emoji}:" for emoji in EMOJIS]
    numbered = (f"{title} {number}" for number in range(len(names) + 1, len(names) + len(taken) + 2))
    return next(name for name in (*names, *numbered) if name not in taken)
