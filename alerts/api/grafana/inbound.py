"""The addresses that monitors post to: accepted means stored (spec/oncall-runtime-api 1.1, 1.2)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import Route, SimpleRouter
from rest_framework.viewsets import GenericViewSet

from alerts import services
from alerts.api.grafana import refusals, sns
from alerts.api.grafana.bodies import JsonAlways, PayloadParser
from alerts.ingest import IntegrationType, integration_type
from alerts.models import Integration
from base import metrics

TOKEN = re.compile(r"[A-Za-z0-9]{1,40}")
ALERT_ID_HEADER = "X-Tocsin-Alert-Id"
SNS = "amazon_sns"
SUBSCRIBED = object()  # there is nothing to store
# These compare their word in the address with the integration before they read the body, the others after it.
CHECKED_FIRST = frozenset({"alertmanager", "grafana_alerting", "grafana"})


class PayloadSerializer(serializers.BaseSerializer[Any]):
    """What a monitor says: whatever it likes but null. Its integration's templates make sense of it."""

    def to_internal_value(self, data: Any) -> Any:
        """Return it as it is."""
        return data

    def to_representation(self, instance: Any) -> Any:
        """Return it as it is."""
        return instance


class InboundViewSet(GenericViewSet[Any]):
    """The door of one integration; the token in the address is the key."""

    queryset = (
        Integration.objects.filter(deleted_at=None, enabled=True)
        .exclude(type__in=Integration.INTERNAL_TYPES)
        .order_by()
    )
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    parser_classes = [PayloadParser, FormParser, MultiPartParser]
    content_negotiation_class = JsonAlways
    serializer_class = PayloadSerializer
    pagination_class = None
    filter_backends: list[Any] = []
    lookup_field = "token"
    lookup_value_regex = "[^/]+"
    http_method_names = ["get", "post", "head"]
    integration: Integration | None = None

    def get_exception_handler(self) -> Callable[..., HttpResponseBase | None]:
        return refusals.answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the key before anything else. Raises Refused and, for a body over the limit, a 413."""
        token = kwargs["token"]
        found = next(iter(self.get_queryset().filter(token=token)), None) if TOKEN.fullmatch(token) else None
        if found is None:
            raise refusals.unknown_key()
        self.integration = found
        if _announced_length(request) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise refusals.too_large()
        super().initial(request, *args, **kwargs)

    @extend_schema(operation_id="inbound_instructions", responses={(200, "text/html"): OpenApiTypes.STR}, auth=[])
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Tell a person who opens the address in a browser what to do with it."""
        return render(request._request, "alerts/inbound.html", {"integration": self.integration})  # noqa: SLF001

    @extend_schema(operation_id="inbound_receive", request=OpenApiTypes.ANY, responses={200: OpenApiTypes.STR}, auth=[])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a payload in; 200 says that it is stored, the header in which alert."""
        assert self.integration is not None  # noqa: S101  `initial` found it
        payload = self._payload(request, self.integration)
        if payload is SUBSCRIBED:
            return Response("Ok.")
        stored = services.receive_all(self.integration, payload, now=timezone.now())
        for received in stored:
            outcome = "opened" if received.is_new else "joined"
            metrics.ingest_events.labels(self.integration.type, outcome).inc()
        return Response("Ok.", headers={ALERT_ID_HEADER: f"I{stored[-1].alert.public_id}"})

    def _payload(self, request: Request, integration: Integration) -> Any:
        """Return the body. The order of the checks is the wire's."""
        slug, kind = self.kwargs["slug"], integration_type(integration.type)
        if slug == SNS:  # reads any type of body, and asks the envelope and not the address for whom it is
            body = sns.message_of(request._request.body)  # noqa: SLF001
            return SUBSCRIBED if body is None else body
        if slug in CHECKED_FIRST:
            check_slug(slug, kind)
        if request.FILES:
            raise refusals.Refused("File uploads are not allowed")
        body = request.data
        if slug not in CHECKED_FIRST:
            check_slug(slug, kind)
        if body is None:
            raise refusals.Refused("Payload is required")
        return body.dict() if isinstance(body, QueryDict) else body


def _announced_length(request: Request) -> int:
    announced = request.META.get("CONTENT_LENGTH") or ""
    return int(announced) if announced.isdecimal() else 0


def check_slug(slug: str, kind: IntegrationType) -> None:
    """Raise Refused when the word in an address is not the integration's own."""
    if slug not in kind.inbound_slugs:
        text = f"This url is for integration with {kind.title}.Key is for {kind.title}"
        raise refusals.Refused(text)


class InboundRouter(SimpleRouter):
    """Routes both slash forms of `<slug>/<token>/`: a redirect would lose the body."""

    routes = [
        Route(
            url=r"^{prefix}/{lookup}/?$",
            mapping={"get": "retrieve", "post": "create"},
            name="{basename}",
            detail=True,
            initkwargs={},
        )
    ]
