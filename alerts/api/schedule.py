"""`/schedule` and `/event`: who is on call when (spec/pagertree Part B).

Our schedules hold shifts, and escalation chains hold the layers: of a schedule's own escalation nothing is kept here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import ProtectedError, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.attributes import Word, id_of
from alerts.api.fields import spell, unix
from alerts.api.inputs import Text
from alerts.api.references import Related
from alerts.api.resources import ReadOnlyResource, Resource, ResourceFilterSet, ResourceSerializer, own_id
from base.errors import Conflict, Invalid
from oncall.models import OnCallShift, Schedule, User
from oncall.selectors import final_schedule

LONGEST_WINDOW = timedelta(days=92)
DAYS = {"SU": 0, "MO": 1, "TU": 2, "WE": 3, "TH": 4, "FR": 5, "SA": 6}


class ScheduleForm(serializers.Serializer[Any]):
    """A schedule as a client describes it."""

    name = Text(blank=False, max_length=200)


class ScheduleSerializer(ResourceSerializer):
    """A schedule."""

    prefix = "skd"
    type = serializers.SerializerMethodField()
    enabled = serializers.SerializerMethodField()
    repeat = serializers.SerializerMethodField()
    rules = serializers.SerializerMethodField()
    reassign = serializers.SerializerMethodField()

    class Meta:
        model = Schedule
        fields = [*ResourceSerializer.HEAD, "name", "type", "enabled", "repeat", "rules", "reassign"]
        read_only_fields = fields

    def get_type(self, row: Schedule) -> str:
        return "on_call"

    def get_enabled(self, row: Schedule) -> bool:
        return True

    def get_repeat(self, row: Schedule) -> int:
        return 0

    def get_rules(self, row: Schedule) -> list[dict[str, Any]]:
        return []

    def get_reassign(self, row: Schedule) -> list[str]:
        return []


class ScheduleFilterSet(ResourceFilterSet):
    """What schedules can be asked for."""

    id = own_id("skd")
    name = Word("name")


class ScheduleViewSet(Resource):
    """Schedules."""

    prefix = "skd"
    queryset = Schedule.objects.all()
    serializer_class = ScheduleSerializer
    filterset_class = ScheduleFilterSet
    forms = {"create": ScheduleForm, "update": ScheduleForm}

    def save(self, row: Any, values: dict[str, Any]) -> Any:
        if row is None:
            return Schedule.objects.create(**values)
        if values:
            Schedule.objects.filter(pk=row.pk).update(**values)
        return row

    def remove(self, row: Any) -> None:
        try:
            row.delete()
        except ProtectedError as exc:
            raise Conflict("Something still needs this schedule.") from exc

    @extend_schema(
        parameters=[OpenApiParameter("start", int, required=True), OpenApiParameter("end", int, required=True)],
        request=None,
        responses={200: OpenApiTypes.OBJECT},
        filters=False,
    )
    @action(detail=True, methods=["get", "post"], url_path="window-events", filter_backends=[])
    def window_events(self, request: Request, **kwargs: Any) -> Response:
        """List who is on call in a window of at most 92 days, given in unix seconds."""
        schedule = self.get_object()
        start, end = (self._instant(name) for name in ("start", "end"))
        if not start < end <= start + LONGEST_WINDOW:
            raise Invalid(f"end: must lie after start, by at most {LONGEST_WINDOW.days} days", field="end")
        pieces = final_schedule(schedule, start, end)
        people = User.objects.in_bulk({pk for piece in pieces for pk in piece.users})
        rows = [
            {
                "schedule_id": [spell("skd", schedule)],
                "attendees": [spell("usr", people[pk]) for pk in piece.users if pk in people],
                "layer": 1,
                "start": unix(piece.start),
                "end": unix(piece.end),
                "timezone": schedule.time_zone,
            }
            for piece in pieces
        ]
        return Response({"data": rows, "has_more": False, "total_count": len(rows)})

    def _instant(self, name: str) -> datetime:
        raw = self.request.query_params.get(name, "")
        if not (raw.isascii() and raw.isdecimal() and len(raw) <= 10):
            raise Invalid(f"{name}: must be an instant in unix seconds", field=name)
        return datetime.fromtimestamp(int(raw), UTC)

    @extend_schema(responses={200: ScheduleSerializer})
    @action(detail=True, methods=["delete"])
    def flush(self, request: Request, **kwargs: Any) -> Response:
        """Delete all of the schedule's own shifts; those that it shares are let go. Answer 200 with the schedule."""
        schedule = self.get_object()
        schedule.own_shifts.all().delete()
        schedule.shared_shifts.clear()
        return self.answer(schedule)


