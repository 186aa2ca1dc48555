"""What a mail provider posts for each mail that it has taken in (spec/oncall-runtime-api 1.6)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import Route, SimpleRouter
from rest_framework.viewsets import GenericViewSet

from alerts.api.grafana import refusals
from alerts.api.grafana.bodies import JsonAlways, PayloadParser
from alerts.api.grafana.inbound import PayloadSerializer
from alerts.ingest.mail import from_fields
from alerts.models import Integration
from alerts.services.mail import receive_mail
from base import metrics
from base.errors import DomainError, NotFound

SECRET_HEADER = "X-Tocsin-Secret"  # noqa: S105  the header's name


class InboundEmailViewSet(GenericViewSet[Any]):
    """The door of mail providers. It is closed until a secret and a domain are set."""

    queryset = Integration.objects.none()
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    parser_classes = [PayloadParser, FormParser, MultiPartParser]
    content_negotiation_class = JsonAlways
    serializer_class = PayloadSerializer
    pagination_class = None
    filter_backends: list[Any] = []
    http_method_names = ["post", "head"]
    integration: Integration | None = None

    def get_exception_handler(self) -> Callable[..., HttpResponseBase | None]:
        return refusals.answer

    @extend_schema(exclude=True)
    def probe(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Tell a provider that asks before it posts that somebody is there."""
        return HttpResponse()

    @extend_schema(operation_id="inbound_email", request=OpenApiTypes.ANY, responses={200: OpenApiTypes.STR}, auth=[])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Take a mail in; 200 says that it is stored."""
        if not _knows_secret(request) or not isinstance(request.data, dict):
            return HttpResponse(status=400)
        fields = request.data.dict() if isinstance(request.data, QueryDict) else request.data
        try:
            received = receive_mail(
                from_fields(fields), domain=settings.TOCSIN_INBOUND_EMAIL_DOMAIN, now=timezone.now()
            )
        except NotFound as exc:
            raise refusals.unknown_key() from exc
        except DomainError:
            return HttpResponse(status=400)
        metrics.ingest_events.labels(Integration.INBOUND_EMAIL, "opened" if received.is_new else "joined").inc()
        return Response("OK")


def _knows_secret(request: Request) -> bool:
    """Tell whether the secret came as a header, or as HTTP's basic credentials or their password."""
    secret = settings.TOCSIN_INBOUND_EMAIL_SECRET
    if not secret or not settings.TOCSIN_INBOUND_EMAIL_DOMAIN:
        return False
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        both = base64.b64decode(encoded, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        both = ""
    offered = (request.headers.get(SECRET_HEADER, ""), both, both.partition(":")[2])
    return any([constant_time_compare(one, secret) for one in offered])  # noqa: C419  always as long


class InboundEmailRouter(SimpleRouter):
    """Routes both slash forms of the one address."""

    routes = [
        Route(
            url=r"^{prefix}/?$",
            mapping={"post": "create", "head": "probe"},
            name="{basename}",
            detail=False,
            initkwargs={},
        )
    ]
