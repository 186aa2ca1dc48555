"""Schedules with their own shifts, and who is on call now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import StackedInline
from unfold.decorators import display
from unfold.views import ChangeList
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from oncall.admin.common import Console, Rights
from oncall.admin.fields import FIELDS, GroupsField, NumbersField
from oncall.admin.words import badge, clock_tag, time_tag
from oncall.models import OnCallShift, Schedule, ShiftSwap, User
from oncall.selectors import final_schedule, on_call_now

Type = OnCallShift.Type
AHEAD = timedelta(days=14)
LANES = 12


class ShiftForm(forms.ModelForm):
    """A shift in words: weekdays to tick, groups of people by name."""

    rolling_users = GroupsField(label="rotation", help_text="For a rotation: one group a line, usernames and commas.")
    by_day = forms.MultipleChoiceField(
        choices=[(day.value, day.name.capitalize()) for day in OnCallShift.Day],
        required=False,
        label="only on",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    by_month = NumbersField(least=1, most=12, label="months", help_text="Like 1, 12. Empty: all.")
    by_monthday = NumbersField(least=-31, most=31, label="days of the month", help_text="Like 1, -1. Empty: all.")

    class Meta:
        model = OnCallShift
        fields = "__all__"  # noqa: DJ007  the admin class names the fields

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind = cleaned.get("type")
        if kind in (Type.RECURRENT_EVENT, Type.ROLLING_USERS) and not cleaned.get("frequency"):
            self.add_error("frequency", "A recurring shift or a rotation needs a frequency, such as weekly.")
        if kind == Type.ROLLING_USERS and not cleaned.get("rolling_users"):
            self.add_error("rolling_users", "A rotation needs at least one group of people.")
        if kind != Type.ROLLING_USERS and "users" in cleaned and not cleaned["users"]:
            self.add_error("users", "Nobody is in this shift: choose at least one person.")
        return cleaned


SHIFT_FIELDS = (
    ("type", "name"),
    ("start", "duration"),
    ("frequency", "interval"),
    "users",
    "rolling_users",
    "by_day",
    ("until", "level"),
)


class ShiftInline(Rights, StackedInline):
    """The shifts of a web schedule, and overrides."""

    model = OnCallShift
    fk_name = "owner"
    form = ShiftForm
    formfield_overrides = FIELDS
    fields = SHIFT_FIELDS
    autocomplete_fields = ("users",)
    extra = 0
    collapsible = True
    verbose_name_plural = "own shifts"
    editors_write = True


class WithOnCall(ChangeList):
    """Answers who is on call for the whole page at once, whatever its length."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows: list[Any] = list(self.result_list)  # type: ignore[has-type]
        on_call = on_call_now(rows, timezone.now()) if rows else {}
        people = User.objects.in_bulk({pk for pks in on_call.values() for pk in pks})
        for row in rows:
            row.on_call_names = ", ".join(str(people[pk]) for pk in on_call.get(row.pk, ()) if pk in people)
        self.result_list = rows


@admin.register(Schedule)
class ScheduleAdmin(Console):
    list_display = ("name", "now_on_call", "team", "type_word", "time_zone")
    list_filter = ("type", "team")
    list_select_related = ("team",)
    search_fields = ("name",)
    autocomplete_fields = ("team",)
    fields = (("name", "team"), ("type", "time_zone"), "ical_url_primary", "ical_url_overrides")
    inlines = (ShiftInline,)
    editors_write = True
    change_form_outer_before_template = "admin/tocsin/schedule.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return WithOnCall

    def panel(self, request: HttpRequest, obj: Schedule) -> dict[str, Any]:
        now = timezone.now()
        pieces = final_schedule(obj, now, now + AHEAD)
        people = User.objects.in_bulk({pk for piece in pieces for pk in piece.users})
        return {"lanes": _lanes(pieces, people, now)}

    @display(description="on call now")
    def now_on_call(self, schedule: Any) -> str:
        names = getattr(schedule, "on_call_names", "")
        return names or badge("open", "Nobody")

    @display(description="type", ordering="type")
    def type_word(self, schedule: Schedule) -> str:
        return schedule.get_type_display()


def _lanes(pieces: Any, people: dict[int, User], now: datetime) -> list[dict[str, Any]]:
    lanes, end = [], now
    for piece in pieces:
        if piece.start > end:
            lanes.append(_lane(end, piece.start, now, gap=True))
        names = ", ".join(str(people[pk]) for pk in piece.users if pk in people)
        lanes.append(_lane(piece.start, piece.end, now, names=names, now=piece.start <= now))
        end = max(end, piece.end)
    if end < now + AHEAD:
        lanes.append(_lane(end, now + AHEAD, now, gap=True))
    return lanes[:LANES]


def _lane(start: datetime, end: datetime, at: datetime, **more: Any) -> dict[str, Any]:
    open_ended = end >= at + AHEAD
    until = "" if open_ended else clock_tag(end, at, seconds=False)
    return {"start": clock_tag(start, at, seconds=False), "end": until, **more}


@admin.register(OnCallShift)
class OnCallShiftAdmin(Console):
    list_display = ("words", "type_word", "owner", "start_words", "duration", "frequency", "level")
    list_filter = ("type", "owner")
    list_select_related = ("owner",)
    search_fields = ("name", "owner__name")
    autocomplete_fields = ("owner", "schedules", "users", "team")
    form = ShiftForm
    fields = (
        ("type", "name"),
        ("owner", "schedules"),
        ("start", "duration"),
        ("time_zone", "rotation_start"),
        ("frequency", "interval"),
        "users",
        ("rolling_users", "start_index"),
        "by_day",
        ("by_month", "by_monthday"),
        ("week_start", "until"),
        ("level", "team"),
    )
    editors_write = True

    @display(description="shift", ordering="name")
    def words(self, shift: OnCallShift) -> str:
        return str(shift)

    @display(description="type", ordering="type")
    def type_word(self, shift: OnCallShift) -> str:
        return shift.get_type_display()

    @display(description="start", ordering="start")
    def start_words(self, shift: OnCallShift) -> str:
        return f"{shift.start:%Y-%m-%d %H:%M}"


@admin.register(ShiftSwap)
class ShiftSwapAdmin(Console):
    list_display = ("schedule", "beneficiary", "benefactor", "starts", "ends")
    list_filter = ("schedule",)
    list_select_related = ("schedule", "beneficiary", "benefactor")
    search_fields = ("schedule__name", "beneficiary__username", "benefactor__username", "description")
    autocomplete_fields = ("schedule", "beneficiary", "benefactor")
    fields = ("schedule", ("beneficiary", "benefactor"), ("starts_at", "ends_at"), "description")
    date_hierarchy = "starts_at"
    editors_write = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(deleted_at=None)

    def save_model(self, request: HttpRequest, obj: ShiftSwap, form: Any, change: bool) -> None:
        obj.updated_at = timezone.now()
        if not change:
            obj.created_at = obj.updated_at
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: ShiftSwap) -> None:
        ShiftSwap.objects.filter(pk=obj.pk).update(deleted_at=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        queryset.update(deleted_at=timezone.now())

    @display(description="from", ordering="starts_at")
    def starts(self, swap: ShiftSwap) -> str:
        return time_tag(swap.starts_at)

    @display(description="until", ordering="ends_at")
    def ends(self, swap: ShiftSwap) -> str:
        return time_tag(swap.ends_at)
