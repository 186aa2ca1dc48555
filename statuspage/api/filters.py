"""Which attributes each list of the Sorry API can be filtered by, as FilterSets that the schema shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django_filters import CharFilter, FilterSet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from statuspage.api.fields import number
from statuspage.api.grammar import Attribute, Attributes, BadFilter, compiled, timeline
from statuspage.models import Component, Notice, NoticeTemplate, NoticeUpdate, StatusPage, Subscriber, UpdateTemplate

INSTANTS = {name: Attribute("instant", name) for name in ("created_at", "updated_at")}


def narrowed(rows: QuerySet[Any], asked: Mapping[str, Any], attributes: Attributes, now: datetime) -> QuerySet[Any]:
    """Return the rows for which all filters hold. Raises ParseError."""
    try:
        for condition in compiled(asked, attributes, now):
            rows = rows.filter(condition)
    except BadFilter as error:
        raise ParseError(str(error)) from error
    return rows


class SorryFilterSet(FilterSet):
    """Applies the grammar; what is declared below it is documentation."""

    attributes: Attributes = {}

    def __init__(self, *args: Any, view: Any = None, **kwargs: Any) -> None:
        self.view = view
        super().__init__(*args, **kwargs)

    @property
    def qs(self) -> Any:
        """Return the rows that are asked for."""
        asked = self.view.asked.get("filter", {})
        if not isinstance(asked, dict):
            raise ParseError("filter: write filter[<attribute>_<operator>]=<value>")
        return narrowed(self.queryset, asked, self.attributes, self.view.now)


class SorryFilterBackend(DjangoFilterBackend):
    """Hands the view in, since parameters may lie in the body of a GET."""

    def get_filterset_kwargs(self, request: Request, queryset: Any, view: Any) -> dict[str, Any]:
        return {**super().get_filterset_kwargs(request, queryset, view), "view": view}


def filter_set(model: Any, attributes: Attributes) -> type[SorryFilterSet]:
    """Make the FilterSet of a list."""
    declared: dict[str, Any] = {
        f"filter[{name}_eq]": CharFilter(help_text="Further operators: see the API's own documentation.")
        for name in attributes
    }
    meta = type("Meta", (), {"model": model, "fields": []})
    return type(f"{model.__name__}FilterSet", (SorryFilterSet,), {"Meta": meta, "attributes": attributes, **declared})


def through(path: str, table: Any, own: str) -> Any:
    """Compare the ids of rows tied to this one: each row comes once, however many match."""

    def condition(operator: str, values: list[Any], now: datetime) -> Q:
        tied = table.objects.filter(**{own: OuterRef("pk")})
        if operator in ("null", "blank"):
            return ~Q(Exists(tied))
        if operator not in ("eq", "in"):
            raise ValueError("ids can be compared by eq and in")
        try:
            wanted = [number(value) for value in values]
        except Exception as error:
            raise ValueError("it is not a number") from error
        return Q(Exists(tied.filter(**{f"{path}__in": wanted})))

    return condition


NOTICES: Attributes = {
    "id": Attribute("number", "pk"),
    "type": Attribute("text", "type"),
    "state": Attribute("text", "state"),
    "timeline_state": timeline,
    "subject": Attribute("text", "subject"),
    **INSTANTS,
    **{name: Attribute("instant", name) for name in ("began_at", "ended_at", "begins_at", "ends_at")},
    "should_automate_schedule": Attribute("boolean", "automated"),
    "tag_list": Attribute("tags", "tags"),
    "components_id": through("component_id", Notice.components.through, "notice"),
}
COMPONENTS: Attributes = {
    "id": Attribute("number", "pk"),
    "name": Attribute("text", "name"),
    "description": Attribute("text", "description"),
    "position": Attribute("number", "position"),
    "parent_id": Attribute("number", "parent_id"),
    **INSTANTS,
}
UPDATES: Attributes = {
    "id": Attribute("number", "pk"),
    "content": Attribute("text", "content"),
    "should_publish": Attribute("boolean", "should_publish"),
    **INSTANTS,
}
PAGES: Attributes = {
    "id": Attribute("text", "page_id"),
    **{name: Attribute("text", name) for name in ("name", "locale")},
    "timezone": Attribute("text", "time_zone"),
    **INSTANTS,
}
SUBSCRIBERS: Attributes = {
    "id": Attribute("number", "pk"),
    **{name: Attribute("text", name) for name in ("email", "phone_number", "first_name", "last_name", "company")},
    "tag_list": Attribute("tags", "tags"),
    "components_id": through("component_id", Subscriber.components.through, "subscriber"),
    **INSTANTS,
}
NOTICE_TEMPLATES: Attributes = {
    **{name: Attribute("text", name) for name in ("name", "subject", "initial_comment")},
    "component_id": Attribute("number", "component_id"),
    **INSTANTS,
}
UPDATE_TEMPLATES: Attributes = {
    **{name: Attribute("text", name) for name in ("name", "content")},
    "component_id": Attribute("number", "component_id"),
    **INSTANTS,
}

NoticeFilterSet = filter_set(Notice, NOTICES)
ComponentFilterSet = filter_set(Component, COMPONENTS)
UpdateFilterSet = filter_set(NoticeUpdate, UPDATES)
PageFilterSet = filter_set(StatusPage, PAGES)
SubscriberFilterSet = filter_set(Subscriber, SUBSCRIBERS)
NoticeTemplateFilterSet = filter_set(NoticeTemplate, NOTICE_TEMPLATES)
UpdateTemplateFilterSet = filter_set(UpdateTemplate, UPDATE_TEMPLATES)
