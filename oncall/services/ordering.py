"""Keeps the positions of a list of rows distinct while they move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from django.db import models
from django.db.models import Case, F, IntegerField, QuerySet, Value, When

from oncall import positions

Model = TypeVar("Model", bound=models.Model)


def make_room(rows: QuerySet[Model], wanted: int | None, *, manual_order: bool = False) -> int:
    """Return the position for a new row of the list, freed for it.

    The caller holds a lock on what owns the list. Raises Invalid before anything is changed.
    """
    position, moved = positions.insert(_positions(rows), wanted, swap=manual_order)
    _apply(rows, moved)
    return position


def move(rows: QuerySet[Model], pk: int, wanted: int | None, *, manual_order: bool = False) -> int:
    """Move one row of the list and those in its way; return where it is now. See `make_room`."""
    others = _positions(rows)
    current = others.pop(pk)
    position, moved = positions.move(others, current, wanted, swap=manual_order)
    if position != current:
        _apply(rows, {**moved, pk: position})
    return position


def _positions(rows: QuerySet[Model]) -> dict[int, int]:
    return dict(rows.order_by().values_list("pk", "position"))


def _apply(rows: QuerySet[Model], moved: Mapping[int, int]) -> None:
    # Through negative numbers: databases check uniqueness row by row, and a row may move onto one still to move.
    if not moved:
        return
    movers = rows.order_by().filter(pk__in=moved)
    movers.update(position=-F("position") - 1)
    cases = [When(pk=pk, then=Value(position)) for pk, position in moved.items()]
    movers.update(position=Case(*cases, output_field=IntegerField()))
