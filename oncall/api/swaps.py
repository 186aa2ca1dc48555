"""`shift_swaps` (spec/oncall-config-api section 7)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from base.errors import Invalid
from oncall.api.dialect import CrudViewSet
from oncall.api.errors import Refused
from oncall.api.fields import IdField, PublicIdField, public_id
from oncall.api.filters import PublicIdFilter
from oncall.api.swap_pieces import SwapPieceSerializer, person, pieces
from oncall.models import Schedule, ShiftSwap, User
from oncall.services import swaps

INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
WRONG_FORMAT = (
    "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
)


def parse_instant(value: object) -> datetime | None:
    """Return the instant that an ISO text with a zone names; None for anything else."""
    if not isinstance(value, str) or not INSTANT.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantField(serializers.Field):
    """An instant with its zone, answered as UTC with six digits."""

    def to_internal_value(self, data: Any) -> datetime:
        if (at := parse_instant(data)) is None:
            raise serializers.ValidationError(WRONG_FORMAT)
        return at

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class SwapSerializer(serializers.ModelSerializer[ShiftSwap]):
    """A swap as it is answered in lists."""

    id = IdField("SSR")
    created_at = InstantField(read_only=True)
    updated_at = InstantField(read_only=True)
    status = serializers.SerializerMethodField()
    schedule = PublicIdField("S", read_only=True)
    swap_start = InstantField(source="starts_at")
    swap_end = InstantField(source="ends_at")
    beneficiary = serializers.SerializerMethodField()
    benefactor = serializers.SerializerMethodField()

    class Meta:
        model = ShiftSwap
        fields = [
            "id",
            "created_at",
            "updated_at",
            "schedule",
            "swap_start",
            "swap_end",
            "description",
            "status",
            "beneficiary",
            "benefactor",
        ]

    def get_status(self, swap: ShiftSwap) -> str:
        """Return open, taken or past_due."""
        return swaps.status_of(swap, self.context["view"].now)

    @extend_schema_field({"oneOf": [{"type": "string"}, {"type": "object"}]})
    def get_beneficiary(self, swap: ShiftSwap) -> Any:
        """Return who asks: the id, or with `expand_users` the person."""
        return self._person(swap.beneficiary)

    @extend_schema_field({"oneOf": [{"type": "string"}, {"type": "object"}], "nullable": True})
    def get_benefactor(self, swap: ShiftSwap) -> Any:
        """Return who took it, if anybody has."""
        return self._person(swap.benefactor)

    def _person(self, user: User | None) -> Any:
        if user is None:
            return None
        expanded = self.context["request"].query_params.get("expand_users", "").lower() == "true"
        return person(user) if expanded else f"U{user.public_id}"


class SwapDetailSerializer(SwapSerializer):
    """A swap as it is answered by itself: with the turns that it is about."""

    shifts = serializers.SerializerMethodField()

    class Meta(SwapSerializer.Meta):
        fields = [*SwapSerializer.Meta.fields, "shifts"]

    @extend_schema_field(SwapPieceSerializer(many=True))
    def get_shifts(self, swap: ShiftSwap) -> list[dict[str, Any]]:
        """Return the beneficiary's turns in that time."""
        return pieces(swap)


