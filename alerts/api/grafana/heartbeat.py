"""The address that a monitor pings while it is alive (spec/oncall-runtime-api 1.7). No limit counts its pings."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import Route, SimpleRouter

from alerts import services
from alerts.api.grafana.inbound import InboundViewSet, check_slug
from alerts.api.grafana.refusals import Refused
from alerts.ingest import integration_type
from alerts.models import Integration

SMILE = ":)"


class HeartbeatViewSet(InboundViewSet):
    """The sign of life of one integration. What a body says does not matter."""

    @extend_schema(operation_id="inbound_heartbeat", responses={200: OpenApiTypes.STR}, auth=[])
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Note a ping."""
        self._ping()
        return Response(SMILE)

    @extend_schema(operation_id="inbound_heartbeat_post", request=None, responses={200: None}, auth=[])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Note a ping."""
        self._ping()
        return Response()

    def _ping(self) -> None:
        assert self.integration is not None  # noqa: S101  `initial` found it
        kind = integration_type(self.integration.type)
        check_slug(self.kwargs["slug"], kind)
        if not kind.has_heartbeat:
            raise Refused(f"Integrations of the type {kind.title} have no heartbeat.", status=404)
        services.ping(self.integration, now=timezone.now())


class HeartbeatRouter(SimpleRouter):
    """Routes both slash forms of `<slug>/<token>/heartbeat/`."""

    routes = [
        Route(
            url=r"^{prefix}/{lookup}/heartbeat/?$",
            mapping={"get": "retrieve", "post": "create"},
            name="{basename}",
            detail=True,
            initkwargs={},
        )
    ]


def heartbeat_link(integration: Integration) -> str | None:
    """Return where the monitor pings; None for types without a heartbeat. Contains the secret."""
    if integration.link is None or not integration_type(integration.type).has_heartbeat:
        return None
    return f"{integration.link}heartbeat/"
