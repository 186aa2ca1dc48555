"""The supervisor's second line: it watches the clock and runs it when nobody else does."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.db import close_old_connections, connection

from base import clock, metrics
from base.process import OWNER

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
LATE = timedelta(seconds=2)
SILENT_SECONDS = 1.0  # a cluster that gave no sign for this long is not about to do it
WEDGED_SECONDS = 5.0
RUN_SECONDS = 1.0
COMPACT_SECONDS = 60.0


class SafetyNet(threading.Thread):
    """A thread, so that neither a slow provider nor a dead database keeps the supervisor from its children."""

    def __init__(self, owner: str, *, heartbeat: Path, ticks: bool = True) -> None:
        super().__init__(name="safety-net", daemon=True)
        self.owner = owner
        self.wedged = False  # read and reset by the supervisor, which then starts the cluster anew
        self.ended = False
        self._ticks = ticks
        self._heartbeat = heartbeat
        self._beat = 0
        self._beat_at = time.monotonic()
        self._rescuing_from: float | None = None
        self._compacted_at = time.monotonic()
        self._releases: list[tuple[str, Callable[[], None]]] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._unreachable = False

    def release_soon(self, prefix: str, then: Callable[[], None] = lambda: None) -> None:
        """Give back the leases of a dead owner as soon as the database answers; afterwards call `then`."""
        with self._lock:
            self._releases.append((prefix, then))

    def end(self, seconds: float, then: Callable[[], None]) -> None:
        """Stop watching; give back every lease of this supervisor within `seconds`, else the next start does."""
        self.ended = True
        self.release_soon(self.owner, then)
        self._wake.set()
        self.join(seconds)

    def run(self) -> None:
        """Look twice a second until ended."""
        os.environ[OWNER] = f"{self.owner}00000"
        while not self.ended:
            self._guarded(self.turn)
            self._wake.wait(LOOK_SECONDS)
        self._guarded(self._release)
        connection.close()

    def turn(self) -> None:
        """Look once."""
        close_old_connections()
        self._release()
        if self._ticks:
            self._look()
        if time.monotonic() - self._compacted_at >= COMPACT_SECONDS and (folder := os.environ.get(metrics.FOLDER)):
            self._compacted_at = time.monotonic()
            metrics.compact(Path(folder))

    def _look(self) -> None:
        alive = self._heard_from()
        late = clock.lateness(clock.now())
        if late <= LATE or alive:
            return
        if self._rescuing_from is None:
            self._rescuing_from = time.monotonic()
            logger.warning("nobody runs the clock, the supervisor does", extra={"late": late.total_seconds()})
        elif time.monotonic() - self._rescuing_from >= WEDGED_SECONDS:
            self._rescuing_from = time.monotonic()
            self.wedged = True
        clock.run(RUN_SECONDS, runner="supervisor", stop=lambda: self.ended)

    def _heard_from(self) -> bool:
        """Tell whether the cluster has run the clock within the last second."""
        try:
            beat = self._heartbeat.stat().st_mtime_ns
        except FileNotFoundError:
            beat = 0
        if beat != self._beat:
            self._beat, self._beat_at, self._rescuing_from = beat, time.monotonic(), None
        return time.monotonic() - self._beat_at < SILENT_SECONDS

    def _release(self) -> None:
        while self._releases:
            prefix, then = self._releases[0]
            released = clock.release(prefix, clock.now())
            if released:
                logger.info("leases came back", extra={"owner": prefix, "rows": released})
            then()
            with self._lock:
                self._releases.pop(0)

    def _guarded(self, work: Callable[[], None]) -> None:
        """Survive anything, above all a database that is away."""
        try:
            work()
        except Exception as error:
            if not self._unreachable:
                logger.exception("the safety net cannot look", extra={"error": type(error).__name__})
            self._unreachable = True
            connection.close()
        else:
            self._unreachable = False
