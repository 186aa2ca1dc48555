"""Read and save when people cannot be on call, from CSV (spec/hotpot-paging-api A8)."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.dateparse import parse_datetime

from base.errors import Invalid
from oncall.models import Availability, User

NAME = "Record created from CSV import"
LASTS = timedelta(days=1)
ROWS_AT_MOST = 10_000
REQUIRED = ("email", "start_time")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file, understood."""

    user: User
    name: str
    starts_at: datetime
    ends_at: datetime


def read(content: bytes) -> list[Row]:
    """Return what the file says; times without a zone are UTC. Raises Invalid naming the line that is wrong."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("file: this is no CSV file in UTF-8.", field="file") from error
    lines = csv.DictReader(io.StringIO(text.replace("\x00", "")), skipinitialspace=True)
    if missing := [name for name in REQUIRED if name not in (lines.fieldnames or [])]:
        raise Invalid(f"file: the header row lacks {' and '.join(missing)}.", field="file")
    try:
        rows = [line for line in lines if any(isinstance(value, str) and value.strip() for value in line.values())]
    except csv.Error as error:
        raise Invalid(f"file: line {lines.line_num}: {error}.", field="file") from error
    if len(rows) > ROWS_AT_MOST:
        raise Invalid(f"file: {len(rows)} rows are too many; send at most {ROWS_AT_MOST}.", field="file")
    people = {user.email.lower(): user for user in User.objects.filter(is_active=True)}
    return [_row(line, number, people) for number, line in enumerate(rows, start=2)]


def save(rows: list[Row], *, now: datetime) -> list[Availability]:
    """Save all of them in one statement."""
    return Availability.objects.bulk_create(
        Availability(
            user=row.user, name=row.name, starts_at=row.starts_at, ends_at=row.ends_at, created_at=now, updated_at=now
        )
        for row in rows
    )


def _row(line: dict[str, str | None], number: int, people: dict[str, User]) -> Row:
    email = (line["email"] or "").strip()
    user = people.get(email.lower())
    if user is None:
        raise Invalid(f"line {number}: No user found with email {email}", field="email")
    starts_at = _time(line, "start_time", number)
    if starts_at is None:
        raise Invalid(f"line {number}: start_time can't be blank", field="start_time")
    ends_at = _time(line, "end_time", number) or starts_at + LASTS
    if ends_at <= starts_at:
        raise Invalid(f"line {number}: end_time must be after start_time", field="end_time")
    return Row(user, (line.get("name") or "").strip()[:200] or NAME, starts_at, ends_at)


def _time(line: dict[str, str | None], name: str, number: int) -> datetime | None:
    text = (line.get(name) or "").strip()
    if not text:
        return None
    try:
        at = parse_datetime(text) or datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"line {number}: {name}: {text[:50]!r} is no ISO 8601 time", field=name) from error
