"""The Sorry dialect: what all its resources share (A1 to A3, A10, A11)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.functional import cached_property
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotFound
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from base.api import OrjsonRenderer
from oncall.models import User
from statuspage.api import errors
from statuspage.api.auth import PerToken, RoleWrites, SorryAuthentication
from statuspage.api.bodies import SorryParser, form_of
from statuspage.api.filters import SorryFilterBackend
from statuspage.api.paging import SorryPagination
from statuspage.models import StatusPage
from statuspage.services.notices import move_due

PATH_TYPES = {"page_id": str, "notice_id": int}
Includes = dict[str, Any]


class SorryRenderer(OrjsonRenderer):
    """JSON that names its character set."""

    charset = "utf-8"  # type: ignore[assignment]


class AlwaysJson(BaseContentNegotiation):
    """Read what comes and answer JSON, whatever the headers say."""

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


def includes(raw: Any) -> Includes:
    """Return `components,notices.updates` as a tree; a dot path implies what stands before the dot."""
    tree: Includes = {}
    values = raw if isinstance(raw, list) else [raw]
    for path in ",".join(str(value) for value in values if value is not None).split(","):
        below = tree
        for name in filter(None, (part.strip() for part in path.split(".")[:4])):
            below = below.setdefault(name, {})
    return tree


class SorrySchema(AutoSchema):
    """Says in the API's schema that each resource reads a form of its own."""

    def get_request_serializer(self) -> Any:
        """Return the form; None where nothing is read."""
        view: Any = self.view
        return view.form_class if self.method in ("POST", "PUT", "PATCH") else None

    def get_override_parameters(self) -> list[Any]:
        """Describe the parts of the path that the model cannot tell, and `include`."""
        found: list[Any] = [
            OpenApiParameter(name, kind, OpenApiParameter.PATH)
            for name, kind in PATH_TYPES.items()
            if f"{{{name}}}" in self.path
        ]
        return [*found, OpenApiParameter("include", str, description="Names of what is to be put in, with commas.")]

    def get_operation_id(self) -> str:
        """Name the operation after its dialect."""
        return f"sorry_{super().get_operation_id()}"


class SorryViewSet(GenericViewSet[Any]):
    """The base of every resource: token, limit, encodings, envelope, error shape, both slash forms."""

    permission_classes = [RoleWrites]
    throttle_classes = [PerToken]
    parser_classes = [SorryParser]
    renderer_classes = [SorryRenderer]
    content_negotiation_class = AlwaysJson
    pagination_class = SorryPagination
    filter_backends = [SorryFilterBackend]
    schema = SorrySchema()
    lookup_url_kwarg = "id"
    lookup_value_regex = "[^/]+"
    page_size: ClassVar[int | None] = None
    write_role: ClassVar[str] = User.Role.ADMIN
    resource: ClassVar[str] = ""  # a body may be wrapped in it
    form_class: ClassVar[type[serializers.Serializer[Any]]]

    @cached_property
    def now(self) -> datetime:
        """The one instant at which this request happens, in whole milliseconds as it is shown."""
        now = timezone.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    @cached_property
    def sent(self) -> dict[str, Any]:
        """What body and query say together; the body wins."""
        body: Any = self.request.data
        found = {**form_of(self.request.META.get("QUERY_STRING", "")), **body}
        wrapped = found.get(self.resource)
        return {**found, **wrapped} if self.resource and isinstance(wrapped, dict) else found

    @cached_property
    def asked(self) -> dict[str, Any]:
        """Filters, includes and pages: in the query, or in the body of a GET."""
        return self.sent

    @cached_property
    def includes(self) -> Includes:
        """What is to be put into the answer."""
        return includes(self.asked.get("include"))

    @cached_property
    def page(self) -> StatusPage:
        """The page that the path names. Raises NotFound."""
        rows = StatusPage.objects.select_related("custom_domain")
        found = rows.filter(page_id=str(self.kwargs["page_id"]).lower()).first()
        if found is None:
            raise NotFound(errors.NOT_FOUND)
        move_due(found, now=self.now)
        return found

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [SorryAuthentication(self.now)]

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return errors.handle

    def get_serializer_context(self) -> dict[str, Any]:
        """Add what the objects need to know."""
        context = dict(super().get_serializer_context())
        return context if getattr(self, "swagger_fake_view", False) else {**context, "includes": self.includes}

    def get_object(self) -> Any:
        """Return the row that the path names. Raises NotFound: foreign and malformed ids look alike."""
        raw = str(self.kwargs["id"])
        rows = self.get_queryset()
        found = rows.filter(pk=int(raw)).first() if raw.isascii() and raw.isdecimal() and len(raw) < 19 else None
        if found is None:
            raise NotFound(errors.NOT_FOUND)
        return found

    def read_form(self, instance: Any = None) -> dict[str, Any]:
        """Return what the form makes of what was sent. Raises Refused with everything that is wrong."""
        form = self.form_class(instance, data=self.sent, context={"view": self})
        if not form.is_valid():
            raise errors.Refused({name: [str(text) for text in texts] for name, texts in form.errors.items()})
        values: dict[str, Any] = form.validated_data
        return values

    def answer(self, row: Any, status: int = 200) -> Response:
        """Wrap one object."""
        return Response({"response": self.get_serializer(row).data}, status=status)


class CrudViewSet(SorryViewSet):
    """Lists, makes, shows, changes and deletes; PUT is PATCH. A subclass says how, in `make`, `change`, `remove`."""

    def make(self, values: dict[str, Any]) -> Any:
        """Call the service that makes the object."""
        raise TypeError(f"{type(self).__name__} makes nothing")

    def change(self, row: Any, values: dict[str, Any]) -> Any:
        """Call the service that changes it."""
        raise TypeError(f"{type(self).__name__} changes nothing")

    def remove(self, row: Any) -> None:
        """Call the service that deletes it."""
        raise TypeError(f"{type(self).__name__} removes nothing")

    def again(self, row: Any) -> Any:
        """Read the row anew, as GET reads it: the two must agree byte for byte."""
        return self.get_queryset().get(pk=row.pk)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        rows = self.paginate_queryset(self.ordered(self.filter_queryset(self.get_queryset())))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    def ordered(self, rows: Any) -> Any:
        """Return the rows in the order in which they are listed."""
        return rows

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make one; answer 201."""
        self.get_queryset()  # a page that is not there comes before what is wrong with the body
        return self.answer(self.again(self.make(self.read_form())), 201)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show one."""
        return self.answer(self.get_object())

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is sent, nothing else."""
        row = self.get_object()
        return self.answer(self.again(self.change(row, self.read_form(row))))

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is sent, nothing else."""
        return self.update(request)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete it; answer 204."""
        self.remove(self.get_object())
        return Response(status=204)


class SentenceSerializer(serializers.Serializer[Any]):
    """What every refusal answers."""

    error = serializers.CharField()
    error_description = serializers.CharField()


class UnknownPath(SorryViewSet):
    """Every address below this dialect's that means nothing: in its manners, and only to those who may know."""

    serializer_class = SentenceSerializer
    permission_classes = []
    schema = None  # type: ignore[assignment]

    def unknown(self, request: Request, **kwargs: Any) -> Response:
        """Answer 404."""
        raise NotFound("There is no such address.")
