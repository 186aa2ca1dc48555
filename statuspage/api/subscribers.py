"""`/pages/:page_id/subscribers` (B4). Who is added here is told at once; nobody is asked."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ParseError, ValidationError

from statuspage import selectors
from statuspage.api.dialect import CrudViewSet
from statuspage.api.fields import number, one
from statuspage.api.filters import SubscriberFilterSet
from statuspage.api.forms import SubscriberForm
from statuspage.api.shapes import SubscriberSerializer
from statuspage.models import Subscriber
from statuspage.services import subscribers


class SubscriberViewSet(CrudViewSet):
    """Subscribers whose address is confirmed."""

    queryset = Subscriber.objects.none()
    serializer_class = SubscriberSerializer
    form_class = SubscriberForm
    filterset_class = SubscriberFilterSet
    resource = "subscriber"
    page_size = 500

    def get_queryset(self) -> Any:
        rows = Subscriber.objects.filter(page=self.page, confirmed_at__isnull=False).order_by("pk")
        return rows.prefetch_related("components") if "components" in self.includes else rows

    def filter_queryset(self, queryset: Any) -> Any:
        asked = self.asked.get("filter")
        if isinstance(asked, dict) and "for_component" in asked:
            queryset = self._of_component(queryset, one(asked.pop("for_component")))
        return super().filter_queryset(queryset)

    def _of_component(self, rows: Any, raw: Any) -> Any:
        """Return who chose the component, and who chose none."""
        try:
            return selectors.subscribers_of(rows, number(raw))
        except ValidationError as error:
            raise ParseError("filter[for_component]: must be a number") from error

    def make(self, values: dict[str, Any]) -> Subscriber:
        row, chosen = self._split(values)
        return subscribers.add_subscriber(self.page, row, chosen or (), now=self.now)

    def change(self, row: Subscriber, values: dict[str, Any]) -> Subscriber:
        fields, chosen = self._split(values)
        return subscribers.update_subscriber(row, fields, chosen, now=self.now)

    def remove(self, row: Subscriber) -> None:
        subscribers.remove_subscriber(row)

    def _split(self, values: dict[str, Any]) -> tuple[dict[str, Any], list[int] | None]:
        chosen = values.pop("component_ids", None)
        if "tag_list" in values:
            values["tags"] = values.pop("tag_list")
        return values, chosen
