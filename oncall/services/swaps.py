"""Shift swaps: somebody asks that another take their turns for a while (spec/oncall-config-api section 7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from base.errors import Conflict, Invalid, NotFound
from oncall.models import Schedule, ShiftSwap, User

ALL = "non_field_errors"
NOT_OPEN = "The shift swap request is not in a state which allows it to be taken"
OWN = "A shift swap request cannot be created and taken by the same user"


def request_swap(
    schedule: Schedule,
    beneficiary: User,
    *,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    description: str | None = None,
) -> ShiftSwap:
    """Ask that somebody take the beneficiary's turns in [starts_at, ends_at), aware UTC. Raises Invalid."""
    check_times(starts_at, ends_at, now=now)
    return ShiftSwap.objects.create(
        schedule=schedule,
        beneficiary=beneficiary,
        starts_at=starts_at,
        ends_at=ends_at,
        description=description,
        created_at=now,
        updated_at=now,
    )


def update_swap(swap: ShiftSwap, values: Mapping[str, Any], *, now: datetime) -> ShiftSwap:
    """Change schedule, times or description, also when it is taken. Raises Invalid."""
    if "starts_at" in values:
        check_times(values["starts_at"], values["ends_at"], now=now)
    if not ShiftSwap.objects.filter(pk=swap.pk, deleted_at=None).update(**values, updated_at=now):
        raise NotFound("This shift swap was deleted.")
    return swap


def take_swap(swap: ShiftSwap, benefactor: User, *, now: datetime) -> ShiftSwap:
    """Let somebody take it over. Raises Conflict when it is theirs, taken, past or deleted; of two at once one wins."""
    if benefactor.pk == swap.beneficiary_id:
        raise Conflict(OWN)
    open_ = ShiftSwap.objects.filter(pk=swap.pk, benefactor=None, deleted_at=None, starts_at__gt=now)
    if not open_.update(benefactor=benefactor, updated_at=now):
        raise Conflict(NOT_OPEN)
    return swap


def delete_swap(swap: ShiftSwap, *, now: datetime) -> None:
    """Delete a swap, taken or not: who is on call follows at once."""
    if not ShiftSwap.objects.filter(pk=swap.pk, deleted_at=None).update(deleted_at=now, updated_at=now):
        raise NotFound("This shift swap was deleted.")


def check_times(starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    """Raise Invalid unless the swap begins in the future and ends after that."""
    if starts_at <= now:
        raise Invalid("swap_start must be a datetime in the future", field=ALL)
    if ends_at <= starts_at:
        raise Invalid("swap_end must occur after swap_start", field=ALL)


def status_of(swap: ShiftSwap, now: datetime) -> str:
    """Return open, taken or past_due."""
    if swap.benefactor_id is not None:
        return "taken"
    return "open" if swap.starts_at > now else "past_due"
