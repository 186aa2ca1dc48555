"""Routes of an integration, in an order that survives concurrent edits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from alerts.models import Integration, Route
from base.errors import Invalid, NotFound
from oncall.services import ordering

OF_THE_DEFAULT = frozenset({"chain", "chat"})  # the default route always matches and always comes last


@transaction.atomic
def create_route(
    integration: Integration,
    values: Mapping[str, Any],
    *,
    position: int | None = None,
    manual_order: bool = False,
) -> Route:
    """Add a route, at the end (before the default) or at `position` (spec/oncall-config-api 3.4).

    `values` are named like the model's fields; `chat` may be partial. Raises Invalid for a position that cannot be
    used, NotFound when the integration has just been deleted."""
    _lock(integration.pk)
    place = ordering.make_room(_ordered(integration.pk), position, manual_order=manual_order)
    return Route.objects.create(integration=integration, position=place, **values)


@transaction.atomic
def update_route(
    route: Route, values: Mapping[str, Any], *, position: int | None = None, manual_order: bool = False
) -> Route:
    """Change what is given; of the default route only its chain and chats can be changed. See `create_route`."""
    _lock(route.integration_id)
    fresh = Route.objects.filter(pk=route.pk).first()
    if fresh is None:
        raise NotFound("This route was deleted.")
    set_route(fresh, values)
    if not fresh.is_default:
        rows = _ordered(fresh.integration_id)
        fresh.position = ordering.move(rows, fresh.pk, position, manual_order=manual_order)
    return fresh


def set_route(route: Route, values: Mapping[str, Any]) -> None:
    """Write what is given. The caller holds the integration."""
    changes = {name: value for name, value in values.items() if name in OF_THE_DEFAULT or not route.is_default}
    if "chat" in changes:
        sent: dict[str, dict[str, Any]] = changes["chat"]
        changes["chat"] = route.chat | {name: {**route.chat.get(name, {}), **part} for name, part in sent.items()}
    for name, value in changes.items():
        setattr(route, name, value)
    route.save(update_fields=list(changes))


def delete_route(route: Route) -> None:
    """Remove a route; its alerts have none then. Raises Invalid for the default one."""
    if route.is_default:
        raise Invalid("Unable to delete default filter")
    route.delete()


def _lock(integration_pk: int) -> None:
    # The integration's row stands for its list: one editor at a time. SQLite lets in one writer anyway.
    held = Integration.objects.select_for_update(of=("self",), no_key=True).filter(pk=integration_pk, deleted_at=None)
    if held.first() is None:
        raise NotFound("This integration was deleted.")


def _ordered(integration_pk: int) -> QuerySet[Route]:
    return Route.objects.filter(integration=integration_pk, is_default=False)
