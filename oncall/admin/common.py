"""What every page of the console shares: rights by role, read-only rows, and buttons that act by POST."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import path, reverse
from unfold.admin import ModelAdmin, TabularInline

from base.errors import DomainError
from oncall.admin.fields import FIELDS
from oncall.models import User


def is_admin(request: HttpRequest) -> bool:
    """Tell whether the person configures."""
    return getattr(request.user, "role", None) == User.Role.ADMIN and request.user.is_active


def may_edit(request: HttpRequest) -> bool:
    """Tell whether the person acts on alerts and schedules, and may see the secrets of integrations."""
    return bool(getattr(request.user, "may_edit", False))


class Rights:
    """Who may do what: admins everything, editors what the class says, viewers read."""

    editors_write = False
    owner = ""  # the field that names whose row it is: editors write their own rows only

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_write(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_write(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_write(request, obj)

    def _may_write(self, request: HttpRequest, obj: Any) -> bool:
        if is_admin(request):
            return True
        return self.editors_write and may_edit(request) and self._is_own(request, obj)

    def _is_own(self, request: HttpRequest, obj: Any) -> bool:
        if not self.owner or obj is None:
            return True
        whose = obj if isinstance(obj, User) else getattr(obj, self.owner)
        return whose is not None and whose.pk == request.user.pk


@dataclass(frozen=True, slots=True)
class Button:
    """Something that can be done to the row that is shown; `confirm` asks again first, in these words."""

    name: str
    label: str
    primary: bool = False
    confirm: str = ""


class Console(Rights, ModelAdmin):
    """The base of every page for a model."""

    list_per_page = 50
    show_full_result_count = False
    list_fullwidth = True
    compressed_fields = True
    formfield_overrides = FIELDS
    change_form_template = "admin/tocsin/change_form.html"

    def buttons(self, request: HttpRequest, obj: Any) -> list[Button]:
        """Return what this person may do to the row now."""
        return []

    def press(self, request: HttpRequest, obj: Any, name: str) -> None:
        """Do what a button says and tell the person by a message."""
        raise Http404(name)

    def panel(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Return what the page shows beside the form."""
        return {}

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_press"
        view = self.admin_site.admin_view(self.press_view)
        return [path("<path:object_id>/press/<slug:name>/", view, name=name), *super().get_urls()]

    def press_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Act on one row: POST only, since a link in a mail or on another site must not be able to."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404(object_id)
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        if name in {button.name for button in self.buttons(request, obj)}:
            try:
                self.press(request, obj, name)
            except DomainError as exc:
                messages.error(request, exc.message)
        elif not self.has_change_permission(request, obj):
            raise PermissionDenied
        else:
            messages.warning(request, f"{obj} has moved on: {name.replace('_', ' ')} is not possible any more.")
        return HttpResponseRedirect(self.after_press(obj, name))

    def after_press(self, obj: Any, name: str) -> str:
        """Return where the person goes next."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=(obj.pk,))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        obj = kwargs.get("obj")
        if obj is not None:
            context |= {"buttons": self.buttons(request, obj), **self.panel(request, obj)}
        return super().render_change_form(request, context, *args, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as exc:  # somebody was faster than the form's own checks
            messages.error(request, exc.message)
            return HttpResponseRedirect(request.get_full_path())


class ReadOnly:
    """Rows that the clock or the monitors own: looked at, never edited."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyConsole(ReadOnly, Console):
    """A page for such rows."""


class Table(Rights, TabularInline):
    """A table of rows that belong to the one shown."""

    extra = 0
    hide_title = True
    formfield_overrides = FIELDS


def tell(request: HttpRequest, done: int, verb: str, refused: dict[str, int]) -> None:
    """Say what became of a list of rows: `3 acknowledged, 1 was resolved already`."""
    parts = [f"{done} {verb}"] if done or not refused else []
    parts += [f"{count} {'was' if count == 1 else 'were'} {state} already" for state, count in sorted(refused.items())]
    level = messages.SUCCESS if done else messages.WARNING
    messages.add_message(request, level, ", ".join(parts) + ".")
