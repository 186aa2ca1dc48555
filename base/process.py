"""Processes: who is alive, who owns a lease, and who dies with whom. Without prctl, groups are killed instead."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

OWNER = "TOCSIN_OWNER"
PARENT = "TOCSIN_PARENT"  # the process id of the supervisor, for those it starts
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def owner() -> str:
    """Return the name under which this process leases rows: `host:supervisor:generation`."""
    return os.environ.get(OWNER) or f"{host()}:{os.getpid()}:-"


def host() -> str:
    """Return this machine's name, short enough for a column."""
    return socket.gethostname()[:40].replace(":", "-")


def supervisor_owner() -> str:
    """Return the prefix of all owners under this supervisor; the start time tells a reused process id apart."""
    return f"{host()}:{os.getpid()}-{started(os.getpid())}:"


def alive(pid: int) -> bool:
    """Tell whether a process of this machine runs; a zombie does not."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _stat(pid)[:1] != ["Z"]


def started(pid: int) -> str:
    """Return when a process began, in the machine's own terms; empty when there is no such process."""
    if fields := _stat(pid):
        return fields[19]
    if Path("/proc/self/stat").exists():
        return ""
    asked = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, check=False, text=True)  # noqa: S603, S607
    return asked.stdout.strip().replace(" ", "").replace(":", "")


def die_with_parent() -> None:
    """Have this process killed when its parent ends."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def bind_to_parent() -> None:
    """Die with the parent, this process and every one it will fork; end at once if the supervisor is gone already."""
    die_with_parent()
    os.register_at_fork(after_in_child=die_with_parent)
    expected = os.environ.get(PARENT)
    if expected and os.getppid() != int(expected):
        raise SystemExit(1)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ended, so that they can be reaped."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def kill_group(pid: int, number: int = signal.SIGKILL) -> None:
    """Signal the whole group that `pid` leads, if it is still there."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on; empty where there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _prctl(option: int, value: int) -> None:
    if library := _libc():
        library.prctl(option, value, 0, 0, 0)


@cache
def _libc() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(None, use_errno=True)
        _ = library.prctl
    except (OSError, AttributeError, TypeError):
        return None
    return library


def share_memory(load: Callable[[], object]) -> None:
    """Load what every child will need before it is forked, and keep the collector off it: the pages stay shared."""
    load()
    gc.collect()
    gc.freeze()
