"""`/pages`, and what every page has once: brand and custom domain (B1, B5, B6)."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from statuspage.api import errors, filters
from statuspage.api.dialect import CrudViewSet, SorryViewSet
from statuspage.api.forms import BrandForm, DomainForm, PageForm
from statuspage.api.page_shapes import BrandSerializer, DomainSerializer, PageSerializer
from statuspage.models import Brand, CustomDomain, StatusPage
from statuspage.services import pages
from statuspage.services.notices import move_due

NARROWED = {
    "notices": filters.NOTICES,
    "components": filters.COMPONENTS,
    "subscribers": filters.SUBSCRIBERS,
}


class PageViewSet(CrudViewSet):
    """Status pages. A flat filter on one page goes to the collection that is included (A12)."""

    queryset = StatusPage.objects.none()
    serializer_class = PageSerializer
    form_class = PageForm
    filterset_class = filters.PageFilterSet
    resource = "page"
    lookup_field = "page_id"
    lookup_url_kwarg = "page_id"

    def get_queryset(self) -> Any:
        return StatusPage.objects.select_related("custom_domain", "brand").order_by("pk")

    def ordered(self, rows: Any) -> Any:
        move_due(now=self.now)
        return rows

    def get_object(self) -> Any:
        found = self.get_queryset().filter(page_id=str(self.kwargs["page_id"]).lower()).first()
        if found is None:
            raise NotFound(errors.NOT_FOUND)
        move_due(found, now=self.now)
        return found

    def narrowed(self, name: str, rows: Any) -> Any:
        """Return the rows of an included collection that the filters leave."""
        asked = self.asked.get("filter")
        asked = asked if isinstance(asked, dict) else {}
        nested = asked.get(name)
        included = [one for one in self.includes if one in NARROWED]
        flat = asked if self.action == "retrieve" and included == [name] else {}
        for found in (flat, nested if isinstance(nested, dict) else {}):
            rows = filters.narrowed(rows, found, NARROWED[name], self.now)
        return rows

    def make(self, values: dict[str, Any]) -> StatusPage:
        return pages.create_page(values, now=self.now)

    def change(self, row: StatusPage, values: dict[str, Any]) -> StatusPage:
        return pages.update_page(row, values, now=self.now)

    def remove(self, row: StatusPage) -> None:
        pages.delete_page(row)


class BrandViewSet(SorryViewSet):
    """The brand of a page."""

    queryset = Brand.objects.none()
    serializer_class = BrandSerializer
    form_class = BrandForm
    resource = "brand"

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show it."""
        return self.answer(Brand.objects.select_related("page__custom_domain").get(page=self.page))

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is sent."""
        row = Brand.objects.select_related("page__custom_domain").get(page=self.page)
        return self.answer(pages.update_brand(row, self.read_form(row), now=self.now))

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is sent."""
        return self.update(request)


class DomainViewSet(SorryViewSet):
    """The custom domain of a page."""

    queryset = CustomDomain.objects.none()
    serializer_class = DomainSerializer
    form_class = DomainForm

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show it."""
        found = CustomDomain.objects.filter(page=self.page).first()
        if found is None:
            raise NotFound(errors.NOT_FOUND)
        return self.answer(found)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Set it, in place of one that was there."""
        return self.answer(pages.set_domain(self.page, self.read_form()["domain"], now=self.now), 201)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take it away."""
        pages.remove_domain(self.page)
        return Response(status=204)
