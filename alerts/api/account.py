"""`/account`: this installation (spec/pagertree Part B)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.dialect import PagerTreeViewSet
from alerts.api.inputs import Text
from alerts.api.resources import AdminsWrite, ResourceSerializer
from oncall.models import Organization


class AccountForm(serializers.Serializer[Any]):
    """What may be changed of it."""

    name = Text(required=False, blank=False, max_length=200)


class AccountSerializer(ResourceSerializer):
    """The installation. Its sign-in and its templates are not kept here."""

    prefix = "acc"
    token_id = serializers.SerializerMethodField()
    sso = serializers.SerializerMethodField()
    notification_templates = serializers.SerializerMethodField()

    class Meta:
        model = Organization
        fields = [*ResourceSerializer.HEAD, "name", "token_id", "sso", "notification_templates"]
        read_only_fields = fields

    def get_token_id(self, row: Organization) -> str | None:
        return None

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_sso(self, row: Organization) -> dict[str, Any]:
        return {"enabled": False}

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_notification_templates(self, row: Organization) -> dict[str, Any]:
        return {}


class AccountViewSet(mixins.RetrieveModelMixin, PagerTreeViewSet):
    """The one account there is."""

    prefix = "acc"
    permission_classes = [AdminsWrite]
    queryset = Organization.objects.all()
    serializer_class = AccountSerializer
    forms = {"update": AccountForm}

    def update(self, request: Request, **kwargs: Any) -> Response:
        """Rename the installation."""
        row = self.get_object()
        if values := self.read_form(row, partial=True):
            Organization.objects.filter(pk=row.pk).update(**values)
            row.refresh_from_db()
        return Response(self.get_serializer(row).data)
