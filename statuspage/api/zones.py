"""`/timezones`: what a page's time zone may be (B8)."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from statuspage.api.dialect import SorryViewSet


class ZoneSerializer(serializers.Serializer[Any]):
    """One zone."""

    name = serializers.CharField()


class ZoneViewSet(SorryViewSet):
    """Time zones, by name. Nothing can be written."""

    serializer_class = ZoneSerializer

    def zones(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List them."""
        names = [{"name": name} for name in sorted(available_timezones())]
        return Response({"response": names, "count": len(names)})
