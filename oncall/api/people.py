"""`users`, `teams`, `user_groups` and `organizations` (spec/oncall-config-api sections 8 to 12)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from oncall.api.dialect import ListViewSet, ReadViewSet
from oncall.api.fields import IdField, spelled
from oncall.api.filters import ExactFilter
from oncall.models import ContactMethod, Organization, Team, User, UserGroup

ROLES = {"0": User.Role.ADMIN, "1": User.Role.EDITOR, "2": User.Role.VIEWER, "3": "none"}


class ShortUserSerializer(serializers.ModelSerializer[User]):
    """A person in a `short=true` list."""

    id = IdField("U")
    grafana_id = serializers.IntegerField(source="pk", read_only=True)
    is_phone_number_verified = serializers.BooleanField(source="has_phone", read_only=True)

    class Meta:
        model = User
        fields = ["id", "grafana_id", "email", "username", "role", "is_phone_number_verified"]


class UserSerializer(ShortUserSerializer):
    """A person."""

    slack = serializers.SerializerMethodField()
    timezone = serializers.CharField(source="time_zone", read_only=True)
    teams = serializers.SerializerMethodField()

    class Meta(ShortUserSerializer.Meta):
        fields = [*ShortUserSerializer.Meta.fields, "slack", "timezone", "teams"]

    def get_slack(self, user: User) -> dict[str, str] | None:
        """Return the person's chat account: there is none."""
        return None

    def get_teams(self, user: User) -> list[str]:
        """Return the ids of the person's teams."""
        return [f"T{team.public_id}" for team in user.teams.all()]


class UserFilter(filters.FilterSet):
    """How people are looked up."""

    username = filters.CharFilter(lookup_expr="iexact")
    email = filters.CharFilter(lookup_expr="iexact")
    roles = filters.MultipleChoiceFilter(choices=list(ROLES.items()), method="by_role")
    short = filters.BooleanFilter(method="unchanged", help_text="Drops slack, timezone and teams.")

    class Meta:
        model = User
        fields: list[str] = []

    def by_role(self, queryset: QuerySet[User], name: str, numbers: list[str]) -> QuerySet[User]:
        """Keep the people of some roles."""
        return queryset.filter(role__in=[ROLES[number] for number in numbers]) if numbers else queryset

    def unchanged(self, queryset: QuerySet[User], name: str, value: bool) -> QuerySet[User]:
        """Keep everybody: the parameter decides how they are written."""
        return queryset


class UserViewSet(ReadViewSet):
    """Everybody who is active."""

    prefix = "U"
    page_size = 100
    queryset = (
        User.objects.filter(is_active=True)
        .annotate(
            has_phone=Exists(
                ContactMethod.objects.filter(
                    user=OuterRef("pk"), kind=ContactMethod.Kind.PHONE, verified_at__isnull=False
                )
            )
        )
        .prefetch_related("teams")
        .order_by("pk")
    )
    serializer_class = UserSerializer
    filterset_class = UserFilter

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        short = self.action == "list" and self.request.query_params.get("short", "").lower() == "true"
        return ShortUserSerializer if short else UserSerializer

    def get_queryset(self) -> QuerySet[User]:
        found = super().get_queryset()
        return found.prefetch_related(None) if self.get_serializer_class() is ShortUserSerializer else found

    @extend_schema(operation_id="oncall_users_current", filters=False)
    @action(detail=False, pagination_class=None, filterset_class=None)
    def current(self, request: Request) -> Response:
        """Return the key's own user."""
        return Response(self.get_serializer(self.get_queryset().get(pk=request.user.pk or 0)).data)


class TeamSerializer(serializers.ModelSerializer[Team]):
    """A team."""

    id = IdField("T")
    grafana_id = serializers.IntegerField(source="pk", read_only=True)
    email = serializers.SerializerMethodField()
    avatar_url = serializers.SerializerMethodField()

    class Meta:
        model = Team
        fields = ["id", "grafana_id", "name", "email", "avatar_url"]

    def get_email(self, team: Team) -> str | None:
        """Return the team's address: it has none."""
        return None

    def get_avatar_url(self, team: Team) -> str:
        """Return the team's picture: it has none."""
        return ""


class TeamNameFilter(filters.FilterSet):
    """How teams are looked up."""

    name = ExactFilter("name")

    class Meta:
        model = Team
        fields: list[str] = []


class TeamViewSet(ReadViewSet):
    """Teams, in the order of their creation."""

    prefix = "T"
    queryset = Team.objects.order_by("pk")
    serializer_class = TeamSerializer
    filterset_class = TeamNameFilter


class UserGroupChatSerializer(serializers.ModelSerializer[UserGroup]):
    """The chat half of a user group, which Tocsin keeps itself."""

    id = IdField("G")

    class Meta:
        model = UserGroup
        fields = ["id", "name", "handle"]


class UserGroupSerializer(serializers.ModelSerializer[UserGroup]):
    """A user group."""

    id = IdField("G")
    type = serializers.SerializerMethodField()
    slack = UserGroupChatSerializer(source="*", read_only=True)

    class Meta:
        model = UserGroup
        fields = ["id", "type", "slack"]

    def get_type(self, group: UserGroup) -> str:
        """Return the one type that clients know."""
        return "slack_based"


class UserGroupFilter(filters.FilterSet):
    """How user groups are looked up."""

    slack_handle = ExactFilter("handle")

    class Meta:
        model = UserGroup
        fields: list[str] = []


class UserGroupViewSet(ListViewSet):
    """Groups of people that an escalation policy may notify."""

    prefix = "G"
    queryset = UserGroup.objects.order_by("pk")
    serializer_class = UserGroupSerializer
    filterset_class = UserGroupFilter


class OrganizationSerializer(serializers.ModelSerializer[Organization]):
    """This installation."""

    id = serializers.SerializerMethodField()

    class Meta:
        model = Organization
        fields = ["id"]

    def get_id(self, organization: Organization) -> str:
        """Return its id."""
        return str(spelled("O", organization))


class OrganizationFilter(filters.FilterSet):
    """The one organization needs no filter."""

    class Meta:
        model = Organization
        fields: list[str] = []


class OrganizationViewSet(ReadViewSet):
    """The one organization."""

    prefix = "O"
    page_size = 25
    queryset = Organization.objects.order_by("pk")
    serializer_class = OrganizationSerializer
    filterset_class = OrganizationFilter

    def get_queryset(self) -> QuerySet[Organization]:
        Organization.load()
        return super().get_queryset()
