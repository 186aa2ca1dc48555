"""How the PagerTree API spells ids and instants (spec/pagertree A6)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


def spell(prefix: str, row: Any) -> str | None:
    """Return `usr_…` for a row with a public id; None for no row."""
    return None if row is None else f"{prefix}_{row.public_id}"


def public_id(spelled: str, prefix: str) -> str | None:
    """Return the part after the first underscore if the id is of that kind; None otherwise."""
    kind, _, bare = spelled.partition("_")
    return bare if kind == prefix and bare and "\0" not in bare else None


LOG_ID = re.compile(r"log_(0*[1-9][0-9]{0,17})")
LOG_DIGITS = 11


def log_id(pk: int) -> str:
    """Return `log_00000000042`: a line of the log has no id but its number."""
    return f"log_{pk:0{LOG_DIGITS}d}"


def log_pk(spelled: str) -> int | None:
    """Return the number in `log_…`; None for anything that `log_id` never writes."""
    found = LOG_ID.fullmatch(spelled)
    pk = int(found[1]) if found else None
    return pk if pk is not None and log_id(pk) == spelled else None


def unix(instant: datetime) -> int:
    """Return whole seconds since 1970, rounded down."""
    return int(instant.timestamp())


@extend_schema_field({"type": "string", "nullable": True})
class IdField(serializers.Field):
    """A row, spelled by its kind's three letters."""

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str | None:
        return spell(self.prefix, value)


@extend_schema_field({"type": "integer", "nullable": True})
class UnixField(serializers.Field):
    """An instant in whole unix seconds."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: datetime) -> int:
        return unix(value)


@extend_schema_field(OpenApiTypes.DATETIME)
class IsoField(serializers.Field):
    """An instant as ISO 8601 in UTC with milliseconds and Z."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
