"""Integrations: the door's address, what to write into the monitor, and what came in last."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Max
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from alerts import ingest, routing, services
from alerts.admin import upkeep
from alerts.admin.snippets import snippet
from alerts.models import Event, Integration, Route
from oncall.admin.common import Button, Console, Table, is_admin, may_edit
from oncall.admin.words import EMPTY, time_tag
from oncall.models import EscalationChain

EVENTS_SHOWN = 10


class IntegrationForm(forms.ModelForm):
    """A new integration also says where its alerts lead."""

    chain = forms.ModelChoiceField(
        EscalationChain.objects.all(),
        required=False,
        label="default escalation chain",
        widget=UnfoldAdminSelectWidget,
        help_text="Who is asked. Without one alerts are recorded and nobody is asked.",
    )

    class Meta:
        model = Integration
        fields = "__all__"  # noqa: DJ007  the admin class names the fields

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "type" in self.fields:
            self.fields["type"].widget = UnfoldAdminSelectWidget(choices=kinds())


def kinds() -> list[tuple[str, str]]:
    """Return the types of integration that can be made, by slug and name."""
    return [(slug, kind.title) for slug, kind in ingest.TYPES.items() if slug not in Integration.INTERNAL_TYPES]


class RouteForm(forms.ModelForm):
    """A route that is not the default one needs an expression; the default matches whatever is left."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.is_default:
            cleaned["expression"] = ""
        elif not cleaned.get("expression"):
            self.add_error("expression", "An expression is missing; only the default route matches everything.")
        elif wrong := routing.check_expression(cleaned.get("type", ""), cleaned["expression"]):
            self.add_error("expression", wrong)
        return cleaned


class RouteFormSet(Table.formset):  # type: ignore[name-defined]
    """The default route cannot be removed: it is where everything else ends."""

    def clean(self) -> None:
        super().clean()
        if any(form.instance.is_default for form in self.deleted_forms):
            raise forms.ValidationError("The default route cannot be removed; give it no chain instead.")


class RouteTable(Table):
    """The rules from payload to chain, the first that matches wins."""

    model = Route
    form = RouteForm
    formset = RouteFormSet
    fields = ("type", "expression", "chain", "position")
    autocomplete_fields = ("chain",)
    hide_title = False  # says which one is the default
    ordering_field = "position"
    hide_ordering_field = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).order_by("is_default", "position", "pk").select_related("chain")


@admin.register(Integration)
class IntegrationAdmin(Console):
    list_display = ("name", "type_word", "team", "urgency_word", "alerts_word", "last_alert")
    list_filter = ("type", "team", "urgency")
    list_select_related = ("team",)
    search_fields = ("name", "description_short")
    autocomplete_fields = ("team",)
    form = IntegrationForm
    inlines = (RouteTable,)
    change_form_outer_before_template = "admin/tocsin/integration.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        counts = {"alerts_count": Count("alerts"), "last_alert_at": Max("alerts__created_at")}
        return (
            super()
            .get_queryset(request)
            .filter(deleted_at=None)
            .exclude(type=Integration.MAINTENANCE)
            .annotate(**counts)
        )

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        rest = (("team", "urgency"), "description_short", ("allow_source_resolve", "ingest_limit"))
        if obj is None:
            return ((None, {"fields": (("name", "type"), "chain", *rest)}),)
        return (
            (None, {"fields": (("name", "type_word"), *rest)}),
            ("Templates", {"fields": ("templates",), "classes": ("collapse",)}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("type_word",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # closed by its own action: its alerts stay

    def save_model(self, request: HttpRequest, obj: Integration, form: Any, change: bool) -> None:
        cleaned = form.cleaned_data
        names = [name for name in form.fields if name != "chain"]
        if not change:
            made = services.create_integration(
                type_slug=cleaned["type"],
                name=cleaned["name"],
                now=timezone.now(),
                team=cleaned["team"],
                chain=cleaned["chain"],
            )
            for name in names:
                setattr(made, name, cleaned[name])
            obj.__dict__.update(made.__dict__)
        obj.save(update_fields=names)

    def buttons(self, request: HttpRequest, obj: Integration) -> list[Button]:
        if not is_admin(request) or obj.type in Integration.INTERNAL_TYPES:
            return []
        close = Button("close", "Delete", confirm="Its address is refused from now on; its alerts stay.")
        return [*upkeep.buttons_of(obj), close]

    def press(self, request: HttpRequest, obj: Integration, name: str) -> None:
        if name != "close":
            done = upkeep.press(obj, name, by=request.user)
            self.log_change(request, obj, done)
            messages.success(request, done)
            return
        services.delete_integration(obj, now=timezone.now())
        self.log_change(request, obj, "Deleted.")
        messages.success(request, f"{obj} is deleted; its alerts stay.")

    def after_press(self, obj: Integration, name: str) -> str:
        return reverse("admin:alerts_integration_changelist") if name == "close" else super().after_press(obj, name)

    def panel(self, request: HttpRequest, obj: Integration) -> dict[str, Any]:
        rows = Event.objects.filter(alert__integration=obj).select_related("alert")[:EVENTS_SHOWN]
        now = timezone.now()
        recent = [{"event": row, "at": time_tag(row.received_at, now)} for row in rows]
        # The address is the secret of the integration: viewers do without.
        door = {"door": obj.link, "snippet": snippet(obj)} if may_edit(request) and obj.link else {}
        mail = {"mail_address": obj.inbound_email} if may_edit(request) else {}
        return {"recent": recent, "has_door": bool(obj.link), **door, **mail}

    @display(description="type", ordering="type")
    def type_word(self, integration: Integration) -> str:
        return type_name(integration.type)

    @display(description="urgency", ordering="urgency")
    def urgency_word(self, integration: Integration) -> str:
        return integration.get_urgency_display()

    @display(description="alerts", ordering="alerts_count")
    def alerts_word(self, integration: Any) -> str:
        return str(integration.alerts_count)

    @display(description="last alert", ordering="last_alert_at")
    def last_alert(self, integration: Any) -> str:
        return time_tag(integration.last_alert_at) if integration.last_alert_at else EMPTY


def type_name(slug: str) -> str:
    """Return what people call a type of integration."""
    kind = ingest.TYPES.get(slug)
    return kind.title if kind else slug


@admin.register(Route)
class RouteAdmin(Console):
    list_display = ("integration", "words", "type", "chain", "position")
    list_display_links = ("words",)
    list_filter = ("integration", "chain")
    list_select_related = ("integration", "chain")
    search_fields = ("expression", "integration__name")
    autocomplete_fields = ("integration", "chain")
    fields = ("integration", ("type", "expression"), ("chain", "position"))
    form = RouteForm

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(integration__deleted_at=None)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        return ("integration", "type", "expression", "position") if obj.is_default else ("integration",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj is not None and obj.is_default)

    def get_actions(self, request: HttpRequest) -> Any:
        # Deleting a list at once would take default routes along.
        return {name: act for name, act in super().get_actions(request).items() if name != "delete_selected"}

    @display(description="route", ordering="position")
    def words(self, route: Route) -> str:
        return str(route)
