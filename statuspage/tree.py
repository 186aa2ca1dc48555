"""Components as a tree, and what open notices make of it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

OPERATIONAL, DEGRADED, PARTIALLY, MAINTENANCE = "operational", "degraded", "partially-degraded", "under_maintenance"


@dataclass(frozen=True, slots=True)
class Node:
    """A component's place."""

    pk: int
    parent: int | None
    position: int


class Tree:
    """The components of one page. A parent that is missing, or a ring of parents, makes its members roots."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.nodes = {node.pk: node for node in nodes}
        self.children: dict[int | None, list[int]] = defaultdict(list)
        for node in sorted(self.nodes.values(), key=lambda node: (node.position, node.pk)):
            self.children[self._parent(node)].append(node.pk)

    def _parent(self, node: Node) -> int | None:
        if node.parent not in self.nodes:
            return None
        seen: set[int] = {node.pk}
        above: int | None = node.parent
        while above is not None:
            if above in seen:
                return None
            seen.add(above)
            found = self.nodes.get(above)
            above = found.parent if found else None
        return node.parent

    def ancestors(self, pk: int) -> Iterator[int]:
        """Yield parent, grandparent, …"""
        node = self.nodes.get(pk)
        above = self._parent(node) if node else None
        while above is not None:
            yield above
            above = self._parent(self.nodes[above])

    def descendants(self, pk: int) -> Iterator[int]:
        """Yield everything below, depth first."""
        for child in self.children[pk]:
            yield child
            yield from self.descendants(child)

    def ordered(self) -> list[int]:
        """Return every component, depth first, siblings by position."""
        return [pk for root in self.children[None] for pk in (root, *self.descendants(root))]

    def relatives(self, pks: Iterable[int]) -> set[int]:
        """Return these components with all their ancestors and descendants: who follows one of them is concerned."""
        found: set[int] = set()
        for pk in pks:
            if pk in self.nodes:
                found |= {pk, *self.ancestors(pk), *self.descendants(pk)}
        return found

    def states(self, direct: Iterable[int]) -> dict[int, str]:
        """Return each component's state in the token API (B2); `direct`: an open notice names them."""
        hit = set(direct)
        return {pk: self._state(pk, hit) for pk in self.nodes}

    def _state(self, pk: int, hit: set[int]) -> str:
        if pk in hit or any(above in hit for above in self.ancestors(pk)):
            return DEGRADED
        return PARTIALLY if any(below in hit for below in self.descendants(pk)) else OPERATIONAL


def public_states(tree: Tree, degraded: Iterable[int], maintained: Iterable[int]) -> Mapping[int, str]:
    """Return each component's state for the public (C2): hyphenated `partially-degraded` where only a part is hit,
    `under_maintenance` where nothing is degraded and a planned notice that is underway names it or a relative."""
    found = tree.states(degraded)
    planned = tree.relatives(maintained)
    return {pk: MAINTENANCE if state == OPERATIONAL and pk in planned else state for pk, state in found.items()}
