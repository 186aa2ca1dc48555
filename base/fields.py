"""Field types that Django lacks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Combinable

FORMAT = "%Y-%m-%dT%H:%M:%S"


def parse_wall_clock(value: str) -> datetime:
    """Return the naive datetime that `YYYY-MM-DDTHH:MM:SS` writes. Raises ValueError."""
    parsed = datetime.strptime(value, FORMAT)  # noqa: DTZ007 (naive on purpose)
    if parsed.strftime(FORMAT) != value:
        raise ValueError(value)
    return parsed


class WallClockField(models.CharField):  # type: ignore[type-arg]
    """A local date and time without a zone: the row's own zone decides which instant it is."""

    description = "Wall-clock time"
    _pyi_private_set_type: str | datetime | Combinable  # type: ignore[assignment]
    _pyi_private_get_type: datetime  # type: ignore[assignment]
    _pyi_lookup_exact_type: str | datetime

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = 19
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: str | None, expression: object, connection: object) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, datetime):
            return value
        if value == "" and self.null:
            return None
        try:
            return parse_wall_clock(value)
        except (TypeError, ValueError) as exc:
            raise ValidationError(f"{value!r} is not a local time; write it like 2030-01-07T09:00:00.") from exc

    def get_prep_value(self, value: Any) -> Any:
        return value.strftime(FORMAT) if isinstance(value, datetime) else value

    def run_validators(self, value: Any) -> None:
        # The length is that of the text.
        super().run_validators(self.get_prep_value(value))

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(self.value_from_object(obj)) or "")
