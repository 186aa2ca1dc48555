"""How people are reached: their addresses, and the two ordered lists of notification rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from oncall.admin.common import Console, Table, is_admin
from oncall.admin.ordering import OrderedForm, OrderedFormSet
from oncall.admin.words import badge, time_tag
from oncall.models import ContactMethod, NotificationRule, User
from oncall.services import rules


class RuleForm(OrderedForm):
    """One rule; only a wait has a span."""

    class Meta:
        model = NotificationRule
        fields = ["kind", "delay", "position"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("kind") != NotificationRule.Kind.WAIT:
            cleaned["delay"] = None
            self.instance.delay = None
        elif not cleaned.get("delay"):
            cleaned["delay"] = NotificationRule.DEFAULT_DELAY
        return cleaned


class RuleFormSet(OrderedFormSet):
    """Saves through the service of rules, which keeps the positions distinct."""

    important = False

    def delete_row(self, row: Any) -> None:
        rules.delete_rule(row)

    def save_row(self, form: Any, place: int) -> Any:
        values = {"kind": form.cleaned_data["kind"], "delay": form.cleaned_data["delay"], "position": place}
        if form.instance.pk:
            return rules.update_rule(form.instance, **values)
        return rules.create_rule(self.instance, important=self.important, **values)


class ImportantRuleFormSet(RuleFormSet):
    """The same for the list that important alerts use."""

    important = True


class DefaultRules(Table):
    """How the person is reached when they are asked to take an alert."""

    model = NotificationRule
    form = RuleForm
    formset = RuleFormSet
    fields = ("kind", "delay", "position")
    ordering_field = "position"
    hide_ordering_field = True
    verbose_name = "notification rule"
    verbose_name_plural = "notification rules: when asked"
    editors_write = True
    owner = "pk"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(important=self.formset.important)


class ImportantRules(DefaultRules):
    """How the person is reached when the alert is important."""

    formset = ImportantRuleFormSet
    verbose_name_plural = "notification rules: when asked, important"


class ContactMethodTable(Table):
    """The person's addresses. One that an admin writes down counts as theirs; others wait for proof."""

    model = ContactMethod
    fields = ("kind", "address", "verified", "proven")
    readonly_fields = ("verified", "proven")
    editors_write = True
    owner = "pk"

    @display(description="verified")
    def verified(self, method: ContactMethod) -> str:
        return verified_mark(method)

    @display(description="last proof")
    def proven(self, method: ContactMethod) -> str:
        return time_tag(method.proven_at)


def verified_mark(method: ContactMethod) -> str:
    """Say whether an address counts as the person's own."""
    return badge("resolved", "Verified") if method.verified_at else badge("acknowledged", "Not verified")


class Own(Console):
    """Rows of one person: editors see to their own."""

    editors_write = True
    owner = "user"
    list_select_related = ("user",)
    autocomplete_fields = ("user",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if not is_admin(request):
            kwargs["queryset"] = User.objects.filter(pk=request.user.pk or 0)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(ContactMethod)
class ContactMethodAdmin(Own):
    list_display = ("address", "kind", "user", "verified", "proven")
    list_filter = ("kind", ("verified_at", admin.EmptyFieldListFilter))
    search_fields = ("address", "user__email", "user__username", "user__name")
    fields = ("user", ("kind", "address"), "verified", "proven")
    readonly_fields = ("verified", "proven")

    def save_model(self, request: HttpRequest, obj: ContactMethod, form: Any, change: bool) -> None:
        stamp(request, obj, form)
        super().save_model(request, obj, form, change)

    @display(description="verified", ordering="verified_at")
    def verified(self, method: ContactMethod) -> str:
        return verified_mark(method)

    @display(description="last proof", ordering="proven_at")
    def proven(self, method: ContactMethod) -> str:
        return time_tag(method.proven_at)


def stamp(request: HttpRequest, method: ContactMethod, form: Any) -> None:
    """Count a new address as verified when an admin writes it (decisions.md, User); anybody else's waits for proof."""
    fresh = not method.pk
    if fresh or {"kind", "address", "user"} & set(form.changed_data):
        method.verified_at = timezone.now() if is_admin(request) else None
        method.proven_at = None


class LoneRuleForm(forms.ModelForm):
    """A rule on a page of its own; its place is given by the person's page."""

    class Meta:
        model = NotificationRule
        fields = ["user", "important", "kind", "delay"]


@admin.register(NotificationRule)
class NotificationRuleAdmin(Own):
    list_display = ("user", "important", "position", "words")
    list_display_links = ("words",)
    list_filter = ("important", "kind")
    search_fields = ("user__email", "user__username", "user__name")
    form = LoneRuleForm
    fields = ("user", "important", ("kind", "delay"))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("user", "important") if obj else ()

    def save_model(self, request: HttpRequest, obj: NotificationRule, form: Any, change: bool) -> None:
        cleaned = form.cleaned_data
        if change:
            rules.update_rule(obj, kind=cleaned["kind"], delay=cleaned["delay"])
            return
        made = rules.create_rule(
            cleaned["user"], important=cleaned["important"], kind=cleaned["kind"], delay=cleaned["delay"]
        )
        obj.__dict__.update(made.__dict__)

    @display(description="rule", ordering="kind")
    def words(self, rule: NotificationRule) -> str:
        return str(rule)
