"""`/router`: rules that say where alerts go (spec/pagertree Part B, C7)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import services
from alerts.api.attributes import Boolean, Word
from alerts.api.inputs import Meta, SwitchedOn, Text
from alerts.api.inputs import Word as OneOf
from alerts.api.resources import DatedFilterSet, Resource, ResourceSerializer, own_id
from alerts.models import Router
from alerts.services.destinations import unknown_destinations
from base.errors import Invalid, NotFound

TEMPLATES = {
    "router": """rules:
- match:
    alert.urgency:
      $in: [low]
    $timeBetween:
      timezone: Etc/UTC
      starttime: 06:00 pm
      endtime: 08:00 am
  actions:
  - type: assign
    receiver: <id>
    delay: 1h
- match:
    alert.title:
      $regex: ^\\[TEST\\]
  actions:
  - type: ignore
- match:
    always: true
  actions:
  - type: assign
    receiver: <id>
""",
    "notification": "rules: []\n",
}


class RouterForm(serializers.Serializer[Any]):
    """A router as a client describes it; `settings` is another name for `rules`."""

    meta = Meta(required=False)
    name = Text(blank=False, max_length=200)
    enabled = SwitchedOn(required=False)
    type = OneOf(Router.Type.values, required=False, default_word=Router.Type.ROUTER)
    default_receiver = Text(required=False, allow_null=True, max_length=40, empty_is_null=True)
    rules = Text(required=False)
    settings = Text(required=False)


class RouterSerializer(ResourceSerializer):
    """A router."""

    prefix = "rtr"

    class Meta:
        model = Router
        fields = [*ResourceSerializer.HEAD, "name", "enabled", "type", "default_receiver", "rules"]
        read_only_fields = fields


class RouterFilterSet(DatedFilterSet):
    """What routers can be asked for."""

    id = own_id("rtr")
    name = Word("name")
    enabled = Boolean("enabled")
    type = Word("type")
    default_receiver = Word("default_receiver")
    rules = Word("rules")


class RouterViewSet(Resource):
    """Routers."""

    prefix = "rtr"
    queryset = Router.objects.all()
    serializer_class = RouterSerializer
    filterset_class = RouterFilterSet
    forms = {"create": RouterForm, "update": RouterForm}

    def save(self, row: Any, values: dict[str, Any]) -> Any:
        if "settings" in values:
            values.setdefault("rules", values.pop("settings"))
            values.pop("settings", None)
        if "meta" in values:
            values["meta"] = services.merge_patch(row.meta if row else {}, values["meta"])
        receiver = values.get("default_receiver")
        if receiver and unknown_destinations([receiver]):
            raise Invalid(f"default_receiver: there is no destination '{receiver}'", field="default_receiver")
        return services.save_router(row, values, now=self.now)

    @extend_schema(responses={200: OpenApiTypes.STR}, filters=False)
    @action(
        detail=False,
        methods=["get"],
        url_path="default-template/(?P<kind>[^/]+)",
        pagination_class=None,
        filter_backends=[],
    )
    def default_template(self, request: Request, kind: str) -> Response:
        """Answer rules to begin with."""
        if kind not in TEMPLATES:
            raise NotFound(f"There is no template '{kind}'.")
        return Response(TEMPLATES[kind])
