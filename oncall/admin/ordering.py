"""Ordered rows in a form: shown by position, dragged, and saved through the services that keep positions distinct."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from unfold.forms import PaginationInlineFormSet


class OrderedForm(forms.ModelForm):
    """A row whose position the formset decides: the database's rule on positions is not for one form to check."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["position"].required = False

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # the stubs lack it
        return excluded | {"position"}


class OrderedFormSet(PaginationInlineFormSet):
    """Saves its rows one after the other at places 0, 1, 2, … in the order in which they are shown."""

    def delete_row(self, row: Any) -> None:
        """Remove a row; a list with a service of its own calls that."""
        row.delete()

    def save_row(self, form: Any, place: int) -> Any:
        """Make or change the form's row and return it; a list with a service of its own calls that."""
        form.instance.position = place
        return form.save()

    def save(self, commit: bool = True) -> list[models.Model]:
        self.new_objects: list[Any] = []
        self.changed_objects: list[Any] = []
        self.deleted_objects: list[Any] = []
        for form in self.deleted_forms:
            if form.instance.pk:
                self.deleted_objects.append(form.instance)
                self.delete_row(form.instance)
        for place, form in enumerate(self._wanted()):
            is_new = form.instance.pk is None
            row = self.save_row(form, place)
            if is_new:
                self.new_objects.append(row)
            elif form.has_changed():
                self.changed_objects.append((row, form.changed_data))
        return [*self.new_objects, *(row for row, _ in self.changed_objects)]

    def _wanted(self) -> list[Any]:
        gone = set(map(id, self.deleted_forms))
        kept = [form for form in self.forms if id(form) not in gone and (form.instance.pk or form.has_changed())]
        return sorted(kept, key=_place)


def _place(form: Any) -> tuple[bool, int]:
    # A row that was just added and not dragged comes last.
    given = form.cleaned_data.get("position")
    return (given is None, given or 0)
