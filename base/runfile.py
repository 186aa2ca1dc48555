"""What a supervisor leaves on disk, so that the next one can clear up after it when it was killed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from base.process import alive, kill_group, started, supervisor_owner


@dataclass(frozen=True, slots=True)
class RunFile:
    """One supervisor: the prefix of its leases and the process groups it started."""

    path: Path

    def write(self, children: Iterable[int]) -> None:
        """Record this process and its children, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        record = {
            "owner": supervisor_owner(),
            "pid": os.getpid(),
            "started": started(os.getpid()),
            "children": [[pid, started(pid)] for pid in children],
        }
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(record))
        draft.replace(self.path)

    def remove(self) -> None:
        """Forget it: nothing is left to clear up."""
        self.path.unlink(missing_ok=True)


def own(folder: Path) -> RunFile:
    """Return the record of this process."""
    return RunFile(folder / f"{os.getpid()}-{started(os.getpid())}.json")


def others_alive(folder: Path) -> bool:
    """Tell whether another supervisor works from the same data folder."""
    return any(_is_running(record) for _, record in _records(folder) if record["pid"] != os.getpid())


def clear_up(folder: Path) -> list[tuple[str, RunFile]]:
    """Kill what dead supervisors left running; return the owner prefixes whose leases must be given back."""
    left = []
    for path, record in _records(folder):
        if _is_running(record):
            continue
        for pid, since in record["children"]:
            if alive(pid) and started(pid) == since:
                kill_group(pid)
        left.append((str(record["owner"]), RunFile(path)))
    return left


def _records(folder: Path) -> Iterable[tuple[Path, dict[str, Any]]]:
    for path in sorted(folder.glob("*.json")):
        try:
            yield path, json.loads(path.read_text())
        except (OSError, ValueError):  # removed by its own supervisor a moment ago
            continue


def _is_running(record: dict[str, Any]) -> bool:
    return alive(record["pid"]) and started(record["pid"]) == record["started"]
