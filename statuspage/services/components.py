"""What a page is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Max

from base.errors import Invalid
from statuspage import selectors
from statuspage.models import Component, StatusPage
from statuspage.services.pages import touch

INVALID = "is invalid"


@transaction.atomic
def create_component(page: StatusPage, values: Mapping[str, Any], *, now: datetime) -> Component:
    """Add a component; without a position it comes last among its siblings. Raises Invalid."""
    StatusPage.objects.select_for_update().get(pk=page.pk)
    parent = _parent(page, values.get("parent_id"))
    position = values.get("position")
    row = Component.objects.create(
        page=page,
        parent=parent,
        name=values["name"],
        description=values.get("description"),
        position=_last(page, parent) + 1 if position is None else position,
        created_at=now,
        updated_at=now,
    )
    touch(page.pk)
    return row


@transaction.atomic
def update_component(component: Component, values: Mapping[str, Any], *, now: datetime) -> Component:
    """Change some fields. Raises Invalid for a parent of another page, itself, or something below it."""
    page = StatusPage.objects.select_for_update().get(pk=component.page_id)
    changes = dict(values)
    if changes.get("position", 0) is None:
        del changes["position"]
    if (parent := changes.get("parent_id")) is not None:
        _parent(page, parent)
        if parent == component.pk or parent in selectors.tree_of(page).descendants(component.pk):
            raise Invalid(INVALID, field="parent_id")
    changed = [name for name, value in changes.items() if getattr(component, name) != value]
    if not changed:
        return component
    for name in changed:
        setattr(component, name, changes[name])
    component.updated_at = now
    fields = ["parent" if name == "parent_id" else name for name in changed]
    component.save(update_fields=[*fields, "updated_at"])
    touch(page.pk)
    return component


@transaction.atomic
def delete_component(component: Component) -> None:
    """Delete a component; what was below it moves up, notices stay.

    Who followed nothing else follows what is above it, or else the whole page: rather told too much than in silence
    nothing more."""
    page_pk = component.page_id
    StatusPage.objects.select_for_update().get(pk=page_pk)
    Component.objects.filter(parent=component).update(parent=component.parent_id)
    if component.parent is not None:
        followers = component.subscribers.annotate(chosen=Count("components")).filter(chosen=1)
        component.parent.subscribers.add(*followers)
    component.delete()
    touch(page_pk)


def set_routes(component: Component, routes: Iterable[int]) -> None:
    """Tie the component to the routes whose alerts are about it."""
    component.routes.set(routes)


def _parent(page: StatusPage, pk: int | None) -> Component | None:
    if pk is None:
        return None
    found = Component.objects.filter(page=page, pk=pk).first()
    if found is None:
        raise Invalid(INVALID, field="parent_id")
    return found


def _last(page: StatusPage, parent: Component | None) -> int:
    last = Component.objects.filter(page=page, parent=parent).aggregate(last=Max("position"))["last"]
    return int(last or 0)
