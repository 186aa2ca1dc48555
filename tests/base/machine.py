"""A whole machine in real processes on a file SQLite, with the clock made of files."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.base import fileclock

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> float:
    """Return how long it took; fail when it takes longer than `seconds`."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise AssertionError("waited in vain")
        time.sleep(0.02)
    return time.monotonic() - began


class Machine:
    """`manage.py up` in a folder of its own."""

    def __init__(self, folder: Path, *args: str) -> None:
        self.port = free_port()
        self.log = folder / "log"
        clock = folder / "clock"
        for part in ("due", "done"):
            (clock / part).mkdir(parents=True, exist_ok=True)
        os.environ["FILECLOCK"] = str(clock)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("TOCSIN_", "PYTEST_"))}
        environment = inherited | {
            "TOCSIN_DATA_DIR": str(folder / "data"),
            "DATABASE_URL": f"sqlite:///{folder / 'data' / 'tocsin.sqlite3'}",
            "DJANGO_SETTINGS_MODULE": "tests.base.machine_settings",
            "PYTHONPATH": str(ROOT),
        }
        self.run_folder = folder / "data" / "run"
        command = [sys.executable, "manage.py", "up", "--bind", f"127.0.0.1:{self.port}", *args]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )

    def get(self, path: str) -> str:
        """Return the body; empty while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                body: str = answer.read().decode()
                return body
        except (urllib.error.URLError, OSError):
            return ""

    def family(self) -> dict[int, str]:
        """Return every process below the supervisor by id, each with its path of commands."""
        table: dict[int, tuple[int, str]] = {}
        for path in Path("/proc").glob("[0-9]*"):
            try:
                fields = (path / "stat").read_text().rpartition(")")[2].split()
                command = (path / "cmdline").read_text().split("\0")
            except OSError:
                continue
            if fields[0] != "Z":
                table[int(path.name)] = (int(fields[1]), next((w for w in ("web", "qworker") if w in command), ""))
        found: dict[int, str] = {}
        todo = [(self.process.pid, "")]
        while todo:
            parent, above = todo.pop()
            for pid, (ppid, name) in table.items():
                if ppid == parent:
                    found[pid] = f"{above}/{name}"
                    todo.append((pid, found[pid]))
        return found

    def cluster_workers(self) -> list[int]:
        """Return pushers, monitor and workers of the cluster, in the order of their start."""
        return sorted(pid for pid, path in self.family().items() if path == "/qworker/qworker/qworker")

    def keeps_promises(self, name: str) -> float:
        """Return how many seconds it takes until a step that is due now is done."""
        fileclock.promise(name, datetime.now(UTC))
        return wait_until(lambda: fileclock.done().get(name))

    def stop(self) -> tuple[int, float]:
        """Return exit code and seconds taken."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(15)
        return code, time.monotonic() - began


def running(pids: list[int]) -> list[int]:
    """Return those that still run."""
    return [pid for pid in pids if Path(f"/proc/{pid}").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text()]
