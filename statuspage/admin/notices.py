"""Notices: written, moved on and looked back at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from alerts.models import Alert
from oncall.admin.common import Button, Console, ReadOnlyConsole, Table, may_edit
from oncall.admin.words import badge, link, time_tag
from statuspage.models import Component, Notice, NoticeChange, NoticeUpdate, StatusPage
from statuspage.models.notices import CLOSED
from statuspage.schedule import Parts
from statuspage.services import audience, notices
from statuspage.services.notices import Audience, Draft

STEPS = {
    "unplanned": ("investigating", "identified", "recovering", "resolved", "false_alarm"),
    "planned": ("scheduled", "underway", "complete", "cancelled"),
}
TONES = {"resolved": "resolved", "complete": "resolved", "underway": "acknowledged", "scheduled": "silenced"}


class NoticeForm(forms.ModelForm):
    """What is said, and who is told of it."""

    comment = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
        help_text="What readers should know now, in Markdown. Nothing of an alert is copied here.",
    )
    audience = forms.ChoiceField(
        choices=Audience.choices, initial=Audience.AFFECTED, label="tell", widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = Notice
        fields = "__all__"  # noqa: DJ007  the admin class names the fields

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        page = self.instance.page if self.instance.pk else cleaned.get("page")
        foreign = [one for one in cleaned.get("components") or () if page and one.page_id != page.pk]
        if foreign:
            self.add_error("components", f"Not of this page: {', '.join(map(str, foreign))}.")
        planned = (self.instance.type if self.instance.pk else cleaned.get("type")) == Notice.Type.PLANNED
        begins, ends = cleaned.get("begins_at"), cleaned.get("ends_at")
        if planned and not (begins and ends and begins < ends):
            self.add_error("ends_at", "Planned work begins, and ends after that.")
        return cleaned


class FactTable(Table):
    """Rows that are looked at, never edited."""

    hide_title = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission


class UpdateTable(FactTable):
    """What was said."""

    model = NoticeUpdate
    fields = readonly_fields = ("created_at", "state", "content", "should_publish", "author")


class ChangeTable(FactTable):
    """What happened, and who was told."""

    model = NoticeChange
    fields = readonly_fields = ("at", "state", "automatic", "by", "audience", "told")


@admin.register(Notice)
class NoticeAdmin(Console):
    list_display = ("state_word", "subject", "page", "type", "begun", "ended")
    list_display_links = ("subject",)
    list_filter = ("page", "type", "state")
    list_select_related = ("page",)
    search_fields = ("subject",)
    date_hierarchy = "created_at"
    autocomplete_fields = ("page", "components", "alerts")
    form = NoticeForm
    inlines = (UpdateTable, ChangeTable)
    editors_write = True

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        plan = (("begins_at", "ends_at"), "automated")
        if obj is None:
            head = (("page", "type"), "subject", "components", "comment", "audience")
            return ((None, {"fields": head}), ("Planned work", {"fields": plan}), ("Alerts", {"fields": ("alerts",)}))
        words = ("comment", "audience", "would_hear") if self.has_change_permission(request, obj) else ()
        body = ("subject", "state_word", "address", "components", *words)
        sets = [(None, {"fields": body}), ("Alerts", {"fields": ("alerts",)})]
        if obj.type == Notice.Type.PLANNED:
            sets.insert(1, ("Planned work", {"fields": plan}))
        if obj.state in CLOSED:
            sets.append(("Review", {"fields": ("review",)}))
        return tuple(sets)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("state_word", "address", "would_hear") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is not None and "audience" in form.base_fields:
            form.base_fields["audience"].initial = Audience.NOBODY  # to mend a word is no news
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin a notice about an alert with the components that its route is tied to."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        found = request.GET.get("alert", "")
        alert = Alert.objects.filter(pk=found).first() if found.isdecimal() else None
        page = StatusPage.objects.order_by("pk").first()
        if alert is None or page is None:
            return initial
        tied = Component.objects.filter(routes=alert.route_id).select_related("page").order_by("page", "position")
        page = tied[0].page if tied else page
        chosen = notices.components_of(alert, page)
        return initial | {"page": page.pk, "type": "unplanned", "components": chosen, "alerts": [alert.pk]}

    def save_model(self, request: HttpRequest, obj: Notice, form: Any, change: bool) -> None:
        given, now = form.cleaned_data, timezone.now()
        user: Any = request.user
        parts = Parts(begins_at=given.get("begins_at"), ends_at=given.get("ends_at"))
        draft = Draft(
            subject=given["subject"],
            comment=given.get("comment", ""),
            audience=given.get("audience", Audience.NOBODY),
            components=[one.pk for one in given["components"]],
            plan=parts,
            automated=given.get("automated"),
        )
        if change:
            row = notices.update_notice(Notice.objects.get(pk=obj.pk), draft, by=user, now=now)
            if given.get("review") is not None and given["review"] != row.review:
                row = notices.write_review(row, given["review"], now=now)
        else:
            row = notices.create_notice(given["page"], given["type"], draft, by=user, now=now)
        obj.__dict__.update(row.__dict__)
        notices.set_alerts(row, given.get("alerts") or ())

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing is left to write: the service has done it all. The log of changes asks what the tables did."""
        for formset in formsets:
            formset.save(commit=False)

    def delete_model(self, request: HttpRequest, obj: Notice) -> None:
        notices.delete_notice(obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            notices.delete_notice(row)

    def buttons(self, request: HttpRequest, obj: Notice) -> list[Button]:
        if not may_edit(request) or obj.state in CLOSED:
            return []
        words = dict(Notice.State.choices)
        confirm = "Who was told of this notice is told of it." if obj.published_at else ""
        return [
            Button(state, str(words[state]), primary=state in ("resolved", "complete"), confirm=confirm)
            for state in STEPS[obj.type]
            if state != obj.state
        ]

    def press(self, request: HttpRequest, obj: Notice, name: str) -> None:
        user: Any = request.user
        told = Audience.AFFECTED if obj.published_at else Audience.NOBODY
        notices.update_notice(obj, Draft(state=name, audience=told), by=user, now=timezone.now())
        messages.success(request, f"{obj} is {dict(Notice.State.choices)[name].lower()} now.")

    @display(description="state", ordering="state")
    def state_word(self, notice: Notice) -> str:
        return badge(TONES.get(notice.state, "open"), notice.get_state_display())

    @display(description="address")
    def address(self, notice: Notice) -> str:
        return link(notice.link, notice.link)

    @display(description="would hear of it")
    def would_hear(self, notice: Notice) -> str:
        counts = audience.count(notice.page, notice.components.values_list("pk", flat=True))
        return ", ".join(f"{number} by {channel}" for channel, number in counts.items() if number) or "nobody"

    @display(description="began", ordering="began_at")
    def begun(self, notice: Notice) -> str:
        return time_tag(notice.began_at or notice.begins_at)

    @display(description="ended", ordering="ended_at")
    def ended(self, notice: Notice) -> str:
        return time_tag(notice.ended_at)


@admin.register(NoticeUpdate)
class NoticeUpdateAdmin(ReadOnlyConsole):
    list_display = ("written", "notice", "state", "content", "should_publish", "author")
    list_filter = ("notice__page", "state")
    list_select_related = ("notice", "author")
    search_fields = ("content", "notice__subject")
    fields = readonly_fields = ("written", "notice", "state", "content", "should_publish", "author")

    @display(description="at", ordering="created_at")
    def written(self, row: NoticeUpdate) -> str:
        return time_tag(row.created_at)


@admin.register(NoticeChange)
class NoticeChangeAdmin(ReadOnlyConsole):
    list_display = ("happened", "notice", "state", "automatic", "by", "audience", "told")
    list_filter = ("notice__page", "state", "audience", "automatic")
    list_select_related = ("notice", "by")
    search_fields = ("notice__subject",)
    fields = readonly_fields = ("happened", "notice", "state", "previous_state", "automatic", "by", "audience", "told")

    @display(description="at", ordering="at")
    def happened(self, row: NoticeChange) -> str:
        return time_tag(row.at)
