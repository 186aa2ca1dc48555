"""One page's rows, each table asked once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from statuspage.models import (
    Component,
    Notice,
    NoticeChange,
    NoticeUpdate,
    StatusPage,
)
from statuspage.selectors.courses import course_at
from statuspage.states import Course
from statuspage.tree import Node, Tree


@dataclass(frozen=True, slots=True)
class Rows:
    """One page's rows, each table asked once."""

    page: StatusPage
    tree: Tree
    components: Mapping[int, Component]
    notices: list[Notice]
    named: Mapping[int, list[int]]  # notice → components, in tree order
    updates: Mapping[int, list[NoticeUpdate]]
    changes: Mapping[int, list[NoticeChange]]
    courses: Mapping[int, Course]  # notice → as of now


def load(page: StatusPage, now: datetime) -> Rows:
    components = {one.pk: one for one in Component.objects.filter(page=page)}
    tree = Tree(Node(one.pk, one.parent_id, one.position) for one in components.values())
    notices = list(Notice.objects.filter(page=page).order_by("-created_at", "-pk"))
    order = {pk: place for place, pk in enumerate(tree.ordered())}
    named: dict[int, list[int]] = defaultdict(list)
    for notice, component in Notice.components.through.objects.filter(notice__page=page).values_list(
        "notice_id", "component_id"
    ):
        named[notice].append(component)
    updates: dict[int, list[NoticeUpdate]] = defaultdict(list)
    for update in NoticeUpdate.objects.filter(notice__page=page).order_by("created_at", "pk"):
        updates[update.notice_id].append(update)
    changes: dict[int, list[NoticeChange]] = defaultdict(list)
    for change in NoticeChange.objects.filter(notice__page=page).order_by("at", "pk"):
        changes[change.notice_id].append(change)
    return Rows(
        page=page,
        tree=tree,
        components=components,
        notices=notices,
        named={notice: sorted(pks, key=lambda pk: order[pk]) for notice, pks in named.items()},
        updates=updates,
        changes=changes,
        courses={one.pk: course_at(one, now) for one in notices},
    )
