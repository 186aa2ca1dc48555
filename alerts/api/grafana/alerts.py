"""`alerts`: our events, in the OnCall API's words (spec/oncall-runtime-api 2.4)."""

from __future__ import annotations

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts import search
from alerts.api.grafana.fields import InstantField, OwnIdFilter
from alerts.models import Event
from oncall.api.dialect import ListViewSet
from oncall.api.fields import IdField, PublicIdField
from oncall.api.filters import PublicIdFilter
from oncall.models import User


@extend_schema_field(OpenApiTypes.ANY)
class PayloadField(serializers.JSONField):
    """What the monitor sent."""


class EventSerializer(serializers.ModelSerializer[Event]):
    """An event as it is answered."""

    id = IdField("A")
    alert_group_id = PublicIdField("I", source="alert", read_only=True)
    created_at = InstantField(source="received_at")
    payload = PayloadField(read_only=True)

    class Meta:
        model = Event
        fields = ["id", "alert_group_id", "created_at", "payload"]


class EventFilter(filters.FilterSet):
    """How events are looked up."""

    id = OwnIdFilter("A")
    alert_group_id = PublicIdFilter("I", "alert")
    search = filters.CharFilter(
        method="by_text", strip=False, help_text="A part of the payload's JSON text, of three characters at least."
    )

    class Meta:
        model = Event
        fields: list[str] = []

    def by_text(self, queryset: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        """Keep the events whose payload has the text, in any case."""
        return search.events_with(value, queryset)


class EventViewSet(ListViewSet):
    """What monitors sent, the newest first."""

    prefix = "A"
    write_role = User.Role.EDITOR
    queryset = (
        Event.objects.select_related("alert")
        .only("public_id", "received_at", "payload", "alert__public_id")
        .order_by("-pk")
    )
    serializer_class = EventSerializer
    filterset_class = EventFilter
    walk = ("-pk",)
