"""Batches of due rows: as many as fit into a tick's time, in one transaction, and no bad row blocks the others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from time import perf_counter
from typing import TypeVar

from django.db import InterfaceError, OperationalError, transaction

logger = logging.getLogger(__name__)
Row = TypeVar("Row")


class BatchSize:
    """A row count that keeps a transaction near its target duration (decisions.md, Tick size)."""

    def __init__(self, *, target: timedelta, most: int, least: int = 8) -> None:
        self.target = target.total_seconds()
        self.least, self.most = least, most
        self.limit = least * 4
        self._rows = 0

    @contextmanager
    def measured(self) -> Iterator[int]:
        """Give the row count to use now; learn from the time the block takes."""
        self._rows, started = 0, perf_counter()
        yield self.limit
        spent = perf_counter() - started
        if self._rows >= self.limit or spent > self.target:
            wanted = self._rows * self.target / max(spent, 0.001)
            self.limit = round(min(max((self.limit + wanted) / 2, self.least), self.most))

    def did(self, rows: int) -> int:
        """Say how many rows the block did."""
        self._rows = rows
        return rows


def work(
    claim: Callable[[], Sequence[Row]],
    act: Callable[[Sequence[Row]], None],
    push_away: Callable[[Row, Exception], None],
) -> int:
    """Claim rows and act on all of them in one transaction; return how many.

    When that fails, act on each in a savepoint of its own and push the bad ones away. Raises OperationalError and
    InterfaceError: then it is the database that is in trouble, not a row.
    """
    try:
        with transaction.atomic():
            rows = claim()
            if rows:
                act(rows)
            return len(rows)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.warning("a batch is done row by row", exc_info=error)
    with transaction.atomic():
        rows = claim()
        for row in rows:
            _one(row, act, push_away)
        return len(rows)


def _one(row: Row, act: Callable[[Sequence[Row]], None], push_away: Callable[[Row, Exception], None]) -> None:
    try:
        with transaction.atomic():
            act([row])
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("a row is pushed away")
        push_away(row, error)
