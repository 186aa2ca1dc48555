"""Words prepared for the next notice."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from oncall.admin.common import Console
from statuspage.models import NoticeTemplate, UpdateTemplate
from statuspage.services import templates


class TemplateAdmin(Console):
    """What the two kinds share."""

    list_display = ("name", "page", "component")
    list_filter = ("page",)
    list_select_related = ("page", "component")
    search_fields = ("name",)
    autocomplete_fields = ("page", "component")
    editors_write = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("page",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        given = dict(form.cleaned_data)
        page = obj.page if change else given["page"]
        component = given.pop("component", None)
        values = {name: value for name, value in given.items() if name != "page"}
        values["component_id"] = component.pk if component else None
        if change:
            row = templates.update_template(type(obj).objects.get(pk=obj.pk), values, now=timezone.now())
        else:
            row = templates.create_template(type(obj), page, values, now=timezone.now())
        obj.__dict__.update(row.__dict__)


@admin.register(NoticeTemplate)
class NoticeTemplateAdmin(TemplateAdmin):
    fields = ("page", "name", "component", "subject", "initial_comment")


@admin.register(UpdateTemplate)
class UpdateTemplateAdmin(TemplateAdmin):
    fields = ("page", "name", "component", "content")
