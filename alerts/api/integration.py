"""`/integration`: doors for monitors, and what they post there (spec/pagertree Part B, B1)."""

from __future__ import annotations

import hmac
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed, Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import services
from alerts.api.attributes import Array, Boolean, Object, Timestamp, Word
from alerts.api.inputs import JsonField, Meta, SwitchedOn, Text
from alerts.api.inputs import Word as OneOf
from alerts.api.references import Receivers
from alerts.api.resources import Resource, ResourceFilterSet, ResourceSerializer, own_id
from alerts.ingest import TYPES
from alerts.models import Integration
from alerts.models.integrations import Urgency
from alerts.services.limits import Backlogged
from base.errors import Forbidden

TYPE_WORDS = {"prometheus": "alertmanager", "email": "inbound_email", "grafana": "grafana"}


@extend_schema_field(OpenApiTypes.OBJECT)
class Options(JsonField):
    """Free settings of an integration."""

    initial_value = dict

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.refuse("must be an object")
        return Meta().to_internal_value(data)


class IntegrationForm(serializers.Serializer[Any]):
    """An integration as a client describes it."""

    meta = Meta(required=False)
    name = Text(blank=False, max_length=200)
    type = OneOf([*TYPES, *TYPE_WORDS], required=False, default_word="webhook")
    enabled = SwitchedOn(required=False)
    urgency = OneOf(Urgency.values, required=False, default_word=Urgency.MEDIUM)
    destination_ids = Receivers(source="destinations", required=False)
    options = Options(required=False)


class IntegrationSerializer(ResourceSerializer):
    """An integration. Its secrets are not among the keys."""

    prefix = "int"
    destination_ids = serializers.ListField(source="destinations", child=serializers.CharField(), read_only=True)
    options = serializers.DictField(read_only=True)

    class Meta:
        model = Integration
        fields = [*ResourceSerializer.HEAD, "name", "type", "enabled", "urgency", "destination_ids", "options"]
        read_only_fields = fields


class IntegrationFilterSet(ResourceFilterSet):
    """What integrations can be asked for."""

    id = own_id("int")
    createdAt = Timestamp("created_at")  # noqa: N815  the contract's name
    meta = Object("meta")
    name = Word("name")
    type = Word("type")
    enabled = Boolean("enabled")
    urgency = Word("urgency")
    destination_ids = Array("destinations")


class IntegrationViewSet(Resource):
    """Integrations; whoever knows the address of an open one may post to it."""

    prefix = "int"
    queryset = Integration.objects.filter(deleted_at=None)
    serializer_class = IntegrationSerializer
    filterset_class = IntegrationFilterSet
    forms = {"create": IntegrationForm, "update": IntegrationForm}

    @property
    def _is_inbound(self) -> bool:
        method = getattr(self.request, "method", None)  # there is no request while the schema is made
        return method is not None and self.action_map.get(method.lower()) == "take_in"

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [] if self._is_inbound else super().get_authenticators()

    def get_permissions(self) -> Any:
        return [] if self._is_inbound else super().get_permissions()

    def save(self, row: Any, values: dict[str, Any]) -> Any:
        kind = values.pop("type", "webhook")
        if "meta" in values:
            values["meta"] = services.merge_patch(row.meta if row else {}, values["meta"])
        if row is not None:
            return services.update_integration(row, values)
        name, kind = values.pop("name"), TYPE_WORDS.get(kind, kind)
        return services.create_integration(type_slug=kind, name=name, now=self.now, open_inbound=True, **values)

    def remove(self, row: Any) -> None:
        services.delete_integration(row, now=self.now)

    @extend_schema(operation_id="pagertree_inbound", request=OpenApiTypes.OBJECT, responses={200: None}, auth=[])
    def take_in(self, request: Request, **kwargs: Any) -> Response:
        """Take in what a monitor says; an empty 200 says that it is stored, or has no effect."""
        door = self.get_object()
        if not door.open_inbound:
            raise Forbidden("This integration takes in nothing at this address.")
        sent = request.headers.get("pagertree-token", "")
        if door.inbound_token and not hmac.compare_digest(sent.encode("utf-8", "replace"), door.inbound_token.encode()):
            raise Forbidden("The token is missing or not valid.")
        if not door.enabled:
            raise MethodNotAllowed("POST", detail="This integration is switched off.")
        try:
            services.take_in(door, self.read_body(), now=self.now)
        except Backlogged as exc:
            raise Throttled(exc.retry_after) from exc
        return Response()
