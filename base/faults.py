"""Places where the kill tests end this process: nothing happens unless TOCSIN_FAULTS names a place."""

from __future__ import annotations

import os
import random
import signal

PLACES = (
    "steps-written",
    "steps-committed",
    "plan-written",
    "plan-committed",
    "claimed",
    "before-send",
    "sent",
    "marked",
)


def _read(text: str) -> dict[str, float]:
    """Return the chance per place that `sent=0.01,claimed=0.02` gives."""
    pairs = (item.split("=") for item in text.split(",") if item)
    return {place: float(chance) for place, chance in pairs}


_chances = _read(os.environ.get("TOCSIN_FAULTS", ""))
_log = os.environ.get("TOCSIN_FAULTS_LOG", "")


in_flight = 0  # messages of this process that a provider may have accepted and that are not marked yet


def flying(number: int) -> None:
    """Count messages that are handed to a provider, and with a negative number those that are marked."""
    global in_flight  # noqa: PLW0603  one main thread counts
    in_flight += number


def point(place: str) -> None:
    """End this process by SIGKILL, by chance, if the tests asked for it here.

    The place is noted first, with the number of messages that may go out twice because of it."""
    if not _chances or random.random() >= _chances.get(place, 0):  # noqa: S311  no secret
        return
    if _log:
        with os.fdopen(os.open(_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "wb") as file:
            file.write(f"{place} {in_flight}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)
