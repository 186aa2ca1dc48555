"""The turns that a shift swap is about, as the OnCall API writes them (spec/oncall-config-api section 7)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from oncall.models import OnCallShift, ShiftSwap, User
from oncall.selectors import final_schedules
from oncall.timeline import Piece

SOURCES = {0: "web", 1: "api", 2: "slack", 3: "terraform"}


class SwapPieceSerializer(serializers.Serializer[Any]):
    """One turn, or the part of it that lies in the time of the swap."""

    all_day = serializers.BooleanField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    users = serializers.ListField(child=serializers.DictField())
    missing_users = serializers.ListField(child=serializers.CharField())
    priority_level = serializers.IntegerField()
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # the API's own word
    calendar_type = serializers.IntegerField()
    is_empty = serializers.BooleanField()
    is_gap = serializers.BooleanField()
    is_override = serializers.BooleanField()
    shift = serializers.DictField()


def person(user: User) -> dict[str, Any]:
    """Return a person as swaps show them."""
    return {"display_name": str(user), "email": user.email, "pk": f"U{user.public_id}", "avatar_full": ""}


def pieces(swap: ShiftSwap) -> list[dict[str, Any]]:
    """Return the beneficiary's turns in the time of the swap, shown as the benefactor's once it is taken."""
    schedule = swap.schedule
    found = final_schedules([schedule], swap.starts_at, swap.ends_at, without_swap=swap.pk)[schedule.pk]
    found = [piece for piece in found if swap.beneficiary_id in piece.users]
    people = User.objects.in_bulk({pk for piece in found for pk in piece.users})
    shifts = OnCallShift.objects.in_bulk({piece.shift_key for piece in found})
    return [_written(piece, swap, people, shifts.get(piece.shift_key)) for piece in found]


def _written(piece: Piece, swap: ShiftSwap, people: dict[int, User], shift: OnCallShift | None) -> dict[str, Any]:
    return {
        "all_day": False,
        "start": piece.start,
        "end": piece.end,
        "users": [_user(people[pk], swap) for pk in piece.users],
        "missing_users": [],
        "priority_level": piece.level,
        "source": SOURCES.get(shift.source) if shift else None,  # an imported calendar has none
        "calendar_type": int(piece.is_override),
        "is_empty": False,
        "is_gap": False,
        "is_override": piece.is_override,
        "shift": {"pk": f"O{shift.public_id}" if shift else None},
    }


def _user(user: User, swap: ShiftSwap) -> dict[str, Any]:
    if user.pk != swap.beneficiary_id:
        return person(user)
    request: dict[str, Any] = {"pk": f"SSR{swap.public_id}"}
    if swap.benefactor is None:
        return {**person(user), "swap_request": request}
    return {**person(swap.benefactor), "swap_request": {**request, "user": person(user)}}
