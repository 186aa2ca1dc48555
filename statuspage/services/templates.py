"""Words prepared for the next notice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from base.errors import Invalid
from statuspage.models import Component, NoticeTemplate, StatusPage, UpdateTemplate

Template = TypeVar("Template", NoticeTemplate, UpdateTemplate)


def create_template(kind: type[Template], page: StatusPage, values: Mapping[str, Any], *, now: datetime) -> Template:
    """Keep some words. Raises Invalid where the component is not of that page."""
    _check(page, values)
    return kind.objects.create(page=page, created_at=now, updated_at=now, **values)


def update_template(row: Template, values: Mapping[str, Any], *, now: datetime) -> Template:
    """Change some fields. Raises Invalid where the component is not of that page."""
    _check(row.page, values)
    for name, value in values.items():
        setattr(row, name, value)
    row.updated_at = now
    row.save()
    return row


def _check(page: StatusPage, values: Mapping[str, Any]) -> None:
    pk = values.get("component_id")
    if pk is not None and not Component.objects.filter(page=page, pk=pk).exists():
        raise Invalid("is invalid", field="component_id")
