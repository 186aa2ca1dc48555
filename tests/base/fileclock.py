"""A clock whose rows are files: `due/<name>` holds an instant; done, it becomes `done/<name>` with the doer's name."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path


def folder() -> Path:
    return Path(os.environ["FILECLOCK"])


def promise(name: str, at: datetime) -> None:
    for part in ("due", "done"):
        (folder() / part).mkdir(parents=True, exist_ok=True)
    draft = folder() / f"{name}.draft"
    draft.write_text(at.isoformat())
    draft.rename(folder() / "due" / name)


def done() -> dict[str, str]:
    return {path.name: path.read_text() for path in (folder() / "done").iterdir()}


def _rows() -> list[tuple[datetime, Path]]:
    rows = []
    for path in (folder() / "due").glob("*"):
        with suppress(FileNotFoundError):
            rows.append((datetime.fromisoformat(path.read_text()), path))
    return sorted(rows)


def next_due() -> datetime | None:
    return min((at for at, _ in _rows()), default=None)


def tick(now: datetime) -> int:
    count = 0
    for at, path in _rows():
        if at > now:
            break
        with suppress(FileNotFoundError):
            path.rename(folder() / "done" / path.name)
            (folder() / "done" / path.name).write_text(os.environ.get("TOCSIN_OWNER", ""))
            count += 1
    return count


def release(owner_prefix: str, now: datetime) -> int:
    with (folder() / "released").open("a") as file:
        file.write(f"{owner_prefix}\n")
    return 0
