"""Make and remove the doors that monitors knock on."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from alerts.models import Integration, Route
from base.errors import Conflict, Invalid
from oncall.models import EscalationChain, Team


@transaction.atomic
def create_integration(
    *, type_slug: str, name: str, now: datetime, team: Team | None = None, chain: EscalationChain | None = None
) -> Integration:
    """Make an integration and its default route. Raises Conflict when the name is taken within the team."""
    if Integration.objects.filter(team=team, name=name, deleted_at=None).exists():
        raise Conflict("An integration with this name already exists for this team", code="name")
    integration = Integration.objects.create(type=type_slug, name=name, team=team, created_at=now)
    Route.objects.create(integration=integration, chain=chain, is_default=True)
    return integration


@transaction.atomic
def delete_integration(integration: Integration, *, now: datetime) -> None:
    """Close the door: its URL is refused from now on, its alerts stay. Raises Invalid for an internal one."""
    if integration.type in Integration.INTERNAL_TYPES:
        raise Invalid("Direct paging integrations can't be deleted")
    Integration.objects.filter(pk=integration.pk, deleted_at=None).update(deleted_at=now)
    integration.refresh_from_db()


def direct_paging(team: Team | None = None, *, now: datetime) -> Integration:
    """Return the internal integration under which people page each other, made when it is first needed."""
    row, made = Integration.objects.get_or_create(
        type=Integration.DIRECT_PAGING,
        team=team,
        deleted_at=None,
        defaults={"name": "Direct paging", "created_at": now},
    )
    if made:
        Route.objects.create(integration=row, is_default=True)
    return row
