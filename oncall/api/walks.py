"""Where pages begin: a client that reads page after page is followed by keys, since counting to a deep page is slow.

Kept in this process and bounded; whoever jumps to a page, or comes back later, is counted to as ever."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

REMEMBERED = 1_000  # beginnings of pages
SECONDS = 60.0  # about as long as a client takes from one page to the next
DEEP = 5  # pages before this one are cheap to count to
COUNT_SECONDS = 1.0
MANY = 10_000  # rows: fewer are counted each time

_lock = threading.Lock()
_begins: OrderedDict[tuple[Any, ...], tuple[float, tuple[Any, ...]]] = OrderedDict()
_counts: dict[str, tuple[float, int]] = {}


def count(queryset: QuerySet[Any], *, filtered: bool) -> int:
    """Return how many rows there are; of many unfiltered ones it may be a second old."""
    if filtered:
        return queryset.order_by().count()
    name = queryset.model.__name__
    at, known = _counts.get(name, (0.0, 0))
    if known >= MANY and time.monotonic() - at < COUNT_SECONDS:
        return known
    known = queryset.order_by().count()
    _counts[name] = (time.monotonic(), known)
    return known


def beginning(reader: tuple[Any, ...], page: int) -> tuple[Any, ...] | None:
    """Return the key after which that page begins for this reader, if it was read up to there just now."""
    if page < DEEP:
        return None
    with _lock:
        at, key = _begins.get((*reader, page), (0.0, ()))
    return key if key and time.monotonic() - at < SECONDS else None


def remember(reader: tuple[Any, ...], page: int, key: tuple[Any, ...]) -> None:
    """Note that the page begins after the row of that key."""
    if page < DEEP:
        return
    with _lock:
        _begins[*reader, page] = (time.monotonic(), key)
        _begins.move_to_end((*reader, page))
        while len(_begins) > REMEMBERED:
            _begins.popitem(last=False)


def key_of(row: Any, order: Sequence[str]) -> tuple[Any, ...]:
    """Return the row's values of the columns that order the list."""
    names = [name.removeprefix("-") for name in order]
    return tuple(row[name] if isinstance(row, dict) else getattr(row, name) for name in names)


def after(order: Sequence[str], key: Sequence[Any]) -> Q:
    """Return the condition for rows behind that key. The first column's bound alone lets an index begin there."""
    behind, equal = Q(), Q()
    for name, value in zip(order, key, strict=True):
        column, word = name.removeprefix("-"), "lt" if name.startswith("-") else "gt"
        behind |= equal & Q(**{f"{column}__{word}": value})
        equal &= Q(**{column: value})
    first = order[0]
    word = "lte" if first.startswith("-") else "gte"
    return Q(**{f"{first.removeprefix('-')}__{word}": key[0]}) & behind
