"""Escalation chains with their policies in order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest
from unfold.admin import StackedInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from oncall.admin.common import Console, Rights
from oncall.admin.fields import FIELDS, OrderedPeopleField
from oncall.admin.ordering import OrderedForm, OrderedFormSet
from oncall.admin.words import EMPTY
from oncall.models import EscalationChain, EscalationPolicy, User
from oncall.services import chains, policies

SHORTEST, LONGEST = timedelta(seconds=60), timedelta(seconds=86_400)
OWN_FIELDS = {str(kind): list(names) for kind, names in policies.OWN_FIELDS.items()}
PLAIN = [
    "type",
    "delay",
    "persons",
    "schedule",
    "user_group",
    "team",
    "webhook",
    "window_from",
    "window_to",
    "num_alerts",
    "num_minutes",
    "severity",
]


class TypeSelect(UnfoldAdminSelectWidget):
    """Shows, as it is chosen, only the fields that belong to the type."""

    class Media:
        js = ("tocsin/console.js",)


class PolicyForm(OrderedForm):
    """One step; the people are kept in the order in which they were chosen."""

    persons = OrderedPeopleField(User.objects.none(), required=False, help_text="In the order you choose them.")

    class Meta:
        model = EscalationPolicy
        fields = [*PLAIN, "important", "position"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["persons"].queryset = User.objects.filter(is_active=True)  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["persons"] = [row.user_id for row in self.instance.person_rows.all()]

    def clean_delay(self) -> timedelta | None:
        delay: timedelta | None = self.cleaned_data["delay"]
        if delay is not None and not SHORTEST <= delay <= LONGEST:
            word = "short" if delay < SHORTEST else "long"
            seconds = int(delay.total_seconds())
            raise forms.ValidationError(f"{seconds} is too {word}; a wait lasts from 60 to 86400 seconds.")
        return delay


class PolicyFormSet(OrderedFormSet):
    """Saves through the service of policies, which keeps the positions distinct."""

    def delete_row(self, row: Any) -> None:
        policies.delete_policy(row)

    def save_row(self, form: Any, place: int) -> Any:
        values = {name: value for name, value in form.cleaned_data.items() if name in PolicyForm.Meta.fields}
        type, _ = values.pop("type"), values.pop("position", None)
        if form.instance.pk:
            return policies.update_policy(form.instance, type=type, values=values, position=place)
        return policies.create_policy(self.instance, type=type, values=values, position=place)


class PolicyInline(Rights, StackedInline):
    """The steps of the chain."""

    model = EscalationPolicy
    form = PolicyForm
    formset = PolicyFormSet
    formfield_overrides = FIELDS
    extra = 0
    ordering_field = "position"
    hide_ordering_field = True
    autocomplete_fields = ("schedule", "user_group", "team", "webhook")
    verbose_name_plural = "escalation policies, in order"

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).select_related("schedule", "user_group", "team", "webhook")
        return rows.prefetch_related("person_rows")

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "type":
            kwargs["widget"] = TypeSelect(attrs={"data-own-fields": _own_fields()})
        return super().formfield_for_choice_field(db_field, request, **kwargs)


def _own_fields() -> str:
    return ";".join(f"{kind}:{','.join(names)}" for kind, names in OWN_FIELDS.items())


@admin.register(EscalationChain)
class EscalationChainAdmin(Console):
    list_display = ("name", "team", "steps", "timeout", "used_by")
    list_filter = ("team",)
    list_select_related = ("team",)
    search_fields = ("name",)
    autocomplete_fields = ("team",)
    fields = (("name", "team"), "final_timeout")
    inlines = (PolicyInline,)

    def get_queryset(self, request: HttpRequest) -> Any:
        counts = {"policies_count": Count("policies", distinct=True), "routes_count": Count("routes", distinct=True)}
        return super().get_queryset(request).annotate(**counts)

    def delete_model(self, request: HttpRequest, obj: EscalationChain) -> None:
        chains.delete_chain(obj)

    @display(description="policies", ordering="policies_count")
    def steps(self, chain: Any) -> str:
        return str(chain.policies_count) if chain.policies_count else "none: nobody is asked"

    @display(description="final time-out", ordering="final_timeout")
    def timeout(self, chain: EscalationChain) -> str:
        return f"{chain.final_timeout.total_seconds() / 60:g} min"

    @display(description="used by", ordering="routes_count")
    def used_by(self, chain: Any) -> str:
        if not chain.routes_count:
            return EMPTY
        return f"{chain.routes_count} route{'' if chain.routes_count == 1 else 's'}"
