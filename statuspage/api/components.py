"""`/pages/:page_id/components` (B2)."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch

from statuspage import selectors
from statuspage.api.dialect import CrudViewSet
from statuspage.api.filters import ComponentFilterSet
from statuspage.api.forms import ComponentForm
from statuspage.api.shapes import ComponentSerializer
from statuspage.models import Component
from statuspage.services import components


class ComponentViewSet(CrudViewSet):
    """Components, in the order of the tree."""

    queryset = Component.objects.none()
    serializer_class = ComponentSerializer
    form_class = ComponentForm
    filterset_class = ComponentFilterSet
    resource = "component"

    def get_queryset(self) -> Any:
        rows = Component.objects.filter(page=self.page)
        if "notices" in self.includes:
            rows = rows.prefetch_related(Prefetch("notices", selectors.listed_notices(self.page)))
        return rows

    def ordered(self, rows: Any) -> list[Component]:
        order = {pk: place for place, pk in enumerate(selectors.tree_of(self.page).ordered())}
        return sorted(rows, key=lambda one: order[one.pk])

    def make(self, values: dict[str, Any]) -> Component:
        return components.create_component(self.page, values, now=self.now)

    def change(self, row: Component, values: dict[str, Any]) -> Component:
        return components.update_component(row, values, now=self.now)

    def remove(self, row: Component) -> None:
        components.delete_component(row)
