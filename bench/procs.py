"""CPU and memory of process trees, from /proc (Linux)."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """Return the process and all its descendants."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [child for word in task.read_text().split() for child in tree(int(word))]
        except OSError:
            continue
    return found


def cpu_seconds(pid: int) -> float:
    """Return user and system time of the tree, ended children included."""
    total = 0
    for each in tree(pid):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(int(fields[number]) for number in (11, 12, 13, 14))
    return total / TICKS


def memory(pid: int) -> list[tuple[int, str, float]]:
    """Return (pid, command, PSS in MiB) of every process of the tree."""
    rows = []
    for each in tree(pid):
        try:
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
            command = Path(f"/proc/{each}/cmdline").read_text().replace("\0", " ").strip()
        except OSError:
            continue
        pss = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        rows.append((each, command.split("manage.py ")[-1][:40], pss / 1024))
    return rows
