"""The PagerTree dialect: what all its resources share (spec/pagertree A1 to A4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import cached_property
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotFound, ParseError, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from alerts.api import errors
from alerts.api.auth import EditorsWrite, PagerTreeAuthentication
from alerts.api.fields import public_id
from alerts.api.pages import PagerTreePagination
from base.api import OrjsonRenderer
from oncall.models import Organization

NOT_AN_OBJECT = "The body must be a JSON object."
CORS = {
    "Access-Control-Allow-Origin": "*",  # no cookie is ever looked at, so any page may call with a key it was given
    "Access-Control-Expose-Headers": "Retry-After",
}
PREFLIGHT = CORS | {
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, x-api-key, x-api-secret",
    "Access-Control-Max-Age": "86400",
}


class PagerTreeRenderer(OrjsonRenderer):
    """JSON that names its character set, as A1 wants it."""

    charset = "utf-8"  # type: ignore[assignment]


class AlwaysJson(BaseContentNegotiation):
    """Answer JSON whatever the client accepts: errors too, and nothing is refused for a header."""

    def select_parser(self, request: Request, parsers: list[BaseParser]) -> BaseParser:  # type: ignore[override]
        """Return the one parser."""
        return parsers[0]

    def select_renderer(
        self,
        request: Request,
        renderers: list[BaseRenderer],  # type: ignore[override]
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """Return the one renderer."""
        return renderers[0], renderers[0].media_type


class PagerTreeParser(BaseParser):
    """Read a JSON object; nothing at all is an empty one, also where a content type is announced (A1)."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return what the body says. Raises ParseError."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise errors.BodyTooLarge
        try:
            return orjson.loads(body) if body.strip() else {}
        except orjson.JSONDecodeError as exc:
            raise ParseError(f"The body is not JSON: {exc}") from exc


class PagerTreeSchema(AutoSchema):
    """Says in the API's schema that each action reads a form of its own, and answers 200 with the object."""

    def get_request_serializer(self) -> Any:
        """Return the action's form; None where the body does not matter."""
        view: Any = self.view
        return view.forms.get(view.action)

    def get_operation_id(self) -> str:
        """Name the operation after its dialect, so that four schemas may be joined."""
        return f"pagertree_{super().get_operation_id()}"


class PagerTreeViewSet(GenericViewSet[Any]):
    """The base of every resource: credentials, envelope, error shape, id spelling, two slash forms, CORS."""

    permission_classes = [EditorsWrite]
    parser_classes = [PagerTreeParser]
    renderer_classes = [PagerTreeRenderer]
    content_negotiation_class = AlwaysJson
    pagination_class = PagerTreePagination
    schema = PagerTreeSchema()
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    lookup_value_regex = "[^/]+"
    prefix: ClassVar[str]
    forms: ClassVar[dict[str, type[serializers.Serializer[Any]]]] = {}

    @cached_property
    def now(self) -> datetime:
        """The one instant at which this request happens."""
        return timezone.now()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer a browser's preflight without asking who it is; everything else as usual."""
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers=PREFLIGHT)
        response = super().dispatch(request, *args, **kwargs)
        for name, value in CORS.items():
            response[name] = value
        return response

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [PagerTreeAuthentication(self.now)]

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return errors.handle

    def get_serializer_context(self) -> dict[str, Any]:
        """Add the installation's id, which every object carries."""
        return {**super().get_serializer_context(), "sid": f"acc_{Organization.load().public_id}"}

    def get_object(self) -> Any:
        """Return the row that the path names. Raises NotFound: foreign and malformed ids look alike."""
        bare = public_id(self.kwargs["id"], self.prefix)
        found = bare and self.get_queryset().filter(public_id=bare).first()
        if not found:
            raise NotFound(errors.NOT_FOUND)
        return found

    def read_body(self) -> dict[str, Any]:
        """Return the body. Raises ValidationError when it is no object."""
        sent = self.request.data
        if not isinstance(sent, dict):
            raise ValidationError([NOT_AN_OBJECT])
        return sent

    def read_form(self, instance: Any = None, *, partial: bool = False) -> dict[str, Any]:
        """Return what the action's form makes of the body; all failing fields are told at once."""
        form = self.forms[self.action](instance, data=self.read_body(), partial=partial, context={"view": self})
        form.is_valid(raise_exception=True)
        values: dict[str, Any] = form.validated_data
        return values


class SentenceSerializer(serializers.Serializer[Any]):
    """One entry of the `errors` that every refusal answers."""

    message = serializers.CharField()


class UnknownPath(PagerTreeViewSet):
    """Every address below this dialect's that means nothing: in its manners, and only to those who may know."""

    serializer_class = SentenceSerializer
    schema = None  # type: ignore[assignment]

    def unknown(self, request: Request, **kwargs: Any) -> Response:
        """Answer 404."""
        raise NotFound("There is no such address.")
