"""`on_call_shifts` (spec/oncall-config-api section 5)."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers

from base.fields import FORMAT
from oncall.api import shift_fields as spelled
from oncall.api.dialect import CrudViewSet
from oncall.api.fields import IdField, PublicIdField, UserListField, answered_together, public_id
from oncall.api.filters import ExactFilter, TeamFilter
from oncall.models import OnCallShift, Schedule, Team, User
from oncall.services import shifts

Type = OnCallShift.Type
Frequency = OnCallShift.Frequency
ALWAYS = ("id", "team_id", "schedule", "name", "type", "time_zone", "start", "duration", "rotation_start")
REPEATING = ("level", "frequency", "interval", "until", "by_day", "by_month", "by_monthday")
WIRE_FIELDS: dict[str, tuple[str, ...]] = {
    Type.SINGLE_EVENT: (*ALWAYS, "level", "users"),
    Type.RECURRENT_EVENT: (*ALWAYS, *REPEATING, "users"),
    Type.ROLLING_USERS: (*ALWAYS, *REPEATING, "rolling_users", "start_rotation_from_user_index"),
    Type.OVERRIDE: (*ALWAYS, "users"),
}
WEEK_START = f"Invalid day format for week start field. Should be one of the following: {spelled.DAYS}"


class ShiftSerializer(serializers.ModelSerializer[OnCallShift]):
    """A shift as it is answered: with the keys of its type alone."""

    of_some = frozenset({"rolling_users", "schedule", "rotation_start"})
    id = IdField("O")
    team_id = PublicIdField("T", source="team", read_only=True, allow_null=True)
    schedule = serializers.SerializerMethodField()
    start = spelled.LocalTimeField()
    duration = spelled.ShiftDurationField()
    rotation_start = serializers.SerializerMethodField()
    until = spelled.UntilField(required=False, allow_null=True)
    week_start = serializers.ChoiceField(choices=OnCallShift.Day.choices, required=False)
    by_day = spelled.DaysField()
    by_month = spelled.months()
    by_monthday = spelled.days_of_month()
    users = UserListField(source="users.all", required=False)
    rolling_users = serializers.SerializerMethodField()
    start_rotation_from_user_index = serializers.IntegerField(source="start_index", required=False)

    class Meta:
        model = OnCallShift
        fields = [*ALWAYS, *REPEATING, "week_start", "users", "rolling_users", "start_rotation_from_user_index"]

    def get_schedule(self, shift: OnCallShift) -> str | None:
        """Return the schedule that owns it, else the first calendar that shares it."""
        place = shift.owner or next(iter(shift.schedules.all()), None)
        return f"S{place.public_id}" if place else None

    def get_rotation_start(self, shift: OnCallShift) -> str:
        """Return the local time before which there is no shift: the start, unless it says more."""
        return (shift.rotation_start or shift.start).strftime(FORMAT)

    def get_rolling_users(self, shift: OnCallShift) -> list[list[str]]:
        """Return the ids of the groups; people who are gone are left out."""
        known = self._names
        return [[f"U{known[pk]}" for pk in group if pk in known] for group in shift.rolling_users]

    @cached_property
    def _names(self) -> dict[int, str]:
        """Look up the people of all rotations that are answered together: one query."""
        pks = {pk for row in answered_together(self) for group in row.rolling_users for pk in group}
        return dict(User.objects.filter(pk__in=pks).values_list("pk", "public_id")) if pks else {}

    def to_representation(self, instance: OnCallShift) -> dict[str, Any]:
        wanted = {*WIRE_FIELDS[instance.type]}
        if "frequency" in wanted and (instance.week_start or instance.frequency == Frequency.WEEKLY):
            wanted.add("week_start")  # also where it has no effect: whoever sent it wants to read it back
        return {key: value for key, value in super().to_representation(instance).items() if key in wanted}


class ShiftForm(serializers.Serializer[Any]):
    """A shift as it is sent. Fields of other types are checked, then dropped by the service."""

    name = serializers.CharField(max_length=200, required=False, allow_null=True)
    type = spelled.WordField(Type.choices, "Invalid shift type")
    team_id = PublicIdField("T", Team.objects.all, nulls=["null"], source="team", required=False, allow_null=True)
    schedule = PublicIdField("S", Schedule.objects.all, source="owner", required=False, allow_null=True)
    time_zone = spelled.TimeZoneField(required=False, allow_null=True)
    level = serializers.IntegerField(required=False, min_value=-spelled.LARGEST, max_value=spelled.LARGEST)
    start = spelled.LocalTimeField()
    duration = spelled.ShiftDurationField()
    rotation_start = spelled.LocalTimeField(required=False, allow_null=True)
    frequency = spelled.WordField(Frequency.choices, "Invalid frequency type", required=False, allow_null=True)
    interval = spelled.IntervalField(required=False, allow_null=True, max_value=spelled.LARGEST_INTERVAL)
    until = spelled.UntilField(required=False, allow_null=True)
    week_start = spelled.WordField(OnCallShift.Day.choices, WEEK_START, required=False, allow_null=True)
    by_day = spelled.DaysField()
    by_month = spelled.months()
    by_monthday = spelled.days_of_month()
    users = UserListField(required=False)
    rolling_users = spelled.GroupsField()
    start_rotation_from_user_index = serializers.IntegerField(
        source="start_index", required=False, allow_null=True, min_value=0, max_value=spelled.LARGEST
    )
    source = serializers.IntegerField(required=False)  # type: ignore[assignment]  # the API's own word

    def get_fields(self) -> dict[str, Any]:
        """Read a schedule for overrides only: others are attached by the schedule's own list."""
        fields = super().get_fields()
        sent = getattr(self, "initial_data", None)
        if isinstance(sent, dict) and sent.get("type", getattr(self.instance, "type", None)) != Type.OVERRIDE:
            del fields["schedule"]
        return fields


class PlaceFilter(filters.CharFilter):
    """The schedule that owns a shift or shares it; an unknown one has none."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        bare = public_id(value, "S")
        place = Schedule.objects.filter(public_id=bare).first() if bare else None
        if place is None:
            return qs.none()
        return qs.filter(Q(owner=place) | Q(pk__in=place.shared_shifts.order_by().values("pk")))


class ShiftFilter(filters.FilterSet):
    """How shifts are looked up."""

    name = ExactFilter("name")
    schedule_id = PlaceFilter()
    team_id = TeamFilter()

    class Meta:
        model = OnCallShift
        fields: list[str] = []


class ShiftViewSet(CrudViewSet):
    """On-call shifts, in the order of their creation."""

    prefix = "O"
    write_role = User.Role.EDITOR
    queryset = (
        OnCallShift.objects.select_related("team", "owner")
        .prefetch_related(
            Prefetch("users", User.objects.only("pk", "public_id").order_by("pk")),
            Prefetch("schedules", Schedule.objects.only("pk", "public_id").order_by("pk")),
        )
        .order_by("pk")
    )
    serializer_class = ShiftSerializer
    form_class = ShiftForm
    filterset_class = ShiftFilter

    def make(self, values: dict[str, Any]) -> OnCallShift:
        return shifts.create_shift(values)

    def change(self, instance: OnCallShift, values: dict[str, Any]) -> OnCallShift:
        return shifts.update_shift(instance, values)

    def remove(self, instance: OnCallShift) -> None:
        shifts.delete_shift(instance, now=self.now)
