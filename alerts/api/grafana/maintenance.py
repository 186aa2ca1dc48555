"""`integrations/{id}/maintenance_start` and `…_stop` (spec/oncall-runtime-api 2.1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import services
from alerts.models import Integration, Maintenance, Source
from base.errors import Invalid
from oncall.api.dialect import CrudViewSet

LONGEST = timedelta(days=366)
WIRE_TIME = "%Y-%m-%dT%H:%M:%SZ"


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": int(LONGEST.total_seconds())})
class DurationField(serializers.Field):
    """Seconds."""

    def to_internal_value(self, data: Any) -> timedelta:
        numeric = isinstance(data, str) and data.isdecimal() and data.isascii() and len(data) <= 12
        if isinstance(data, bool) or not (isinstance(data, int) or numeric):
            raise serializers.ValidationError("Invalid duration")
        if not 0 < int(data) <= LONGEST.total_seconds():
            raise serializers.ValidationError("Invalid duration")
        return timedelta(seconds=int(data))


class MaintenanceForm(serializers.Serializer[Any]):
    """What a maintenance needs to know."""

    mode = serializers.ChoiceField(
        Maintenance.Mode.choices, error_messages=dict.fromkeys(("required", "null", "invalid_choice"), "Unknown mode")
    )
    duration = DurationField(error_messages={"required": "Invalid duration", "null": "Invalid duration"})


class MaintenanceActions(CrudViewSet):
    """Starts and stops the maintenance of an integration."""

    @extend_schema(request=MaintenanceForm, filters=False)
    @action(detail=True, methods=["post"])
    def maintenance_start(self, request: Request, **kwargs: Any) -> Response:
        """Let new alerts ask nobody for `duration` seconds."""
        integration: Integration = self.get_object()
        if Maintenance.objects.running(integration.pk, self.now):
            raise Invalid("Already on maintenance")
        form = MaintenanceForm(data=request.data)
        form.is_valid(raise_exception=True)
        services.start_maintenance(
            integration, by=self.person, source=Source.ONCALL_API, now=self.now, **form.validated_data
        )
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, filters=False)
    @action(detail=True, methods=["post"])
    def maintenance_stop(self, request: Request, **kwargs: Any) -> Response:
        """End the maintenance and every alert that it gathered."""
        integration: Integration = self.get_object()
        services.stop_maintenance(integration, by=self.person, source=Source.ONCALL_API, now=self.now)
        return Response(self.get_serializer(self.get_object()).data)

    @property
    def person(self) -> Any:
        """Who asks."""
        return self.request.user


def running(integration: Any) -> Maintenance | None:
    """Return the maintenance that was fetched with the integration."""
    return next(iter(integration.running_maintenances), None)


def wire_time(at: datetime | None) -> str | None:
    """Write an instant without fractions."""
    return at.strftime(WIRE_TIME) if at else None