class EventSerializer(ResourceSerializer):
    """A shift, as an event on a calendar."""

    prefix = "evt"
    schedule_id = serializers.SerializerMethodField()
    attendees = serializers.SerializerMethodField()
    layer = serializers.SerializerMethodField()
    start = serializers.SerializerMethodField()
    end = serializers.SerializerMethodField()
    repeat = serializers.SerializerMethodField()
    timezone = serializers.SerializerMethodField()
    dow = serializers.SerializerMethodField()
    frequency = serializers.IntegerField(source="interval", read_only=True)
    frequency_unit = serializers.CharField(source="frequency", read_only=True)
    repeatend = serializers.SerializerMethodField()
    exceptions = serializers.SerializerMethodField()

    class Meta:
        model = OnCallShift
        fields = [
            *ResourceSerializer.HEAD,
            *("schedule_id", "attendees", "layer", "start", "end", "repeat", "timezone", "dow"),
            *("frequency", "frequency_unit", "repeatend", "exceptions"),
        ]
        read_only_fields = fields

    def get_schedule_id(self, row: OnCallShift) -> list[str | None]:
        rows = [row.owner] if row.owner else list(row.schedules.all())
        return [spell("skd", schedule) for schedule in rows]

    def get_attendees(self, row: OnCallShift) -> list[str | None]:
        people: dict[int, User] = self.context["people"]
        rolling = [people[pk] for group in row.rolling_users for pk in group if pk in people]
        return [spell("usr", user) for user in [*row.users.all(), *rolling]]

    def get_layer(self, row: OnCallShift) -> int:
        return 1

    def get_start(self, row: OnCallShift) -> int:
        return unix(self._start(row))

    def get_end(self, row: OnCallShift) -> int:
        return unix(self._start(row) + row.duration)

    def get_repeat(self, row: OnCallShift) -> bool:
        return row.frequency is not None

    def get_timezone(self, row: OnCallShift) -> str:
        return row.time_zone or (row.owner.time_zone if row.owner else "UTC")

    def get_dow(self, row: OnCallShift) -> list[int]:
        return [DAYS[day] for day in row.by_day if day in DAYS]

    def get_repeatend(self, row: OnCallShift) -> int | None:
        return unix(row.until) if row.until else None

    def get_exceptions(self, row: OnCallShift) -> list[dict[str, int]]:
        return []

    def _start(self, row: OnCallShift) -> datetime:
        return row.start.replace(tzinfo=ZoneInfo(self.get_timezone(row))).astimezone(UTC)


class EventFilterSet(ResourceFilterSet):
    """What events can be asked for."""

    id = own_id("evt")
    schedule_id = id_of("skd", "owner__")
    attendees = Related("usr", "users")


class EventViewSet(ReadOnlyResource):
    """Shifts, read as events. They are written through schedules of the console and of the OnCall API."""

    prefix = "evt"
    queryset: QuerySet[OnCallShift] = OnCallShift.objects.select_related("owner").prefetch_related("users", "schedules")
    serializer_class = EventSerializer
    filterset_class = EventFilterSet

    def get_serializer_context(self) -> dict[str, Any]:
        """Add the people, whom rotations name by number."""
        return super().get_serializer_context() | {"people": User.objects.in_bulk()}
