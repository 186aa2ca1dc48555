"""Make, change and remove the doors that monitors knock on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from alerts.ingest import integration_type
from alerts.models import Integration, Route
from alerts.services.routes import set_route
from base.errors import Conflict, Invalid, NotFound
from base.ids import new_public_id
from oncall.models import EscalationChain, Team

TAKEN = "An integration with this name already exists for this team"
OWN_FIELDS = (
    *("name", "description_short", "team", "labels", "dynamic_labels", "ingest_limit"),
    *("enabled", "open_inbound", "inbound_token", "destinations", "urgency", "options", "meta"),
)


@transaction.atomic
def create_integration(
    *,
    type_slug: str,
    name: str,
    now: datetime,
    team: Team | None = None,
    chain: EscalationChain | None = None,
    **more: Any,
) -> Integration:
    """Make an integration and its default route; `more` is as in `update_integration`.

    Raises Conflict when the name is taken within the team."""
    with _unique_name():
        integration = Integration.objects.create(type=type_slug, name=name, team=team, created_at=now)
    Route.objects.create(integration=integration, chain=chain, is_default=True)
    return update_integration(integration, more) if more else integration


@transaction.atomic
def update_integration(integration: Integration, values: Mapping[str, Any]) -> Integration:
    """Change what is given: name, description_short, team, labels, dynamic_labels, templates,
    default_route.

    `templates` are texts by flat name, where None goes back to the type's own; None for all of them does so for each.
    `default_route` is as in `routes.update_route`. Raises Conflict when the name is taken within the team, NotFound
    when the integration has just been deleted."""
    held = Integration.objects.select_for_update(of=("self",), no_key=True)
    fresh = held.filter(pk=integration.pk, deleted_at=None).first()
    if fresh is None:
        raise NotFound("This integration was deleted.")
    changes = {name: values[name] for name in OWN_FIELDS if name in values}
    if "templates" in values:
        changes["templates"] = merged_templates(fresh.templates, values["templates"])
    for name, value in changes.items():
        setattr(fresh, name, value)
    with _unique_name():
        fresh.save(update_fields=list(changes))
    if route_values := values.get("default_route"):
        set_route(fresh.routes.get(is_default=True), route_values)
    return fresh


def merged_templates(kept: Mapping[str, str], sent: Mapping[str, str | None] | None) -> dict[str, str]:
    """Return what differs from the type's defaults after a change."""
    if sent is None:
        return {}
    merged: dict[str, str | None] = {**kept, **sent}
    return {name: text for name, text in merged.items() if text is not None}


@contextmanager
def _unique_name() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as exc:
        raise Conflict(TAKEN, code="name") from exc


@transaction.atomic
def delete_integration(integration: Integration, *, now: datetime) -> None:
    """Close the door: its URL is refused from now on, its alerts stay. Raises Invalid for an internal one."""
    if integration.type in Integration.INTERNAL_TYPES:
        raise Invalid("Direct paging integrations can't be deleted")
    Integration.objects.filter(pk=integration.pk, deleted_at=None).update(deleted_at=now)
    integration.refresh_from_db()


def direct_paging(team: Team | None = None, *, now: datetime) -> Integration:
    """Return the internal integration under which people page each other, made when it is first needed."""
    return hidden_integration(Integration.DIRECT_PAGING, team, now=now)


def hidden_integration(type_slug: str, team: Team | None = None, *, now: datetime) -> Integration:
    """Return the team's internal integration of a type, made when it is first needed."""
    mine = Integration.objects.filter(type=type_slug, team=team, deleted_at=None)
    title = integration_type(type_slug).title
    for name in (title, f"{title} {new_public_id()}"):
        if found := mine.first():
            return found
        try:
            return create_integration(type_slug=type_slug, name=name, team=team, now=now)
        except Conflict:  # somebody made it at this moment, or took its name for another one
            continue
    return mine.get()
