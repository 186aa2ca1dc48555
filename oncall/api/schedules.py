"""`schedules` (spec/oncall-config-api section 4)."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from base.errors import Invalid
from oncall.api.calendar_tokens import ExportTokenMixin
from oncall.api.dialect import CrudViewSet
from oncall.api.errors import Refused
from oncall.api.fields import IdField, PublicIdField, answered_together
from oncall.api.filters import ExactFilter, TeamFilter
from oncall.api.final_shifts import FinalShiftSerializer, WindowForm, final_shifts
from oncall.api.schedule_fields import FeedUrlField, ShiftListField
from oncall.api.shift_fields import TimeZoneField
from oncall.models import CalendarFeed, OnCallShift, Schedule, Team, User
from oncall.selectors import on_call_now
from oncall.services import schedules

Type = Schedule.Type
ALWAYS = ("id", "team_id", "name", "type", "slack", "on_call_now")
WIRE_FIELDS: dict[str, tuple[str, ...]] = {
    Type.ICAL: (*ALWAYS, "ical_url_primary", "ical_url_overrides", "ical_status"),
    Type.CALENDAR: (*ALWAYS, "time_zone", "shifts", "ical_url_overrides", "enable_web_overrides"),
    Type.WEB: (*ALWAYS, "time_zone", "shifts"),
}


class SlackSerializer(serializers.Serializer[Schedule]):
    """Where a schedule is shown in a chat."""

    channel_id = serializers.CharField(source="chat_channel", required=False, allow_null=True, max_length=100)
    user_group_id = serializers.CharField(source="chat_user_group", required=False, allow_null=True, max_length=100)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        cleared = (True, {"chat_channel": None, "chat_user_group": None})
        return cleared if data is None else super().validate_empty_values(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Take null and what is there already: no chat workspace is connected."""
        schedule = getattr(self.parent, "instance", None)
        if any(value and value.upper() != getattr(schedule, name, None) for name, value in attrs.items()):
            raise Invalid("Slack isn't connected to this workspace")
        return {name: value.upper() if value else None for name, value in attrs.items()}


class FeedSerializer(serializers.ModelSerializer[CalendarFeed]):
    """What became of an imported calendar; `unmatched` are the names in it that are nobody's."""

    error = serializers.SerializerMethodField()

    class Meta:
        model = CalendarFeed
        fields = ["fetched_at", "error", "unmatched"]

    def get_error(self, feed: CalendarFeed) -> str | None:
        """Return why the last try to renew it failed."""
        return feed.error or None


class FeedsSerializer(serializers.Serializer[Any]):
    """The imported calendars of a schedule."""

    primary = FeedSerializer(allow_null=True)
    overrides = FeedSerializer(allow_null=True)


class ScheduleSerializer(serializers.ModelSerializer[Schedule]):
    """A schedule as it is answered: with the keys of its type alone."""

    of_some = frozenset({"ical_status", "shifts"})
    id = IdField("S")
    team_id = PublicIdField("T", source="team", read_only=True, allow_null=True)
    slack = SlackSerializer(source="*", read_only=True)
    on_call_now = serializers.SerializerMethodField()
    shifts = serializers.SerializerMethodField()
    ical_status = serializers.SerializerMethodField()

    class Meta:
        model = Schedule
        fields = [
            *ALWAYS,
            "time_zone",
            "shifts",
            "ical_url_primary",
            "ical_url_overrides",
            "enable_web_overrides",
            "ical_status",
        ]

    @cached_property
    def _on_call(self) -> tuple[dict[int, tuple[int, ...]], dict[int, str]]:
        """Resolve all schedules that are answered together at once."""
        found = on_call_now(answered_together(self), self.context["view"].now)
        pks = {pk for people in found.values() for pk in people}
        return found, dict(User.objects.filter(pk__in=pks).values_list("pk", "public_id"))

    def get_on_call_now(self, schedule: Schedule) -> list[str]:
        """Return who is on call at this instant."""
        found, names = self._on_call
        return [f"U{names[pk]}" for pk in found[schedule.pk]]

    def get_shifts(self, schedule: Schedule) -> list[str]:
        """Return the shifts that a calendar shares, or all that a web schedule owns."""
        rows = schedule.own_shifts if schedule.type == Type.WEB else schedule.shared_shifts
        return [f"O{shift.public_id}" for shift in rows.all()]

    @extend_schema_field(FeedsSerializer)
    def get_ical_status(self, schedule: Schedule) -> dict[str, Any]:
        """Return what became of the imported calendars: an addition of ours."""
        by_kind = {feed.kind: FeedSerializer(feed).data for feed in schedule.feeds.all()}
        return {kind: by_kind.get(kind) for kind in CalendarFeed.Kind.values}

    def to_representation(self, instance: Schedule) -> dict[str, Any]:
        wanted = WIRE_FIELDS[instance.type]
        return {key: value for key, value in super().to_representation(instance).items() if key in wanted}


