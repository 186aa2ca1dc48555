"""One at a time: what two machines or two starts must not do at once."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

LOCK_NUMBER = 0x746F6373  # "tocs": PostgreSQL's advisory locks are numbers


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else is in here: on this machine by a file, on a shared PostgreSQL by an advisory lock."""
    with (folder / "start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK_NUMBER])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_NUMBER])
