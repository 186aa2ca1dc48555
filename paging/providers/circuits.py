"""A provider that fails again and again is left alone for a while, so that nobody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from time import monotonic

from base import metrics
from paging.providers.base import Line

OPENS_AFTER = 3  # failures in a row
RESTS_FOR = 30.0  # seconds; then one message tries it again


class Circuits:
    """Counts failures in a row by provider. Each process counts for itself."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: dict[str, int] = {}
        self._closes_at: dict[str, float] = {}

    def ready(self, lines: Iterable[Line]) -> list[Line]:
        """Return those that may be asked; where all rest, the first is asked all the same: silence is worse."""
        found = list(lines)
        return [line for line in found if self._may_try(line.name)] or found[:1]

    def worked(self, name: str) -> None:
        """Forget the failures of a provider."""
        with self._lock:
            self._failures.pop(name, None)
            self._closes_at.pop(name, None)

    def failed(self, name: str) -> None:
        """Count a failure; the third in a row opens the circuit."""
        with self._lock:
            self._failures[name] = self._failures.get(name, 0) + 1
            if self._failures[name] < OPENS_AFTER:
                return
            self._closes_at[name] = self._clock() + RESTS_FOR
        metrics.circuits_opened.labels(name).inc()

    def _may_try(self, name: str) -> bool:
        with self._lock:
            closes_at = self._closes_at.get(name)
            if closes_at is None:
                return True
            if self._clock() < closes_at:
                return False
            self._closes_at[name] = self._clock() + RESTS_FOR  # this one tries, the others wait for what it finds
            return True


CIRCUITS = Circuits()
