"""Components as a tree."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from statuspage.tree import Node, Tree, public_states

#  1 ── 2 ── 4
#   └── 3        5
TREE = Tree([Node(1, None, 1), Node(2, 1, 2), Node(3, 1, 1), Node(4, 2, 1), Node(5, None, 2)])


def test_siblings_are_ordered_by_position() -> None:
    assert TREE.ordered() == [1, 3, 2, 4, 5]


def test_states_run_up_and_down_but_not_sideways() -> None:
    assert TREE.states([2]) == {
        1: "partially-degraded",
        2: "degraded",
        3: "operational",
        4: "degraded",
        5: "operational",
    }


def test_all_children_degraded_do_not_promote_their_parent() -> None:
    assert TREE.states([2, 3])[1] == "partially-degraded"


def test_planned_work_shows_only_where_nothing_is_degraded() -> None:
    found = public_states(TREE, [3], [2])
    assert found == {
        1: "partially-degraded",
        2: "under_maintenance",
        3: "degraded",
        4: "under_maintenance",
        5: "operational",
    }


def test_relatives_are_what_is_above_and_below() -> None:
    assert TREE.relatives([2]) == {1, 2, 4}
    assert TREE.relatives([99]) == set()


def test_a_ring_of_parents_and_a_parent_that_is_gone_are_survived() -> None:
    ring = Tree([Node(1, 2, 1), Node(2, 1, 1), Node(3, 77, 1)])
    assert sorted(ring.ordered()) == [1, 2, 3]


@given(st.lists(st.tuples(st.integers(1, 12), st.none() | st.integers(1, 12), st.integers(0, 3)), max_size=12))
def test_every_component_is_listed_once_whatever_its_parents(rows: list[tuple[int, int | None, int]]) -> None:
    nodes = {pk: Node(pk, parent, position) for pk, parent, position in rows}
    assert sorted(Tree(nodes.values()).ordered()) == sorted(nodes)
