"""One process that starts the others, starts again what dies, and stops all of them."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from base import metrics, runfile
from base.process import OWNER, PARENT, adopt_orphans, kill_group, supervisor_owner
from base.safetynet import SafetyNet
from base.tasks import HEARTBEAT

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.25
STOP_SECONDS = 4.0  # what has not ended by then is killed
RELEASE_SECONDS = 0.6
SHORT_LIFE_SECONDS = 5.0
BACK_OFF_SECONDS = 5.0
EXIT_KILLED = 70  # base.qcluster's: one of its processes was killed
CLUSTER = "worker"


@dataclass(slots=True)
class Child:
    """One program that must always run, the leader of its own process group."""

    name: str
    command: list[str]
    generation: int = 0
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    crashes: int = 0  # in a row, each soon after its start
    start_after: float = 0.0

    def ended(self, code: int) -> None:
        """Note an end, and how long to wait: not at all for one that was killed, longer and longer for a crash."""
        self.process = None
        now = time.monotonic()
        crashed = code > 0 and code != EXIT_KILLED and now - self.started_at < SHORT_LIFE_SECONDS
        self.crashes = self.crashes + 1 if crashed else 0
        self.start_after = now + (min(POLL_SECONDS * 2**self.crashes, BACK_OFF_SECONDS) if crashed else 0)


class Supervisor:
    """Owns the children, the safety net and the record on disk."""

    def __init__(self, commands: dict[str, list[str]], *, folder: Path, ticks: bool = True) -> None:
        self.owner = supervisor_owner()
        self.children = [Child(name, command) for name, command in commands.items()]
        self.stopping = False
        self._run_folder = folder / "run"
        self._record = runfile.own(self._run_folder)
        self._heartbeat = self._record.path.with_suffix(".beat")
        self._metrics = folder / "metrics"
        self.net = SafetyNet(self.owner, heartbeat=self._heartbeat, ticks=ticks)

    def run(self) -> int:
        """Supervise until SIGTERM or SIGINT; return the exit code once everything has ended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        adopt_orphans()
        if not runfile.others_alive(self._run_folder):
            metrics.clean(self._metrics)
        metrics.share(self._metrics)
        for prefix, record in runfile.clear_up(self._run_folder):
            self.net.release_soon(prefix, record.remove)
            record.path.with_suffix(".beat").unlink(missing_ok=True)
        self._record.write([])
        self.net.start()
        while not self.stopping:
            self._watch()
            time.sleep(POLL_SECONDS)
        self._stop()
        return 0

    def _ask_to_stop(self, *_: Any) -> None:
        self.stopping = True

    def _watch(self) -> None:
        for child in self.children:
            if child.process is not None and (code := child.process.poll()) is not None:
                self._bury(child, code)
            if child.process is None and time.monotonic() >= child.start_after and not self.stopping:
                self._start(child)
        if self.net.wedged:
            self.net.wedged = False
            self._restart_cluster()
        self._reap()

    def _start(self, child: Child) -> None:
        child.generation += 1
        environment = os.environ | {
            PARENT: str(os.getpid()),
            OWNER: self._owner_of(child),
            HEARTBEAT: str(self._heartbeat),
        }
        child.process = subprocess.Popen(child.command, env=environment, start_new_session=True)  # noqa: S603  our own
        child.started_at = time.monotonic()
        self._record.write(child.process.pid for child in self.children if child.process)

    def _bury(self, child: Child, code: int) -> None:
        if child.process is None:
            return
        logger.warning("a process ended", extra={"program": child.name, "pid": child.process.pid, "code": code})
        kill_group(child.process.pid)
        child.ended(code)
        self.net.release_soon(self._owner_of(child))

    def _owner_of(self, child: Child) -> str:
        """Return the owner of one generation; of fixed width, since leases are given back by prefix."""
        return f"{self.owner}{child.name}-{child.generation:05d}"

    def _restart_cluster(self) -> None:
        for child in self.children:
            if child.name == CLUSTER and child.process is not None:
                logger.error("the cluster does not run the clock, it starts anew", extra={"pid": child.process.pid})
                kill_group(child.process.pid)

    def _reap(self) -> None:
        """Collect adopted orphans, and leave the children's exit codes to their own."""
        own = {child.process.pid for child in self.children if child.process}
        with suppress(ChildProcessError):
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if ended.si_pid in own:
                    return
                os.waitpid(ended.si_pid, os.WNOHANG)

    def _stop(self) -> None:
        running = [child.process for child in self.children if child.process]
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            process.terminate()
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in running:
            kill_group(process.pid)
            process.wait()
        self._heartbeat.unlink(missing_ok=True)
        self.net.end(RELEASE_SECONDS, self._record.remove)
