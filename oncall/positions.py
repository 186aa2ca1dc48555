"""The arithmetic of ordered lists that an API edits by position (spec/oncall-config-api 3.4).

Positions in a list are distinct and not negative; gaps are allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from base.errors import Invalid

Row = TypeVar("Row")
Placed = tuple[int, dict[Row, int]]  # the position of the row itself, and the others that move
END = -1
LARGEST = 2_147_483_647
REFUSAL = "Invalid value for position field"


def insert(others: Mapping[Row, int], wanted: int | None, *, swap: bool = False) -> Placed[Row]:
    """Return the position of a new row and the others that move. Raises Invalid."""
    end = max(others.values(), default=-1) + 1
    return _place(others, end, end if _is_end(wanted, swap=swap) else wanted, swap=swap)


def move(others: Mapping[Row, int], current: int, wanted: int | None, *, swap: bool = False) -> Placed[Row]:
    """Return the new position of a row that is at `current`, and the others that move. Raises Invalid."""
    if wanted is None:
        return current, {}
    last = max(current, *others.values()) if others else current
    return _place(others, current, last if _is_end(wanted, swap=swap) else wanted, swap=swap)


def _is_end(wanted: int | None, *, swap: bool) -> bool:
    return wanted is None or (wanted == END and not swap)


def _place(others: Mapping[Row, int], start: int, target: int | None, *, swap: bool) -> Placed[Row]:
    if target is None or not 0 <= target <= LARGEST:
        raise Invalid(REFUSAL)
    moved = _swapped(others, start, target) if swap else _shifted(others, start, target)
    if any(position > LARGEST for position in moved.values()):
        raise Invalid(REFUSAL)
    return target, moved


def _swapped(others: Mapping[Row, int], start: int, target: int) -> dict[Row, int]:
    if target == start:
        return {}
    return {row: start for row, position in others.items() if position == target}


def _shifted(others: Mapping[Row, int], start: int, target: int) -> dict[Row, int]:
    if target < start:
        return {row: position + 1 for row, position in others.items() if target <= position < start}
    return {row: position - 1 for row, position in others.items() if start < position <= target}
