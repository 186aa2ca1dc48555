"""When planned work is: what the parts of a request make of the plan (A4b). Pure; everything is UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DEFAULT_LENGTH = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a request says of the plan; None where it says nothing."""

    on: date | None = None
    at: time | None = None
    length: timedelta | None = None
    begins_at: datetime | None = None
    ends_at: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return self == Parts()

    def missing(self) -> list[str]:
        """Return which inputs a new plan lacks, by their names in the API."""
        lacks = []
        if self.begins_at is None:
            lacks += [name for name, part in (("begins_at_date", self.on), ("begins_at_time", self.at)) if part is None]
        if self.ends_at is None and self.length is None:
            lacks.append("duration_in_minutes")
        return lacks


def replan(begins_at: datetime | None, ends_at: datetime | None, parts: Parts) -> tuple[datetime, datetime]:
    """Return the plan that follows from the old one and the parts; without a length the old one is kept.

    Raises ValueError where there is no beginning at all, or where it would end before it begins."""
    old_length = ends_at - begins_at if begins_at and ends_at else DEFAULT_LENGTH
    begin = _begin(begins_at, parts)
    if parts.ends_at is not None:
        end = parts.ends_at
    else:
        end = begin + (parts.length if parts.length is not None else old_length)
    if end <= begin:
        raise ValueError("it ends before it begins")
    return begin, end


def _begin(old: datetime | None, parts: Parts) -> datetime:
    if parts.begins_at is not None:
        return parts.begins_at
    on = parts.on or (old.date() if old else None)
    at = parts.at or (old.timetz().replace(tzinfo=None) if old else None)
    if on is None or at is None:
        raise ValueError("it has no beginning")
    if parts.at is None and parts.on is None and old is not None:
        return old
    return datetime.combine(on, at, UTC)
