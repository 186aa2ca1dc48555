"""Ids that bodies name: each must stand for something, and the first that does not is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError as NotValid
from django.core.validators import validate_email
from django.db.models import Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from alerts.api.attributes import Attribute
from alerts.api.fields import public_id
from alerts.api.grammar import Comparison
from alerts.api.inputs import STRINGS, JsonField, Strings
from alerts.services.destinations import unknown_destinations
from base.errors import Invalid
from oncall.models import User


@extend_schema_field(STRINGS)
class Rows(Strings):
    """An array of ids of one kind; becomes the rows, each once, in order."""

    def __init__(self, prefix: str, rows: Callable[[], QuerySet[Any]], *, least: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.prefix, self.rows, self.least = prefix, rows, least

    def check(self, items: list[str]) -> list[Any]:
        wanted = list(dict.fromkeys(items))
        if len(wanted) < self.least:
            self.refuse(f"must name at least {self.least}")
        bare = [public_id(item, self.prefix) for item in wanted]
        found = {row.public_id: row for row in self.rows().filter(public_id__in=[one for one in bare if one])}
        for item, one in zip(wanted, bare, strict=True):
            if one not in found:
                self.refuse(f"there is no '{item}'")
        return [found[one] for one in bare if one]


@extend_schema_field(OpenApiTypes.STR)
class Row(JsonField):
    """One id; becomes the row. None where null is allowed."""

    def __init__(self, prefix: str, rows: Callable[[], QuerySet[Any]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.prefix, self.rows = prefix, rows

    def to_internal_value(self, data: Any) -> Any:
        bare = public_id(data, self.prefix) if isinstance(data, str) else None
        found = bare and self.rows().filter(public_id=bare).first()
        return found or self.refuse(f"there is no '{data}'")


class Receivers(Strings):
    """Destinations that exist: users, teams, schedules and routers."""

    def check(self, items: list[str]) -> list[str]:
        wanted = list(dict.fromkeys(items))
        if unknown := unknown_destinations(wanted):
            self.refuse(f"there is no destination '{unknown[0]}'")
        return wanted


class Addresses(Strings):
    """E-mail addresses, each once whatever its case."""

    def check(self, items: list[str]) -> list[str]:
        kept: dict[str, str] = {}
        for item in (raw.strip() for raw in items):
            try:
                validate_email(item)
            except NotValid:
                self.refuse(f"'{item}' is not an e-mail address")
            kept.setdefault(item.casefold(), item)
        return list(kept.values())


def active_users() -> QuerySet[User]:
    """Return the people whom a body may name."""
    return User.objects.filter(is_active=True)


class Related(Attribute):
    """An array of the ids of other rows: to equal one is to have it among them."""

    expression = None

    def __init__(self, prefix: str, path: str, **kwargs: Any) -> None:
        super().__init__(path, **kwargs)
        self.prefix = prefix

    def apply(self, rows: QuerySet[Any], asked: Comparison, alias: str) -> QuerySet[Any]:
        if asked.path or asked.operator not in ("equals", "ne", "contains"):
            raise Invalid(f"ops: '{asked.operator}' cannot be used on '{asked.name}'", field="ops")
        having = Q(**{f"{self.column}__public_id": public_id(asked.value, self.prefix) or ""})
        if asked.value == "":
            having = Q(**{f"{self.column}__isnull": True})
        matching = Q(pk__in=rows.model._default_manager.filter(having).values("pk"))  # noqa: SLF001  Django documents it
        return rows.exclude(matching) if asked.operator == "ne" else rows.filter(matching)
