"""The installation, its people, their keys, teams and groups."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as PasswordPages
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from oncall.admin.common import Button, Console, is_admin, may_edit
from oncall.admin.keys import KeyTable
from oncall.admin.rules import ContactMethodTable, DefaultRules, ImportantRules, stamp
from oncall.admin.words import EMPTY, badge
from oncall.models import ContactMethod, User
from oncall.services import people

NEW_FIELDS = ("email", "name", "username", "role", "time_zone", "usable_password", "password1", "password2")


class NewPersonForm(UserCreationForm):
    """A person as `create_user` makes them: reachable by e-mail from the start."""

    class Meta:
        model = User
        fields = ["email", "name", "username", "role", "time_zone"]
        widgets = {
            "email": UnfoldAdminEmailInputWidget(),
            "name": UnfoldAdminTextInputWidget(),
            "username": UnfoldAdminTextInputWidget(),
            "role": UnfoldAdminSelectWidget(choices=User.Role.choices),
            "time_zone": UnfoldAdminTextInputWidget(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].required = False
        self.fields["username"].help_text = "Empty: made of the e-mail address."


class PersonForm(forms.ModelForm):
    """A person as they are changed: an installation without an admin could not be configured any more."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        was_admin = self.initial.get("role") == User.Role.ADMIN and self.initial.get("is_active")
        stays = cleaned.get("role", User.Role.ADMIN) == User.Role.ADMIN and cleaned.get("is_active", True)
        if was_admin and not stays and not self._others():
            raise forms.ValidationError("This is the only active admin; make somebody else one first.")
        return cleaned

    def _others(self) -> bool:
        admins = User.objects.filter(role=User.Role.ADMIN, is_active=True, is_sample=False)
        return admins.exclude(pk=self.instance.pk).exists()


@admin.register(User)
class UserAdmin(Console, PasswordPages):  # type: ignore[misc]  # both bases are typed by different stubs
    list_display = ("person", "email", "role_word", "team_names", "reach", "time_zone", "active")
    list_filter = ("role", "is_active", "teams")
    search_fields = ("email", "username", "name")
    ordering = ("pk",)
    filter_horizontal = ()
    fieldsets = ((None, {"fields": (("name", "username"), ("email", "time_zone"), ("role", "is_active"))}),)
    add_fieldsets = (
        (
            None,
            {"fields": NEW_FIELDS},
        ),
    )
    readonly_fields = ()
    form = PersonForm
    add_form = NewPersonForm
    change_password_form = AdminPasswordChangeForm
    inlines = (ContactMethodTable, DefaultRules, ImportantRules, KeyTable)
    editors_write = True
    owner = "pk"

    def get_queryset(self, request: HttpRequest) -> Any:
        verified = Count("contact_methods", filter=Q(contact_methods__verified_at__isnull=False), distinct=True)
        return super().get_queryset(request).prefetch_related("teams").annotate(ways=verified)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Editors see to their own name and zone; who they are and what they may do is the admins' to say.
        return () if is_admin(request) else ("username", "email", "role", "is_active")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_admin(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what a person did and was asked stays readable: people are made inactive

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=[name for name in form.changed_data if name in form.fields])
            return
        cleaned = form.cleaned_data
        made = people.create_user(
            cleaned["email"],
            now=timezone.now(),
            username=cleaned["username"] or None,
            name=cleaned["name"],
            role=cleaned["role"],
            time_zone=cleaned["time_zone"],
            password=cleaned["password1"] if cleaned.get("set_usable_password", True) else None,
        )
        obj.__dict__.update(made.__dict__)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is ContactMethod:
            for row in formset.forms:
                if row.has_changed():
                    stamp(request, row.instance, row)
        formset.save()

    def buttons(self, request: HttpRequest, obj: User) -> list[Button]:
        return [Button("key", "New API key")] if self._may_have_key(request, obj) else []

    def _may_have_key(self, request: HttpRequest, obj: User) -> bool:
        return is_admin(request) or (may_edit(request) and obj.pk == request.user.pk)

    def after_press(self, obj: User, name: str) -> str:
        return f"{reverse('admin:oncall_apikey_add')}?user={obj.pk}"

    def press(self, request: HttpRequest, obj: User, name: str) -> None:
        """The key is made on the next page, where its name is asked for."""

    def panel(self, request: HttpRequest, obj: User) -> dict[str, Any]:
        password = reverse("admin:auth_user_password_change", args=(obj.pk,)) if is_admin(request) else ""
        return {"password_url": password}

    @display(description="person", ordering="name")
    def person(self, user: User) -> str:
        return f"{user} (sample)" if user.is_sample else str(user)

    @display(description="role", ordering="role")
    def role_word(self, user: User) -> str:
        return user.role.capitalize()

    @display(description="teams")
    def team_names(self, user: User) -> str:
        return ", ".join(team.name for team in user.teams.all()) or EMPTY

    @display(description="reachable")
    def reach(self, user: Any) -> str:
        if not user.may_be_asked:
            return badge("archived", "Never asked")
        return badge("resolved", "Yes") if user.ways else badge("open", "No verified address")

    @display(description="active", ordering="is_active", boolean=True)
    def active(self, user: User) -> bool:
        return user.is_active
