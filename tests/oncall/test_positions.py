from __future__ import annotations

import re

import pytest

from base.errors import Invalid
from oncall import positions


def read(line: str) -> dict[str, int]:
    """Read `a0 b1` as {"a": 0, "b": 1}."""
    return {name: int(number) for name, number in re.findall(r"([a-z]+)(\d+)", line)}


def write(rows: dict[str, int]) -> str:
    return " ".join(f"{name}{number}" for name, number in sorted(rows.items(), key=lambda row: row[1]))


def post(start: str, wanted: int | None, *, swap: bool = False) -> str:
    rows = read(start)
    place, moved = positions.insert(rows, wanted, swap=swap)
    return write({**rows, **moved, "new": place})


def put(start: str, name: str, wanted: int | None, *, swap: bool = False) -> str:
    rows = read(start)
    current = rows.pop(name)
    place, moved = positions.move(rows, current, wanted, swap=swap)
    return write({**rows, **moved, name: place})


@pytest.mark.parametrize(
    ("start", "wanted", "end"),
    [
        ("", None, "new0"),
        ("a0 b1 c2", None, "a0 b1 c2 new3"),
        ("a0 b1 c2", 0, "new0 a1 b2 c3"),
        ("a0 b1 c2", 1, "a0 new1 b2 c3"),
        ("a0 b1", 7, "a0 b1 new7"),
        ("a0 b5", 2, "a0 new2 b6"),
        ("a0 b1 c2", -1, "a0 b1 c2 new3"),
    ],
)
def test_a_new_row_pushes_those_from_its_position_down(start: str, wanted: int | None, end: str) -> None:
    assert post(start, wanted) == end


@pytest.mark.parametrize(
    ("start", "name", "wanted", "end"),
    [
        ("a0 b1 c2", "a", 2, "b0 c1 a2"),
        ("a0 b1 c2", "c", 0, "c0 a1 b2"),
        ("a0 b1 c2", "a", 10, "b0 c1 a10"),
        ("a0 b1 c2", "a", -1, "b0 c1 a2"),
        ("a0 b1 c2", "b", 1, "a0 b1 c2"),
        ("a0 b1 c2", "b", None, "a0 b1 c2"),
        ("a3", "a", -1, "a3"),
    ],
)
def test_a_moved_row_lets_the_others_close_up(start: str, name: str, wanted: int | None, end: str) -> None:
    assert put(start, name, wanted) == end


def test_manual_order_swaps_instead_of_pushing() -> None:
    assert post("a0 b1 c2", 0, swap=True) == "new0 b1 c2 a3"
    assert post("a0 b1 c2", 5, swap=True) == "a0 b1 c2 new5"
    assert post("a0 b1", None, swap=True) == "a0 b1 new2"
    assert put("a0 b1 c2", "b", 0, swap=True) == "b0 a1 c2"
    assert put("a0 b1 c2", "b", 1, swap=True) == "a0 b1 c2"
    assert put("a0 b1 c2", "b", 7, swap=True) == "a0 c2 b7"


def test_manual_order_ends_the_same_in_whichever_order_the_requests_come() -> None:
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]):
        rows: dict[str, int] = {}
        for wanted in order:
            place, moved = positions.insert(rows, wanted, swap=True)
            rows = {**rows, **moved, f"row{wanted}x": place}
        assert rows == {"row0x": 0, "row1x": 1, "row2x": 2}


@pytest.mark.parametrize("wanted", [-2, positions.LARGEST + 1])
@pytest.mark.parametrize("swap", [False, True])
def test_a_position_out_of_range_is_refused(wanted: int, swap: bool) -> None:
    with pytest.raises(Invalid, match=r"^Invalid value for position field$"):
        post("a0", wanted, swap=swap)
    with pytest.raises(Invalid):
        put("a0 b1", "a", wanted, swap=swap)


def test_manual_order_has_no_word_for_the_end() -> None:
    with pytest.raises(Invalid):
        post("a0", -1, swap=True)
    with pytest.raises(Invalid):
        put("a0 b1", "a", -1, swap=True)


def test_a_full_list_takes_no_more_at_its_end() -> None:
    with pytest.raises(Invalid):
        post(f"a{positions.LARGEST}", None)
    with pytest.raises(Invalid):
        post(f"a{positions.LARGEST}", 0)
