"""What django-q2's workers run for the machine itself."""

from __future__ import annotations

import os
from pathlib import Path

from base import clock, shared

HEARTBEAT = "TOCSIN_HEARTBEAT"
SLOT_SECONDS = 5.0  # other tasks wait no longer than this behind the clock; must lie below Q_CLUSTER's timeout


def run_clock() -> int:
    """Do what is due; harmless when run twice, by several workers at once, or not at all."""
    shared.set_waiting(False)
    return clock.run(SLOT_SECONDS, runner="worker", stop=shared.stopping, beat=heartbeat)


def heartbeat() -> None:
    """Let the supervisor see that the clock is running: touch the file it watches."""
    if path := os.environ.get(HEARTBEAT):
        Path(path).touch()
