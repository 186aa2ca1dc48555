"""The clock of what is published: pages that change by themselves, and those whose writer was killed, are written.

Readers catch up by themselves; this is for those who read the exported folder.
"""

from __future__ import annotations

import time
from datetime import datetime

from statuspage import public

LOOK_SECONDS = 30.0

_looked: list[float] = []  # when this process last compared every bundle with the database


def tick(now: datetime) -> int:
    """Write what is due; return how many pages that were. All are compared once in a while."""
    due = public.next_change()
    recently = bool(_looked) and time.monotonic() - _looked[0] < LOOK_SECONDS
    if recently and (due is None or due > now):
        return 0
    if recently and _looked[1:]:  # it was due at the last look as well: that page cannot be written
        return 0
    done = public.refresh(now)
    after = public.next_change()
    _looked[:] = [time.monotonic()] + ([0.0] if after is not None and after <= now else [])
    return done


def next_due() -> datetime | None:
    """Return when a page changes by itself; None while one cannot be written, so that nobody waits on it."""
    return None if _looked[1:] else public.next_change()


def forget() -> None:
    """Forget what this process remembers, as a new one would."""
    _looked.clear()
