"""How components stand and how they fared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from statuspage import history, states
from statuspage.history import Record, Spell
from statuspage.models import (
    Notice,
    NoticeChange,
)
from statuspage.selectors.courses import degrading
from statuspage.selectors.rows import Rows
from statuspage.snapshot import (
    ComponentSnapshot,
)
from statuspage.tree import public_states


def component_snapshots(rows: Rows, now: datetime) -> tuple[ComponentSnapshot, ...]:
    hurt = _named_in(rows, degrading(rows.page))
    found = public_states(rows.tree, hurt, _named_in(rows, ("underway",)))
    spells = _spells(rows, now)
    spans = history.window(now, rows.page.zone)

    def build(pk: int, depth: int) -> ComponentSnapshot:
        one = rows.components[pk]
        record = _record(rows, pk, spells)
        return ComponentSnapshot(
            pk=pk,
            name=one.name,
            description=one.description,
            position=one.position,
            parent=one.parent_id,
            depth=depth,
            state=found[pk],
            days=history.days(record, spans),
            uptime=history.uptime(record, spans[0][0], now),
            uptime_30=history.uptime(record, now - timedelta(days=30), now),
            created_at=one.created_at,
            updated_at=one.updated_at,
            children=tuple(build(child, depth + 1) for child in rows.tree.children[pk]),
        )

    return tuple(build(root, 0) for root in rows.tree.children[None])


def _named_in(rows: Rows, wanted: tuple[str, ...]) -> set[int]:
    return {pk for one in rows.notices if rows.courses[one.pk].state in wanted for pk in rows.named.get(one.pk, [])}


@dataclass(frozen=True, slots=True)
class Spells:
    impact: Mapping[int, list[Spell]]  # component → when a notice that names it counted against the uptime
    planned: Mapping[int, list[Spell]]


def _spells(rows: Rows, now: datetime) -> Spells:
    impact: dict[int, list[Spell]] = defaultdict(list)
    planned: dict[int, list[Spell]] = defaultdict(list)
    for notice in rows.notices:
        if rows.courses[notice.pk].state == Notice.State.FALSE_ALARM or not rows.named.get(notice.pk):
            continue
        for state, spell in spells_of(notice, rows.changes.get(notice.pk, []), now):
            for pk in rows.named[notice.pk]:
                if state in states.IMPACT:
                    impact[pk].append(spell)
                elif state == Notice.State.UNDERWAY:
                    planned[pk].append(spell)
    return Spells(impact, planned)


def spells_of(notice: Notice, changes: list[NoticeChange], now: datetime) -> list[tuple[str, Spell]]:
    """Return which states a notice had and when, in order; what it still has lasts until now."""
    steps = [(one.state, one.at) for one in changes]
    ends = [*(at for _, at in steps[1:]), now]
    return [(state, Spell(notice.pk, at, end)) for (state, at), end in zip(steps, ends, strict=True)]


def _record(rows: Rows, pk: int, spells: Spells) -> Record:
    up, down = (pk, *rows.tree.ancestors(pk)), tuple(rows.tree.descendants(pk))
    return Record(
        known_since=rows.components[pk].created_at,
        impact=[spell for one in up for spell in spells.impact.get(one, [])],
        partial=[spell for one in down for spell in spells.impact.get(one, [])],
        planned=[spell for one in (*up, *down) for spell in spells.planned.get(one, [])],
    )
