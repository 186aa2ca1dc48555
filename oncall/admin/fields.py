"""Form fields that speak as people write: spans with units, people by name and in order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django import forms
from django.db import models
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from base.fields import FORMAT, WallClockField
from oncall.models import User

PART = re.compile(r"(\d+(?:\.\d+)?)\s*(d|h|min|m|s)(?![a-z])")
SECONDS = {"d": 86_400, "h": 3_600, "min": 60, "m": 60, "s": 1}


def parse_span(text: str) -> timedelta:
    """Return the span that `1 d 12 h`, `5 min` or `01:30:00` writes. Raises ValueError."""
    cleaned = text.strip().lower()
    if clock := re.fullmatch(r"(\d+):(\d{2}):(\d{2})", cleaned):
        hours, minutes, seconds = (int(part) for part in clock.groups())
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    parts = PART.findall(cleaned)
    if not parts or PART.sub("", cleaned).strip():
        raise ValueError(text)
    return timedelta(seconds=sum(float(number) * SECONDS[unit] for number, unit in parts))


def write_span(span: timedelta) -> str:
    """Return the span as `parse_span` reads it."""
    left, parts = int(span.total_seconds()), []
    for unit in ("d", "h", "min", "s"):
        count, left = divmod(left, SECONDS[unit])
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"


class DurationField(forms.CharField):
    """A span of time, written with its unit."""

    def __init__(self, *, encoder: Any = None, decoder: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UnfoldAdminTextInputWidget(attrs={"placeholder": "5 min"}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return write_span(value) if isinstance(value, timedelta) else value

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if isinstance(value, timedelta):
            return value
        try:
            return parse_span(value)
        except ValueError as exc:
            raise forms.ValidationError(f"{value!r} is no span of time; write it like 5 min, 12 h or 1 d.") from exc

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class WallClockFormField(forms.CharField):
    """A local date and time, shown and read as the model's field writes it."""

    def prepare_value(self, value: Any) -> Any:
        return value.strftime(FORMAT) if isinstance(value, datetime) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


FIELDS: dict[type[models.Field], dict[str, Any]] = {
    models.DurationField: {
        "form_class": DurationField,
        "widget": UnfoldAdminTextInputWidget(attrs={"placeholder": "5 min"}),
    },
    WallClockField: {
        "form_class": WallClockFormField,
        "widget": UnfoldAdminTextInputWidget(attrs={"placeholder": "2030-01-07T09:00:00"}),
    },
    models.URLField: {"form_class": partial(forms.URLField, assume_scheme="https")},
}


class OrderedSelect(forms.SelectMultiple):
    """A list of people that keeps the order in which they were chosen: chosen ones come first, in that order."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Any = ()) -> None:
        super().__init__({"class": "t-ordered", "data-theme": "admin-autocomplete", **(attrs or {})}, choices)

    class Media:
        js = (
            "admin/js/vendor/jquery/jquery.min.js",
            "admin/js/vendor/select2/select2.full.js",
            "admin/js/jquery.init.js",
            "tocsin/console.js",
        )
        css = {"screen": ("admin/css/vendor/select2/select2.css", "admin/css/autocomplete.css")}

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        groups = super().optgroups(name, value, attrs)
        place = {str(pk): index for index, pk in enumerate(value)}
        return sorted(groups, key=lambda group: place.get(str(group[1][0]["value"]), len(place)))


class OrderedPeopleField(forms.ModelMultipleChoiceField):
    """People in the order in which they were chosen."""

    widget = OrderedSelect

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        by_pk = {str(user.pk): user for user in found}
        return [by_pk[pk] for pk in dict.fromkeys(str(v) for v in value or ()) if pk in by_pk]

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = [str(getattr(value, "pk", value)) for value in initial or ()]
        return before != [str(value) for value in data or ()]


class GroupsField(forms.CharField):
    """Groups of people who are on call together: one group a line, usernames divided by commas."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": UnfoldAdminTextareaWidget(attrs={"rows": 3}), "required": False, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        names = dict(User.objects.filter(pk__in=[pk for group in value for pk in group]).values_list("pk", "username"))
        return "\n".join(", ".join(names.get(pk, f"#{pk}") for pk in group) for group in value)

    def to_python(self, value: Any) -> Any:
        groups = [[name.strip() for name in line.split(",") if name.strip()] for line in (value or "").splitlines()]
        found = self._find({name for group in groups for name in group})
        return [[found[name.lower()] for name in group] for group in groups if group]

    def _find(self, names: Iterable[str]) -> dict[str, int]:
        known = {name.lower(): pk for pk, name in User.objects.values_list("pk", "username")} if names else {}
        if unknown := sorted(name for name in names if name.lower() not in known):
            raise forms.ValidationError(f"There is nobody called {', '.join(unknown)}; give usernames.")
        return known

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (self.prepare_value(initial or []) or "") != (data or "").replace("\r\n", "\n")


class NumbersField(forms.CharField):
    """Whole numbers divided by commas."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(**{"widget": UnfoldAdminTextInputWidget(), "required": False, **kwargs})
        self.least, self.most = least, most

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(str(number) for number in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        try:
            numbers = [int(part) for part in (value or "").split(",") if part.strip()]
        except ValueError as exc:
            raise forms.ValidationError(f"{value!r} is no list of whole numbers like 1, 15.") from exc
        if wrong := [number for number in numbers if not self.least <= number <= self.most or number == 0]:
            raise forms.ValidationError(f"{wrong[0]} is not between {self.least} and {self.most}.")
        return numbers

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (self.prepare_value(initial or []) or "") != (data or "")
