"""How many rows a tick takes: as many as fit into its time, learnt from how long the last ones took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import perf_counter


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