class SwapForm(serializers.Serializer[Any]):
    """A swap as it is sent."""

    schedule = PublicIdField("S", Schedule.objects.all)
    swap_start = InstantField(source="starts_at")
    swap_end = InstantField(source="ends_at")
    description = serializers.CharField(max_length=3000, required=False, allow_null=True, allow_blank=True)
    beneficiary = serializers.JSONField(required=False, allow_null=True, write_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Look at the times, then at the beneficiary, who is fixed after creation."""
        beneficiary = attrs.pop("beneficiary", None)
        if ("starts_at" in attrs) != ("ends_at" in attrs):
            raise serializers.ValidationError(
                "when doing a partial update on time related fields, both start and end times must be specified"
            )
        if self.instance is None:
            swaps.check_times(attrs["starts_at"], attrs["ends_at"], now=self.context["view"].now)
            attrs["beneficiary"] = find_person(beneficiary, "beneficiary")
        return attrs


class TakeForm(serializers.Serializer[Any]):
    """Who takes a swap."""

    benefactor = serializers.CharField()


def find_person(value: object, role: str) -> User:
    """Return who may take part in a swap. Raises Invalid; viewers are never on call and so cannot take one."""
    if value is None or value == "":
        raise Invalid(f"{role} user ID is required")
    bare = public_id(value, "U")
    user = User.objects.filter(public_id=bare, is_active=True).first() if bare else None
    if user is None or (role == "benefactor" and not user.may_be_asked):
        raise Invalid(f"Invalid {role} user ID")
    return user


@extend_schema_field(OpenApiTypes.DATETIME)
class StartingAfterFilter(filters.CharFilter):
    """The earliest start, in lists now unless it says otherwise."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        if (at := parse_instant(value)) is None:
            raise Refused([WRONG_FORMAT])
        return qs.filter(starts_at__gte=at)


class SwapFilter(filters.FilterSet):
    """How swaps are looked up."""

    starting_after = StartingAfterFilter(field_name="starts_at")
    schedule_id = PublicIdFilter("S", "schedule")
    beneficiary = PublicIdFilter("U", "beneficiary")
    benefactor = PublicIdFilter("U", "benefactor")
    open_only = filters.BooleanFilter(method="by_openness", help_text="Only those that may be taken.")
    expand_users = filters.BooleanFilter(method="unchanged", help_text="People instead of their ids.")

    class Meta:
        model = ShiftSwap
        fields: list[str] = []

    def by_openness(self, queryset: QuerySet[ShiftSwap], name: str, value: bool) -> QuerySet[ShiftSwap]:
        """Keep what may still be taken."""
        view: Any = self.request.parser_context["view"]
        return queryset.filter(benefactor=None, starts_at__gt=view.now) if value else queryset

    def unchanged(self, queryset: QuerySet[ShiftSwap], name: str, value: bool) -> QuerySet[ShiftSwap]:
        """Keep every one: the parameter decides how they are written."""
        return queryset


class SwapViewSet(CrudViewSet):
    """Shift swaps by start; lists leave out those that have begun unless `starting_after` asks for them."""

    prefix = "SSR"
    write_role = User.Role.EDITOR
    partial_put = False
    queryset = (
        ShiftSwap.objects.filter(deleted_at=None)
        .select_related("schedule", "beneficiary", "benefactor")
        .order_by("starts_at", "pk")
    )
    serializer_class = SwapDetailSerializer
    form_class = SwapForm
    filterset_class = SwapFilter

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return SwapSerializer if self.action == "list" else SwapDetailSerializer

    def get_queryset(self) -> QuerySet[ShiftSwap]:
        rows = super().get_queryset()
        if self.action != "list" or self.request.query_params.get("starting_after"):
            return rows
        return rows.filter(starts_at__gt=self.now)

    def make(self, values: dict[str, Any]) -> ShiftSwap:
        return swaps.request_swap(values.pop("schedule"), values.pop("beneficiary"), **values, now=self.now)

    def change(self, instance: ShiftSwap, values: dict[str, Any]) -> ShiftSwap:
        return swaps.update_swap(instance, values, now=self.now)

    def remove(self, instance: ShiftSwap) -> None:
        swaps.delete_swap(instance, now=self.now)

    @extend_schema(request=TakeForm, responses=SwapDetailSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def take(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let somebody take the swap over."""
        swap = self.get_object()
        sent = request.data if isinstance(request.data, dict) else {}
        benefactor = find_person(sent.get("benefactor"), "benefactor")
        return Response(self._write(swaps.take_swap(swap, benefactor, now=self.now)))
