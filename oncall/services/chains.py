"""Escalation chains: the ordered plans that policies belong to."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from base.errors import Conflict
from oncall.models import EscalationChain, Team

TAKEN = "Another escalation chain has this name."


def create_chain(name: str, *, team: Team | None = None) -> EscalationChain:
    """Make an empty chain. Raises Conflict when the name is taken."""
    try:
        with transaction.atomic():
            return EscalationChain.objects.create(name=name, team=team)
    except IntegrityError as exc:
        raise Conflict(TAKEN, code="unique") from exc


def update_chain(chain: EscalationChain, *, name: str, team: Team | None) -> EscalationChain:
    """Rename a chain, give it to a team. Raises Conflict when the name is taken."""
    chain.name, chain.team = name, team
    try:
        with transaction.atomic():
            chain.save(update_fields=["name", "team"])
    except IntegrityError as exc:
        raise Conflict(TAKEN, code="unique") from exc
    return chain


def delete_chain(chain: EscalationChain) -> None:
    """Delete a chain and its policies; what pointed at it points at nothing. Running escalations go on frozen."""
    chain.delete()
