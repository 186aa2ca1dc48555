"""`/broadcast` and `/incident`: alerts of one kind under an address of their own (spec/pagertree Part B)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.alert import AlertViewSet
from alerts.api.log import LogFilterSet, LogSerializer, LogViewSet
from alerts.models import Alert


class BroadcastViewSet(AlertViewSet):
    """Broadcasts: made, read and deleted, never changed."""

    http_method_names = ["get", "post", "delete", "options"]

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(subtype=Alert.Subtype.BROADCAST)

    def read_body(self) -> dict[str, Any]:
        forced = {"subtype": Alert.Subtype.BROADCAST.value} if self.action == "create" else {}
        return super().read_body() | forced


class IncidentViewSet(AlertViewSet):
    """Incidents: alerts whose `meta.incident` is true."""

    was_found = False

    def get_queryset(self) -> QuerySet[Any]:
        # What was found and then changed is answered even if it is no incident any more.
        rows = super().get_queryset()
        return rows if self.was_found else rows.filter(meta__incident=True)

    def get_object(self) -> Any:
        found = super().get_object()
        self.was_found = True
        return found

    def read_body(self) -> dict[str, Any]:
        body = super().read_body()
        meta = body.get("meta") or {}
        if self.action != "create" or not isinstance(meta, dict):
            return body
        return body | {"meta": meta | {"incident": True}}

    @extend_schema(responses={200: LogSerializer(many=True)})
    @action(detail=True, methods=["get"], filterset_class=LogFilterSet)
    def logs(self, request: Request, **kwargs: Any) -> Response:
        """List what became of the incident."""
        alert = self.get_object()
        lines = self.filter_queryset(LogViewSet.queryset.filter(alert=alert))
        page = self.paginate_queryset(lines)
        return self.get_paginated_response(LogSerializer(page, many=True, context=self.get_serializer_context()).data)
