"""The OnCall dialect: what all its resources share (spec/oncall-config-api section 1).

A resource is a view set with a `serializer_class` (what is answered), a `form_class` (what is read) and three
methods that call services. Domain rules live there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

import orjson
from django.conf import settings
from django.db.models import Model
from django.utils import timezone
from django.utils.functional import cached_property
from drf_spectacular.openapi import AutoSchema
from rest_framework import mixins, serializers, status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import GenericViewSet

from oncall.api import errors
from oncall.api.auth import OnCallAuthentication, RolePermission
from oncall.api.fields import public_id
from oncall.api.pages import OnCallPagination
from oncall.api.throttling import UserThrottle
from oncall.models import User


class OnCallParser(BaseParser):
    """Read JSON of the size that the server accepts."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return what the body says. Raises ParseError."""
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise errors.BodyTooLarge
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as exc:
            raise ParseError(f"JSON parse error - {exc}") from exc


class OnCallSchema(AutoSchema):
    """Says in the API's schema that bodies are read by another serializer than answers are written."""

    def get_request_serializer(self) -> Any:
        """Return the form of the view, if it has one."""
        form = getattr(self.view, "form_class", None)
        return form or super().get_request_serializer()

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        """Say of a resource with keys `of_some` types only that those may be missing."""
        schema = super()._map_basic_serializer(serializer, direction)
        optional: frozenset[str] = getattr(serializer, "of_some", frozenset())
        if optional and "required" in schema:
            schema["required"] = [name for name in schema["required"] if name not in optional]
        return schema

    def get_operation_id(self) -> str:
        """Name the operation after its dialect, so that four schemas may be joined."""
        return f"oncall_{super().get_operation_id()}"


class OnCallViewSet(GenericViewSet[Any]):
    """The base of every resource: key, role, envelope, error shape, id spelling."""

    authentication_classes = [OnCallAuthentication]
    permission_classes = [RolePermission]
    parser_classes = [OnCallParser]
    throttle_classes = [UserThrottle]
    pagination_class = OnCallPagination
    schema = OnCallSchema()
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    prefix: ClassVar[str]
    page_size: ClassVar[int] = 50
    walk: ClassVar[tuple[str, ...]] = ()  # the columns that order a long list, so that pages can be walked by keys
    write_role: ClassVar[str] = User.Role.ADMIN
    unique_text: ClassVar[str] = ""

    @cached_property
    def now(self) -> datetime:
        """The one instant at which this request happens."""
        return timezone.now()

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [OnCallAuthentication(self.now)]

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return errors.handle

    def get_object(self) -> Any:
        """Return the row that the path names. Raises NotFound: foreign and malformed ids look alike."""
        bare = public_id(self.kwargs["id"], self.prefix)
        found = bare and self.get_queryset().filter(public_id=bare).first()
        if not found:
            raise NotFound(errors.NOT_FOUND)
        self.check_object_permissions(self.request, found)
        return found


class ListViewSet(mixins.ListModelMixin, OnCallViewSet):
    """A resource that can only be listed."""


class ReadViewSet(mixins.RetrieveModelMixin, ListViewSet):
    """A resource that can be listed and read."""


class CrudViewSet(ReadViewSet):
    """A resource that can be written: a subclass says how, in `make`, `change` and `remove`."""

    form_class: type[serializers.Serializer[Any]]
    partial_put: ClassVar[bool] = True

    def make(self, values: dict[str, Any]) -> Model:
        """Call the service that makes the object of validated values."""
        raise TypeError(f"{type(self).__name__} makes nothing")

    def change(self, instance: Any, values: dict[str, Any]) -> Model:
        """Call the service that changes it."""
        raise TypeError(f"{type(self).__name__} changes nothing")

    def remove(self, instance: Any) -> None:
        """Call the service that deletes it."""
        raise TypeError(f"{type(self).__name__} removes nothing")

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make one; answer 201 with all of it."""
        made = self.make(self._read())
        return Response(self._write(made), status=status.HTTP_201_CREATED)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is sent; where `partial_put` is off, PUT wants the required fields."""
        return self._change(partial=self.partial_put)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is sent."""
        return self._change(partial=True)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete it; answer 204."""
        self.remove(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _change(self, *, partial: bool) -> Response:
        instance = self.get_object()
        return Response(self._write(self.change(instance, self._read(instance, partial=partial))))

    def _read(self, instance: Any = None, *, partial: bool = False) -> dict[str, Any]:
        context = self.get_serializer_context()
        form = self.form_class(instance, data=self.request.data, partial=partial, context=context)
        form.is_valid(raise_exception=True)
        values: dict[str, Any] = form.validated_data
        return values

    def _write(self, instance: Model) -> Any:
        # Read again as GET reads it: the two must agree byte for byte.
        return self.get_serializer(self.get_queryset().get(pk=instance.pk)).data


class OnCallRouter(SimpleRouter):
    """Routes every address with and without a final slash: a redirect would lose the body of a POST."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"
