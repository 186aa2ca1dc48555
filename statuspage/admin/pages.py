"""Status pages, their brand and domain, and their components."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminTextInputWidget

from base.errors import Invalid
from oncall.admin.common import Console, Table
from oncall.admin.words import link
from statuspage.admin.fields import HttpsField
from statuspage.models import Brand, Component, CustomDomain, StatusPage
from statuspage.services import components, pages

PASSWORD = "new_password"  # noqa: S105  the name of a field


class PageForm(forms.ModelForm):
    """A page with its own host name; a password is set anew or stays."""

    domain = forms.CharField(
        required=False,
        label="custom domain",
        widget=UnfoldAdminTextInputWidget,
        help_text="Such as status.example.org.",
    )
    new_password = forms.CharField(
        required=False,
        label="password",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Empty: it stays as it is.",
    )

    class Meta:
        model = StatusPage
        fields = "__all__"  # noqa: DJ007  the admin class names the fields
        field_classes = {"support_url": HttpsField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "domain" in self.fields:
            self.initial["domain"] = CustomDomain.of(self.instance)

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"])
        if zone not in available_timezones():
            raise forms.ValidationError("There is no such time zone; write it like Europe/Paris.")
        return zone

    def clean_domain(self) -> str:
        domain = str(self.cleaned_data["domain"]).strip()
        if not domain:
            return ""
        try:
            host = pages.domain_of(domain)
        except Invalid as error:
            raise forms.ValidationError("This cannot be a host name of a page.") from error
        if CustomDomain.objects.filter(domain=host).exclude(page=self.instance.pk).exists():
            raise forms.ValidationError("Another page has this host name.")
        return host


class BrandTable(Table):
    """The colours."""

    model = Brand
    fields = Brand.COLORS[:4]
    can_delete = False
    max_num = 1

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(StatusPage)
class StatusPageAdmin(Console):
    list_display = ("name", "address", "access", "locale", "time_zone")
    list_filter = ("access",)
    list_select_related = ("custom_domain",)
    search_fields = ("name", "slug", "page_id")
    form = PageForm
    inlines = (BrandTable,)
    readonly_fields = ("page_id", "address")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if not self.has_change_permission(request, obj):
            return ((None, {"fields": ("name", "address", "page_id", ("time_zone", "locale"), "access")}),)
        names = ("name", "slug") if obj is None else ("name", "slug", "address", "page_id")
        shown = (("time_zone", "locale"), "visible_to_search", "recovering_is_degraded", "channels")
        contact = (("support_email", "support_telephone"), "support_url", "links", "copyright")
        return (
            (None, {"fields": (*names, "domain", *shown)}),
            ("Contact and footer", {"fields": contact, "classes": ("collapse",)}),
            ("Search engines", {"fields": ("meta_title", "meta_description"), "classes": ("collapse",)}),
            (
                "Who may read it",
                {"fields": ("access", PASSWORD, "email_domains", "networks"), "classes": ("collapse",)},
            ),
        )

    def save_model(self, request: HttpRequest, obj: StatusPage, form: Any, change: bool) -> None:
        values = {name: value for name, value in form.cleaned_data.items() if name not in ("domain", PASSWORD)}
        if form.cleaned_data.get(PASSWORD):
            values["password"] = make_password(form.cleaned_data[PASSWORD])
        now = timezone.now()
        if change:
            row = StatusPage.objects.get(pk=obj.pk)
            pages.update_page(row, values, now=now)
        else:
            row = pages.create_page(values, now=now)
            obj.__dict__.update(row.__dict__)
        self._set_domain(row, form.cleaned_data.get("domain", ""))

    def _set_domain(self, page: StatusPage, domain: str) -> None:
        if domain == CustomDomain.of(page):
            return
        if domain:
            pages.set_domain(page, domain, now=timezone.now())
        else:
            pages.remove_domain(page)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for one in formset.save(commit=False):
            row = Brand.objects.get(pk=one.pk)
            pages.update_brand(row, {name: getattr(one, name) for name in self.inlines[0].fields}, now=timezone.now())

    @display(description="address")
    def address(self, page: StatusPage) -> str:
        return link(page.url, page.url) if page.pk else ""


@admin.register(Component)
class ComponentAdmin(Console):
    list_display = ("name", "page", "parent", "position")
    list_filter = ("page",)
    list_select_related = ("page", "parent")
    search_fields = ("name",)
    autocomplete_fields = ("page", "parent")
    filter_horizontal = ("routes",)
    fields = ("name", "page", "parent", "description", "position", "routes")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("page",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Component, form: Any, change: bool) -> None:
        given = form.cleaned_data
        values = {name: given[name] for name in ("name", "description", "position") if name in given}
        values["parent_id"] = given["parent"].pk if given.get("parent") else None
        if change:
            components.update_component(Component.objects.get(pk=obj.pk), values, now=timezone.now())
        else:
            obj.__dict__.update(components.create_component(given["page"], values, now=timezone.now()).__dict__)

    def delete_model(self, request: HttpRequest, obj: Component) -> None:
        components.delete_component(obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            components.delete_component(row)
