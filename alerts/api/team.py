"""`/team`: who looks after what (spec/pagertree Part B, C5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import services
from alerts.api.attributes import Word, id_of
from alerts.api.fields import IdField, spell, unix
from alerts.api.inputs import JsonField, Strings, SwitchedOn, Text
from alerts.api.references import Related, Row, Rows, active_users
from alerts.api.resources import Resource, ResourceFilterSet, ResourceSerializer, own_id
from alerts.api.user import UserFilterSet, UserSerializer
from alerts.models import Router, Stakeholder
from oncall.models import Schedule, Team, TeamCalendar, User
from oncall.selectors import final_schedule, team_schedule
from oncall.services.team_calendars import save_calendar
from oncall.services.teams import save_team

NOTICES = {"drop_notifications": "drop_notice", "handoff_notifications": "handoff_notice"}
PEOPLE = {"drop_notification_user_ids": "drop_notice_users", "handoff_notification_user_ids": "handoff_notice_users"}
AROUND = timedelta(days=7)


@extend_schema_field(OpenApiTypes.OBJECT)
class Preferences(JsonField):
    """Who is told of dropped and handed-off alerts; what is not named stays as it is."""

    initial_value = dict

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.refuse("must be an object")
        values: dict[str, Any] = {}
        for name, column in NOTICES.items():
            if name in data and data[name] not in Team.Notice.values:
                self.refuse(f"{name} must be one of {', '.join(Team.Notice.values)}")
            values |= {column: data[name]} if name in data else {}
        for name, column in PEOPLE.items():
            values |= {column: Rows("usr", active_users).to_internal_value(data[name])} if name in data else {}
        return values


class TeamForm(serializers.Serializer[Any]):
    """A team as a client describes it."""

    name = Text(blank=False, max_length=100)
    admin_ids = Rows("usr", active_users, source="admins", least=1)
    member_user_ids = Rows("usr", active_users, source="members", least=1)
    router_id = Row("rtr", Router.objects.all, source="router", required=False, allow_null=True)
    schedule_id = Row("skd", Schedule.objects.all, source="schedule", required=False, allow_null=True)
    stakeholder_ids = Rows("stk", Stakeholder.objects.all, source="stakeholders", required=False)
    preferences = Preferences(required=False)


class CalendarForm(serializers.Serializer[Any]):
    """A team's public calendar; an empty password asks for none."""

    enabled = SwitchedOn(required=False)
    fields_shown = Strings(source="shows", required=False)
    password = Text(required=False, max_length=200)


class TeamSerializer(ResourceSerializer):
    """A team."""

    prefix = "tem"
    admin_ids = serializers.SerializerMethodField()
    member_user_ids = serializers.SerializerMethodField()
    router_id = serializers.SerializerMethodField()
    schedule_id = IdField("skd", source="schedule")
    stakeholder_ids = serializers.SerializerMethodField()
    preferences = serializers.SerializerMethodField()

    class Meta:
        model = Team
        fields = [
            *ResourceSerializer.HEAD,
            *("name", "admin_ids", "member_user_ids", "router_id", "schedule_id", "stakeholder_ids", "preferences"),
        ]
        read_only_fields = fields

    def get_admin_ids(self, row: Team) -> list[str | None]:
        return [spell("usr", user) for user in row.admins.all()]

    def get_member_user_ids(self, row: Team) -> list[str | None]:
        return [spell("usr", user) for user in row.members.all()]

    def get_router_id(self, row: Team) -> str | None:
        routing = getattr(row, "routing", None)
        return spell("rtr", routing.router) if routing else None

    def get_stakeholder_ids(self, row: Any) -> list[str | None]:
        return [spell("stk", group) for group in row.stakeholders.all()]

    def get_preferences(self, row: Team) -> dict[str, Any]:
        told: dict[str, Any] = {name: getattr(row, column) for name, column in NOTICES.items()}
        for name, column in PEOPLE.items():
            told[name] = [spell("usr", user) for user in getattr(row, column).all()]
        return told


class TeamFilterSet(ResourceFilterSet):
    """What teams can be asked for."""

    id = own_id("tem")
    name = Word("name")
    admin_ids = Related("usr", "admins")
    member_user_ids = Related("usr", "members")
    schedule_id = id_of("skd", "schedule__")
    stakeholder_ids = Related("stk", "stakeholders")


class TeamViewSet(Resource):
    """Teams."""

    prefix = "tem"
    queryset = Team.objects.select_related("schedule", "routing__router").prefetch_related(
        "admins", "members", "stakeholders", "drop_notice_users", "handoff_notice_users"
    )
    serializer_class = TeamSerializer
    filterset_class = TeamFilterSet
    forms = {"create": TeamForm, "update": TeamForm, "calendar": CalendarForm}

    @transaction.atomic
    def save(self, row: Any, values: dict[str, Any]) -> Any:
        values |= values.pop("preferences", {})
        team = save_team(row, values)
        if "router" in values:
            services.set_team_router(team, values["router"])
        if "stakeholders" in values:
            team.stakeholders.set(values["stakeholders"])
        return team

    @extend_schema(responses={200: OpenApiTypes.OBJECT}, filters=False)
    @action(detail=True, methods=["get"], url_path="current-oncall", pagination_class=None, filter_backends=[])
    def current_oncall(self, request: Request, **kwargs: Any) -> Response:
        """Say who is on call now, as a bare array of events; seven days around now are looked at."""
        schedule = team_schedule(self.get_object())
        if schedule is None:
            return Response([])
        pieces = final_schedule(schedule, self.now - AROUND, self.now + AROUND)
        running = [piece for piece in pieces if piece.start <= self.now < piece.end]
        people = User.objects.in_bulk({pk for piece in running for pk in piece.users})
        return Response(
            [
                {
                    "schedule_id": [spell("skd", schedule)],
                    "attendees": [spell("usr", people[pk]) for pk in piece.users if pk in people],
                    "layer": 1,
                    "start": unix(piece.start),
                    "end": unix(piece.end),
                    "timezone": schedule.time_zone,
                }
                for piece in running
            ]
        )

    @extend_schema(request=CalendarForm, responses={200: OpenApiTypes.OBJECT}, filters=False)
    @action(detail=True, methods=["get", "put"], pagination_class=None, filter_backends=[])
    def calendar(self, request: Request, **kwargs: Any) -> Response:
        """Show or change the team's public calendar: whether there is one, what it shows, and its password."""
        team = self.get_object()
        if request.method == "PUT":
            save_calendar(team, **self.read_form(partial=True))
        row = TeamCalendar.objects.filter(team=team).first()
        address = reverse("team-calendar", args=[row.token]) if row else ""
        return Response(
            {
                "enabled": bool(row and row.enabled),
                "url": f"{settings.TOCSIN_BASE_URL}{address}" if row else None,
                "fields_shown": row.shows if row else [],
                "has_password": bool(row and row.password),
            }
        )

    @extend_schema(responses={200: UserSerializer(many=True)})
    @action(detail=True, methods=["get"], filterset_class=UserFilterSet)
    def members(self, request: Request, **kwargs: Any) -> Response:
        """List the team's members."""
        rows = self.filter_queryset(self.get_object().members.prefetch_related("contact_methods"))
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(UserSerializer(page, many=True, context=self.get_serializer_context()).data)
