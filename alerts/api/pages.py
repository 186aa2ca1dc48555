"""The envelope of every list of the PagerTree API (spec/pagertree A4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from base.errors import Invalid

DEFAULT_LIMIT = 10
LARGEST_LIMIT = 100


def whole_number(params: Mapping[str, str], name: str, default: int, least: int) -> int:
    """Read a whole number of at least `least`. Raises Invalid."""
    raw = params.get(name)
    if raw is None:
        return default
    if not (raw.isascii() and raw.isdecimal() and len(raw) <= 15 and int(raw) >= least):
        raise Invalid(f"{name}: must be a whole number of at least {least}", field=name)
    return int(raw)


class PagerTreePagination(BasePagination):
    """By `limit` and `offset`, or by `page`, which wins. Past the end there is simply nothing."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows that are asked for, by two queries; by one where there can be none."""
        params = request.query_params
        limit = min(whole_number(params, "limit", DEFAULT_LIMIT, 1), LARGEST_LIMIT)
        self.offset = whole_number(params, "offset", 0, 0)
        if "page" in params:
            self.offset = (whole_number(params, "page", 1, 1) - 1) * limit
        self.total = queryset.count()
        if self.offset >= self.total:
            return []
        return list(queryset[self.offset : self.offset + limit])

    def get_paginated_response(self, data: Any) -> Response:
        """Wrap the page."""
        has_more = self.offset + len(data) < self.total and bool(data)
        return Response({"data": data, "has_more": has_more, "total_count": self.total})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the envelope."""
        properties = {"data": schema, "has_more": {"type": "boolean"}, "total_count": {"type": "integer"}}
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe `limit`, `offset` and `page`."""
        bounds = {
            "limit": {"minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT},
            "offset": {"minimum": 0, "default": 0},
            "page": {"minimum": 1},
        }
        return [
            {"name": name, "in": "query", "required": False, "schema": {"type": "integer", **more}}
            for name, more in bounds.items()
        ]
