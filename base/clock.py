"""The clock: runs every module of settings.CLOCKS and knows none of them.

Such a module has `tick(now) -> int` (one short transaction of due steps; how many rows it did) and
`next_due() -> datetime | None`. It may have
`deliver(now_fn, *, pulse) -> int` (one round of sends; calls `pulse()` about every 0.2 s while providers are slow),
`release(owner_prefix, now) -> int` (gives back the leases of dead processes) and
`due_rows(now) -> int` (for /metrics).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from base import metrics

logger = logging.getLogger(__name__)

PULSE_SECONDS = 1.0  # the most that due steps may take while sends wait to be recorded
TURNS = 10_000  # a promise that is due again at the very moment it was kept would never end
COMPLAINT_SECONDS = 10.0

_complained: dict[str, float] = {}


def now() -> datetime:
    """Read the one clock that all machines share: the database's on PostgreSQL, else this machine's (UTC)."""
    if connection.vendor != "postgresql":
        return datetime.now(UTC)  # noqa: TID251  this is the place where the clock is read
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        instant: datetime = cursor.fetchone()[0]
    return instant.astimezone(UTC)


def skew() -> timedelta:
    """Return how far the database's clock is ahead of this machine's; zero where there is only one."""
    if connection.vendor != "postgresql":
        return timedelta(0)
    before = datetime.now(UTC)  # noqa: TID251  the machine's clock is what is being measured
    theirs = now()
    after = datetime.now(UTC)  # noqa: TID251  as above
    return theirs - (before + (after - before) / 2)


def clocks() -> dict[str, Any]:
    """Return the clock modules by dotted path, imported at first use."""
    return {path: import_module(path) for path in settings.CLOCKS}


def steps(now: datetime, *, seconds: float | None = None) -> int:
    """Do every due step of every clock and send nothing; return the number of rows done.

    `seconds` bounds the time taken. A clock that fails is logged and does not stop the others.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    total = 0
    for _ in range(TURNS):
        done = sum(_call(path, "tick", now) for path in clocks())
        total += done
        if not done or (deadline is not None and time.monotonic() >= deadline):
            return total
    logger.error("the clock does not come to rest", extra={"at": now.isoformat()})
    return total


def tick(now: datetime) -> int:
    """Do everything that is due at `now`, steps before sends, until nothing is; return the number of rows done."""
    total = 0
    for _ in range(TURNS):
        done = steps(now) + _deliver(lambda: now, pulse=lambda: None)
        total += done
        if not done:
            break
    return total


def run(
    seconds: float = 5.0,
    *,
    runner: str = "worker",
    stop: Callable[[], bool] = lambda: False,
    beat: Callable[[], None] = lambda: None,
) -> int:
    """Do what is due, steps before sends, until nothing is, the time is up or `stop()`; return the rows done.

    `beat()` is called at every turn and while sends are waited for: whoever runs this is alive. `runner` labels the
    metrics.
    """
    deadline = time.monotonic() + seconds

    def turn(limit: float | None) -> int:
        beat()
        done = steps(_now(), seconds=limit)
        metrics.clock_ticks.labels(runner).inc()
        metrics.clock_steps.labels(runner).inc(done)
        return done

    def pulse() -> None:
        turn(PULSE_SECONDS)

    total = 0
    while not stop() and time.monotonic() < deadline:
        done = turn(max(0.0, deadline - time.monotonic()))
        if not stop():
            done += _deliver(_now, pulse=pulse)
        total += done
        if not done:
            break
    return total


def next_due() -> datetime | None:
    """Return the earliest instant at which some clock has something to do; in the past when it is late."""
    instants = (_ask(path) for path in clocks())
    return min((instant for instant in instants if instant is not None), default=None)


def due(now: datetime) -> bool:
    """Tell whether something is due: one indexed query per clock, none that writes."""
    return any((instant := _ask(path)) is not None and instant <= now for path in clocks())


def lateness(now: datetime) -> timedelta:
    """Return how long the oldest due row has been waiting; zero when nothing is."""
    instant = next_due()
    return max(timedelta(0), now - instant) if instant else timedelta(0)


def due_rows(now: datetime) -> dict[str, int]:
    """Return the number of due rows per clock, for those that can tell."""
    return {path: clock.due_rows(now) for path, clock in clocks().items() if hasattr(clock, "due_rows")}


def release(owner_prefix: str, now: datetime) -> int:
    """Give back the leases of every owner that begins so; return how many. Raises what the database raises."""
    return sum(clock.release(owner_prefix, now) for clock in clocks().values() if hasattr(clock, "release"))


def _now() -> datetime:
    return now()


def _deliver(now_fn: Callable[[], datetime], *, pulse: Callable[[], None]) -> int:
    able = [path for path, clock in clocks().items() if hasattr(clock, "deliver")]
    return sum(_call(path, "deliver", now_fn, pulse=pulse) for path in able)


def _call(path: str, name: str, *args: Any, **kwargs: Any) -> int:
    try:
        return int(getattr(clocks()[path], name)(*args, **kwargs))
    except Exception as error:
        _complain(path, name, error)
        return 0


def _ask(path: str) -> datetime | None:
    """Ask one clock; a database that cannot be reached is the caller's to hear of, a broken clock is not."""
    try:
        instant: datetime | None = clocks()[path].next_due()
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:
        _complain(path, "next_due", error)
        return None
    return instant


def _complain(path: str, name: str, error: Exception) -> None:
    """Log a failing clock with its traceback, at most once in ten seconds for the same complaint."""
    if isinstance(error, (DatabaseError, InterfaceError)) and not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    key = f"{path}.{name}:{type(error).__name__}"
    if time.monotonic() - _complained.get(key, float("-inf")) >= COMPLAINT_SECONDS:
        _complained[key] = time.monotonic()
        logger.error("a clock failed", extra={"clock": path, "call": name}, exc_info=error)
