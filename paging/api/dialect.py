"""The Hotpot dialect: what all its resources share (spec/hotpot-paging-api A1 to A3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.utils.functional import cached_property
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from alerts.api.dialect import AlwaysJson
from base import clock
from base.api import OrjsonRenderer
from paging import page_requests
from paging.api import errors
from paging.api.auth import EditorsPage, HotpotAuthentication
from paging.models import Page

QUEUED = "Your request has been queued."
BODY_LIMIT = 1024 * 1024


class HotpotSchema(AutoSchema):
    """Says in the API's schema what each action reads and answers."""

    def get_request_serializer(self) -> Any:
        """Return the action's form; None where nothing is read."""
        return self._of("forms")

    def get_response_serializers(self) -> Any:
        """Return the action's envelope."""
        return self._of("envelopes") or super().get_response_serializers()

    def get_operation_id(self) -> str:
        """Name the operation after its dialect, so that four schemas may be joined."""
        view: Any = self.view
        return f"hotpot_{super().get_operation_id()}{'_of_product' if view.action == 'foreign' else ''}"

    def _of(self, name: str) -> Any:
        view: Any = self.view
        return getattr(view, name, {}).get(view.action)


class HotpotViewSet(GenericViewSet[Any]):
    """The base of every resource: key, envelope, error shape, two slash forms."""

    permission_classes: Any = [EditorsPage]
    renderer_classes = [OrjsonRenderer]
    content_negotiation_class = AlwaysJson
    pagination_class = None
    schema = HotpotSchema()
    forms: ClassVar[dict[str, type[serializers.Serializer[Any]]]] = {}
    envelopes: ClassVar[dict[str, type[serializers.Serializer[Any]]]] = {}

    @cached_property
    def now(self) -> datetime:
        """The one instant at which this request happens."""
        return clock.now()

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [HotpotAuthentication(self.now)]

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return errors.handle

    def read_body(self) -> str:
        """Return the body's text, whatever type it announces. Raises ParseError unless it is JSON: nothing else is."""
        request = self.request._request  # noqa: SLF001  the framework's parsers go by the content type
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > BODY_LIMIT:
            raise errors.BodyTooLarge
        try:
            text = request.body.decode()
            page_requests.parse(text)
        except ValueError as error:  # UnicodeDecodeError is one too
            raise ParseError from error
        return text

    def queued(self, page: Page) -> Response:
        """Return the answer of every request that is processed later."""
        answer = {"success": True, "message": QUEUED}
        return Response({"hotpot_request_id": str(page.request_id), "response": answer})


class WordSerializer(serializers.Serializer[Any]):
    """What every refusal answers."""

    error = serializers.CharField()


class UnknownPath(HotpotViewSet):
    """Every address below this dialect's that means nothing: in its manners, and only to those who may know."""

    serializer_class = WordSerializer
    permission_classes = []
    schema = None  # type: ignore[assignment]

    def unknown(self, request: Request, **kwargs: Any) -> Response:
        """Answer 404."""
        raise NotFound
