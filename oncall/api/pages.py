"""The envelope of every list of the OnCall API (spec/oncall-config-api 1.5)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from oncall.api import walks

LARGEST_PAGE = 100


def _at_least_one(raw: str | None, default: int) -> int:
    """Read a query parameter leniently: what is no positive number is the default."""
    usable = raw is not None and raw.isascii() and raw.isdecimal() and len(raw) <= 9 and int(raw) > 0
    return int(raw) if usable and raw else default


class OnCallPagination(BasePagination):
    """Pages by number; a page beyond the end is the last one. A view sets its own `page_size`."""

    page_query_param = "page"
    page_size_query_param = "perpage"

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows of the page that is asked for, by two queries."""
        self.request = request
        asked = _at_least_one(request.query_params.get(self.page_size_query_param), view.page_size)
        self.size = min(asked, LARGEST_PAGE)
        filters = self._filters()
        self.count = walks.count(queryset, filtered=bool(filters))
        self.pages = max(1, -(-self.count // self.size))
        self.number = min(_at_least_one(request.query_params.get(self.page_query_param), 1), self.pages)
        if not view.walk:
            return self._counted(queryset)
        return self._walked(queryset, view.walk, (getattr(request.user, "pk", 0), request.path, filters, self.size))

    def _filters(self) -> tuple[tuple[str, str], ...]:
        """Return what narrows the list, in the order of names."""
        own = (self.page_query_param, self.page_size_query_param)
        sent = self.request.query_params.lists()
        return tuple(sorted((name, value) for name, values in sent if name not in own for value in values if value))

    def _counted(self, queryset: Any) -> list[Any]:
        start = (self.number - 1) * self.size
        return list(queryset[start : start + self.size])

    def _walked(self, queryset: Any, order: tuple[str, ...], reader: tuple[Any, ...]) -> list[Any]:
        """Return the page by the key it begins after; where none is known, count to it over the index alone."""
        if key := walks.beginning(reader, self.number):
            rows = list(queryset.filter(walks.after(order, key))[: self.size])
        elif self.number >= walks.DEEP:
            keys = self._counted(queryset.order_by(*order).values_list("pk", flat=True))
            rows = list(queryset.filter(pk__in=keys))
        else:
            rows = self._counted(queryset)
        if len(rows) == self.size:
            walks.remember(reader, self.number + 1, walks.key_of(rows[-1], order))
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        """Wrap the page."""
        return Response(
            {
                "count": self.count,
                "next": self._link(self.number + 1),
                "previous": self._link(self.number - 1),
                "results": data,
                "current_page_number": self.number,
                "page_size": self.size,
                "total_pages": self.pages,
            }
        )

    def _link(self, number: int) -> str | None:
        if not 1 <= number <= self.pages:
            return None
        query = self.request.query_params.copy()
        query.pop(self.page_query_param, None)
        if number > 1:
            query[self.page_query_param] = str(number)
        address = f"{settings.TOCSIN_BASE_URL}{self.request.path}"
        return f"{address}?{query.urlencode()}" if query else address

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the envelope."""
        number, link = {"type": "integer"}, {"type": "string", "format": "uri", "nullable": True}
        properties = {
            "count": number,
            "next": link,
            "previous": link,
            "results": schema,
            "current_page_number": number,
            "page_size": number,
            "total_pages": number,
        }
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Describe `page` and `perpage`."""
        number = {"type": "integer", "minimum": 1}
        return [
            {"name": "page", "in": "query", "required": False, "schema": number},
            {
                "name": "perpage",
                "in": "query",
                "required": False,
                "schema": {**number, "maximum": LARGEST_PAGE, "default": view.page_size},
            },
        ]
