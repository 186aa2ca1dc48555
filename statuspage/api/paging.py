"""The envelopes of the Sorry API's lists (A10, A12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from statuspage.api.fields import one

DEFAULT = 25
LARGEST = 100


def whole_number(params: Mapping[str, Any], name: str, default: int) -> int:
    """Read a whole number of at least 1. Raises ParseError."""
    raw = str(one(params.get(name, default))).strip()
    if not (raw.isascii() and raw.isdecimal() and len(raw) <= 9 and int(raw) >= 1):
        raise ParseError(f"{name}: must be a whole number of at least 1")
    return int(raw)


class SorryPagination(BasePagination):
    """Everything at once, unless the view or the caller wants pages; `count` is always the total."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """Return the rows of the page that is asked for."""
        params = view.asked
        self.pagination: dict[str, Any] | None = None
        if view.page_size is None and "page" not in params and "per_page" not in params:
            rows = list(queryset)
            self.count = len(rows)
            return rows
        size = min(whole_number(params, "per_page", view.page_size or DEFAULT), view.page_size or LARGEST)
        number = whole_number(params, "page", 1)
        self.count = len(queryset) if isinstance(queryset, list) else queryset.count()
        pages = max(1, -(-self.count // size))
        self.pagination = {
            "current": number,
            "previous": number - 1 if number > 1 else None,
            "next": number + 1 if number < pages else None,
            "per_page": size,
            "pages": pages,
            "count": self.count,
        }
        return list(queryset[(number - 1) * size : number * size])

    def get_paginated_response(self, data: Any) -> Response:
        """Wrap the page."""
        body = {"response": data, "count": self.count}
        return Response(body if self.pagination is None else {**body, "pagination": self.pagination})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the envelope."""
        properties = {"response": schema, "count": {"type": "integer"}, "pagination": {"type": "object"}}
        return {"type": "object", "required": ["response", "count"], "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe `page` and `per_page`."""
        return [
            {"name": name, "in": "query", "required": False, "schema": {"type": "integer", "minimum": 1}}
            for name in ("page", "per_page")
        ]
