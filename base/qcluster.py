"""A django-q2 cluster that cannot hang: it works whole or it is gone.

A worker killed while it waits for a task holds the queue's lock for ever (django-q2 issue 23), and so may the
others. Therefore a cluster of which a process was killed ends as a whole, and the supervisor starts another.
"""

from __future__ import annotations

import logging
import os
import signal
from types import FrameType
from typing import Any

from django_q import cluster as django_q_cluster

from base import clock, shared
from base.process import bind_to_parent, share_memory

logger = logging.getLogger(__name__)

EXIT_KILLED = 70
JOIN_SECONDS = 0.2


class SafeSentinel(django_q_cluster.Sentinel):  # type: ignore[misc]  # django-q2 has no types
    """Guards the workers, and ends with all of them when one was killed."""

    def spawn_cluster(self) -> None:
        """Watch the children from their first moment."""
        self.guarding = os.getpid()
        signal.signal(signal.SIGCHLD, self.child_ended)
        super().spawn_cluster()

    def child_ended(self, _number: int, _frame: FrameType | None) -> None:
        """End at once if a child was killed.

        A signal arrives even while the guard waits for the lock that the dead child holds. Looks without reaping,
        and reads the timer without its lock.
        """
        if os.getpid() != self.guarding or shared.stopping():  # at the end, leftovers are ended by signals
            return
        for child in [*self.pool, self.monitor, self.pusher]:
            if child is not None and child.pid and _was_killed(child.pid) and not _timed_out(child):
                _leave(child.pid)

    def reincarnate(self, process: Any) -> None:
        """Replace a worker that ended by itself; never trust the queues of one that was killed."""
        if process is self.monitor or ((process.exitcode or 0) < 0 and not _timed_out(process)):
            _leave(process.pid)
        super().reincarnate(process)


def run() -> int:
    """Run a cluster until SIGTERM or SIGINT, or until its sentinel ends; return the exit code."""
    bind_to_parent()
    share_memory(clock.clocks)
    django_q_cluster.Sentinel = SafeSentinel
    cluster = django_q_cluster.Cluster()
    # django-q2's own handlers wait for locks inside the handler and sometimes never return (issue 346)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: shared.set_stopping(True))
    cluster.start()
    while cluster.sentinel.is_alive() and not shared.stopping():
        cluster.sentinel.join(JOIN_SECONDS)
    if shared.stopping():
        cluster.stop()
        return 0
    return int(cluster.sentinel.exitcode or 0)


def _was_killed(pid: int) -> bool:
    try:
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return ended is not None and ended.si_code in (os.CLD_KILLED, os.CLD_DUMPED)


def _timed_out(process: Any) -> bool:
    """A worker that took too long is ended by the guard itself, outside the queue: that is orderly."""
    timer = getattr(process, "timer", None)
    return timer is not None and timer.get_obj().value == 0


def _leave(pid: int) -> None:
    logger.error("a process of the cluster was killed, the cluster starts anew", extra={"pid": pid})
    os._exit(EXIT_KILLED)  # the children follow their parent