FORM_FIELDS: dict[str, frozenset[str]] = {
    Type.ICAL: frozenset({"ical_url_primary", "ical_url_overrides"}),
    Type.CALENDAR: frozenset({"time_zone", "shifts", "ical_url_overrides", "enable_web_overrides"}),
    Type.WEB: frozenset({"time_zone", "shifts"}),
}


class ScheduleForm(serializers.Serializer[Any]):
    """A schedule as it is sent; clients send the fields of other types too, and those are not looked at."""

    type = serializers.ChoiceField(choices=Type.choices)
    name = serializers.CharField(max_length=200)
    team_id = PublicIdField("T", Team.objects.all, nulls=["null"], source="team", required=False, allow_null=True)
    slack = SlackSerializer(source="*", required=False, allow_null=True)
    time_zone = TimeZoneField(required=False)
    shifts = ShiftListField(required=False, allow_null=True)
    ical_url_primary = FeedUrlField()
    ical_url_overrides = FeedUrlField(required=False, allow_null=True)
    enable_web_overrides = serializers.BooleanField(required=False, allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """Keep the fields of the type, which is fixed after creation."""
        fields = super().get_fields()
        sent = getattr(self, "initial_data", None)
        if self.instance is not None:
            del fields["type"]
            own = FORM_FIELDS[self.instance.type]
            own = own - {"shifts"} if self.instance.type == Type.WEB else own
        elif isinstance(sent, dict):
            own = FORM_FIELDS[_type_of(sent)]
        else:
            return fields
        foreign = frozenset().union(*FORM_FIELDS.values()) - own
        return {name: field for name, field in fields.items() if name not in foreign}

    def validate_enable_web_overrides(self, value: bool | None) -> bool:
        """Read null as off."""
        return bool(value)


def _type_of(sent: dict[str, Any]) -> str:
    if "type" not in sent:
        raise Refused({"type": "This field is required"})
    if not isinstance(sent["type"], str) or sent["type"] not in Type.values:
        raise Refused({"type": "Invalid type"})
    return sent["type"]


class ScheduleFilter(filters.FilterSet):
    """How schedules are looked up."""

    name = ExactFilter("name")
    team_id = TeamFilter()

    class Meta:
        model = Schedule
        fields: list[str] = []


class ScheduleViewSet(ExportTokenMixin, CrudViewSet):
    """Schedules, in the order of their creation."""

    prefix = "S"
    write_role = User.Role.EDITOR
    queryset = (
        Schedule.objects.select_related("team")
        .prefetch_related(
            Prefetch("own_shifts", OnCallShift.objects.only("pk", "public_id", "owner_id").order_by("pk")),
            Prefetch("shared_shifts", OnCallShift.objects.only("pk", "public_id").order_by("pk")),
            Prefetch("feeds", CalendarFeed.objects.defer("body")),
        )
        .order_by("pk")
    )
    serializer_class = ScheduleSerializer
    form_class = ScheduleForm
    filterset_class = ScheduleFilter

    def make(self, values: dict[str, Any]) -> Schedule:
        return schedules.create_schedule(values, now=self.now)

    def change(self, instance: Schedule, values: dict[str, Any]) -> Schedule:
        return schedules.update_schedule(instance, values, now=self.now)

    def remove(self, instance: Schedule) -> None:
        schedules.delete_schedule(instance)

    @extend_schema(parameters=[WindowForm], responses=FinalShiftSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None, filterset_class=None)
    def final_shifts(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return who is on call when: one row for each piece and person, all on one page."""
        return Response(final_shifts(self.get_object(), request.query_params))
