"""What readers ask of a status page. Reading changes nothing."""

from __future__ import annotations

from statuspage.selectors.courses import course_at, course_of, page_state, plan_of, token_states
from statuspage.selectors.find import (
    find_notice,
    find_page,
    hosts,
    listed_notices,
    own_host,
    page_of_host,
    subscribers_of,
    tree_of,
)
from statuspage.selectors.fortunes import spells_of
from statuspage.selectors.page import brand_snapshot, page_snapshot, synopsis

__all__ = [
    "brand_snapshot",
    "course_at",
    "course_of",
    "find_notice",
    "find_page",
    "hosts",
    "listed_notices",
    "own_host",
    "page_of_host",
    "page_snapshot",
    "page_state",
    "plan_of",
    "spells_of",
    "subscribers_of",
    "synopsis",
    "token_states",
    "tree_of",
]
