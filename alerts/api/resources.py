"""What every resource besides the alert has in common: the same six keys, five verbs, and admins who write (Part B)."""

from __future__ import annotations

from typing import Any, ClassVar

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import mixins, serializers
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.attributes import Computed, Integers, Object, Timestamp, id_of
from alerts.api.dialect import PagerTreeViewSet
from alerts.api.fields import IsoField
from alerts.api.filtering import GrammarFilterSet, installation
from alerts.api.grammar import words
from base.errors import Invalid


class AdminsWrite(BasePermission):
    """Everybody reads, admins configure (decisions.md, Rights)."""

    message = "Only an admin may change this."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Compare the caller's role with what the method needs."""
        user: Any = request.user
        return request.method in SAFE_METHODS or bool(user.is_superuser)


class ResourceSerializer(serializers.ModelSerializer[Any]):
    """The keys that every object begins with. A subclass names its three letters."""

    prefix: ClassVar[str]
    HEAD = ("sid", "id", "createdAt", "updatedAt", "meta", "tinyId")

    sid = serializers.SerializerMethodField()
    id = serializers.SerializerMethodField()
    createdAt = IsoField(source="created_at", default=None)  # noqa: N815  the contract's names
    updatedAt = IsoField(source="updated_at", default=None)  # noqa: N815
    meta = serializers.SerializerMethodField()
    tinyId = serializers.IntegerField(source="pk", read_only=True)  # noqa: N815

    def get_fields(self) -> dict[str, Any]:
        """Leave out what was not selected."""
        selected = self.context.get("select")
        return {name: field for name, field in super().get_fields().items() if not selected or name in selected}

    def get_sid(self, row: Any) -> str:
        return str(self.context["sid"])

    def get_id(self, row: Any) -> str:
        return f"{self.prefix}_{row.public_id}"

    def get_meta(self, row: Any) -> dict[str, Any]:
        return getattr(row, "meta", {})


def own_id(prefix: str) -> Computed:
    """Return the attribute that spells an object's own id."""
    return id_of(prefix, "")


class ResourceFilterSet(GrammarFilterSet):
    """What every object can be asked for."""

    newest_first = ("-pk",)

    sid = installation()
    tinyId = Integers("pk")  # noqa: N815  the contract's names


class DatedFilterSet(ResourceFilterSet):
    """What an object that knows its instants and free keys can be asked for besides."""

    createdAt = Timestamp("created_at")  # noqa: N815
    updatedAt = Timestamp("updated_at")  # noqa: N815
    meta = Object("meta")


class ReadOnlyResource(mixins.ListModelMixin, mixins.RetrieveModelMixin, PagerTreeViewSet):
    """List and retrieve."""

    permission_classes = [AdminsWrite]
    filter_backends = [DjangoFilterBackend]

    def get_serializer_context(self) -> dict[str, Any]:
        """Add the attributes that a list is asked for. Raises Invalid for one that there is not."""
        select = words(self.request.query_params, "select") if self.action == "list" else []
        meta: Any = getattr(self.serializer_class, "Meta", None)
        if unknown := [name for name in select if meta and name not in meta.fields]:
            raise Invalid(f"select: there is no attribute '{unknown[0]}'", field="select")
        return super().get_serializer_context() | {"select": frozenset(select)}

    def answer(self, row: Any) -> Response:
        """Answer as GET would."""
        return Response(self.get_serializer(self.get_queryset().get(pk=row.pk)).data)


class Resource(ReadOnlyResource):
    """The five verbs. A subclass says how a row is saved, and how it is removed where that is more than a deletion."""

    def save(self, row: Any, values: dict[str, Any]) -> Any:
        """Make a row (None) or change it, by a service; return it."""
        raise TypeError(f"{type(self).__name__} saves nothing")

    def remove(self, row: Any) -> None:
        """Take the row away."""
        row.delete()

    def create(self, request: Request) -> Response:
        """Make one; answer 200 with it."""
        return self.answer(self.save(None, self.read_form()))

    def update(self, request: Request, **kwargs: Any) -> Response:
        """Change the keys that are sent; the others stay."""
        row = self.get_object()
        return self.answer(self.save(row, self.read_form(row, partial=True)))

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Remove it; answer 204."""
        self.remove(self.get_object())
        return Response(status=204)
