"""The broker: django-q2's own table of tasks, and the clock.

Whenever something is due, the process that fetches tasks hands the workers one `run_clock`. Nothing is stored for
it: losing that task loses nothing, since the rows stay due and the next look emits another.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime

from django.db import DatabaseError, InterfaceError, connections
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.humanhash import uuid
from django_q.signing import SignedPackage

from base import clock, shared

logger = logging.getLogger(__name__)

EMIT_SECONDS = 0.2
REPEAT_SECONDS = 5.0  # a clock task that no worker has begun for this long is taken for lost
BACK_OFF_SECONDS = 1.0

Task = tuple[int | None, str]


class ClockBroker(ORM):  # type: ignore[misc]  # django-q2 has no types
    """Hand out what is due first, then ordinary tasks in the order in which they came."""

    def __init__(self, list_key: str | None = None) -> None:
        super().__init__(list_key)
        self._begin()

    def __setstate__(self, state: tuple[str, str]) -> None:
        """Come out of a pickle, as django-q2 sends brokers to its processes where it cannot fork."""
        super().__setstate__(state)
        self._begin()

    def _begin(self) -> None:
        self._emitted = float("-inf")
        self._failures = 0

    def dequeue(self) -> list[Task]:
        """Return what to run now; wait a moment when there is nothing.

        A database that cannot be reached is waited for: an error raised from here would blind the cluster for ten
        seconds.
        """
        try:
            tasks = self._clock_tasks(clock.now()) + self._stored_tasks()
        except (DatabaseError, InterfaceError) as error:
            self._wait_for_database(error)
            return []
        if self._failures:
            logger.warning("the database is back", extra={"failed_polls": self._failures})
            self._failures = 0
        if not tasks:
            time.sleep(Conf.POLL)
        return tasks

    def _clock_tasks(self, now: datetime) -> list[Task]:
        since = time.monotonic() - self._emitted
        if since < (REPEAT_SECONDS if shared.waiting() else EMIT_SECONDS) or not clock.due(now):
            return []
        self._emitted = time.monotonic()
        shared.set_waiting(True)
        name, identity = uuid()
        task = {
            "id": identity,
            "name": f"clock-{name}",
            "func": "base.tasks.run_clock",
            "args": (),
            "kwargs": {},
            "started": now,
            "save": False,
            "ack_failure": True,
        }
        return [(None, SignedPackage.dumps(task))]

    def _stored_tasks(self) -> list[Task]:
        """Claim by compare-and-set: another cluster that was faster has moved the lock."""
        rows = self.get_connection().filter(key=self.list_key, lock__lt=timezone.now()).order_by("id")[: Conf.BULK]  # noqa: TID251  an edge
        return [
            (row.pk, row.payload)
            for row in rows
            if self.get_connection().filter(pk=row.pk, lock=row.lock).update(lock=self.timeout(row))
        ]

    def _wait_for_database(self, error: Exception) -> None:
        if not self._failures:
            logger.error("the database cannot be reached, trying on", extra={"error": str(error).strip()})
        self._failures += 1
        connections[Conf.ORM].close()
        time.sleep(min(Conf.POLL * self._failures, BACK_OFF_SECONDS))
