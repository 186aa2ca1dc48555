"""Is this installation able to keep its promises?"""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass, field
from functools import cache

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from base import clock

PATIENCE_SECONDS = 2.0


@dataclass(slots=True)
class Health:
    """What was found; green without reasons. Figures are seconds, None when they could not be read."""

    reasons: list[str] = field(default_factory=list)
    late: float | None = None
    skew: float | None = None

    @property
    def green(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.reasons


def look() -> Health:
    """Look at the database and the clock; never longer than two seconds, whatever the network does."""
    if connection.vendor == "sqlite":
        return examine()  # a file answers or fails, it does not keep silent
    try:
        return _asked().result(PATIENCE_SECONDS)
    except TooLate:
        return Health(reasons=[f"the database has not answered for {PATIENCE_SECONDS:g} seconds"])


def examine() -> Health:
    """Look at the database and the clock, as long as it takes."""
    health = Health()
    try:
        if names := missing_migrations():
            health.reasons.append(f"{len(names)} migrations are missing, the first is {names[0]}")
            return health
        health.late = round(clock.lateness(clock.now()).total_seconds(), 3)
        health.skew = round(clock.skew().total_seconds(), 3)
    except (DatabaseError, InterfaceError) as error:
        health.reasons.append(f"the database cannot be used ({type(error).__name__})")
        return health
    if health.late > settings.CLOCK_LATE_AFTER:
        health.reasons.append(f"the clock is {health.late:g} seconds late")
    return health


def missing_migrations() -> list[str]:
    """Return the names of the migrations that this code has and this database has not."""
    applied = MigrationRecorder(connection).applied_migrations()
    return [f"{app}.{name}" for app, name in known_migrations() if (app, name) not in applied]


@cache
def known_migrations() -> tuple[tuple[str, str], ...]:
    """Return all migrations of the code; they do not change while it runs."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    return tuple(sorted(key for key in loader.disk_migrations if key not in replaced))


_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None
_question: Future[Health] | None = None


def _asked() -> Future[Health]:
    """Return the answer that is being waited for; a hanging database is asked once, not once per request."""
    global _pool, _question  # noqa: PLW0603  one thread per process, made after the fork
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(1, "health")
        if _question is None or _question.done():
            _question = _pool.submit(_in_thread)
        return _question


def _in_thread() -> Health:
    try:
        return examine()
    finally:
        connection.close()
