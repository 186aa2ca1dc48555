"""Read the time stamps that monitors write. Each reader answers None for what is none, and never raises."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Times = tuple[datetime | None, datetime | None]
"""When what is reported began, and when it ended, by the monitor's own clock."""


def moment(text: Any) -> datetime | None:
    """Read a time stamp in UTC, which is its zone where it names none; the year 1 is how Go writes none."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return found if found.year > 1 else None


def epoch(value: Any, *, per_second: int = 1) -> datetime | None:
    """Read seconds since 1970, or parts of seconds, of which there are `per_second`; 0 is how many write none."""
    try:
        seconds = float(value) / per_second
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def said_at(at: datetime | None, *, ended: bool) -> Times:
    """Return the times of a payload that carries only the instant at which it was said."""
    return (None, at) if ended else (at, None)


def mapping(value: Any) -> dict[str, Any]:
    """Return an object as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}
