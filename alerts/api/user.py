"""`/user`: the people (spec/pagertree Part B). No password and no hash of one is ever among the keys."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.attributes import Timestamp, Word
from alerts.api.auth import EditorsWrite
from alerts.api.fields import IsoField
from alerts.api.inputs import JsonField, Text
from alerts.api.references import Rows
from alerts.api.resources import Resource, ResourceFilterSet, ResourceSerializer, own_id
from base.errors import Conflict, Forbidden, Invalid
from oncall.models import ContactMethod, Team, User
from oncall.models.people import validate_time_zone
from oncall.services.people import create_user
from oncall.services.teams import join_teams


@extend_schema_field(OpenApiTypes.OBJECT)
class Emails(JsonField):
    """An array of `{email}`, or of addresses; the first is the one that the person signs in with."""

    def to_internal_value(self, data: Any) -> str:
        first = data[0] if isinstance(data, list) and data else None
        address = first.get("email") if isinstance(first, dict) else first
        if not isinstance(address, str) or "\0" in address:
            self.refuse("must be an array of at least one {email}")
        return str(address).strip()


@extend_schema_field(OpenApiTypes.OBJECT)
class Roles(JsonField):
    """What somebody may do besides what everybody may: of these, `admin` means something here."""

    initial_value = dict

    def to_internal_value(self, data: Any) -> dict[str, bool]:
        if not isinstance(data, dict) or not all(isinstance(value, bool) for value in data.values()):
            self.refuse("must be an object of true and false")
        return dict(data)


@extend_schema_field(OpenApiTypes.OBJECT)
class UserPreferences(JsonField):
    """How somebody sees things: of these, `timezone` means something here."""

    initial_value = dict

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.refuse("must be an object")
        try:
            validate_time_zone(data.get("timezone", "UTC"))
        except (ValidationError, TypeError):
            self.refuse(f"timezone: {data.get('timezone')!r} is not a time zone")
        return dict(data)


class UserForm(serializers.Serializer[Any]):
    """A person as a client describes them."""

    name = Text(blank=False, max_length=200)
    emails = Emails()
    roles = Roles(required=False)
    preferences = UserPreferences(required=False)


class TeamIdsForm(serializers.Serializer[Any]):
    """Which teams somebody joins."""

    team_ids = Rows("tem", Team.objects.all, source="teams", least=1)


class UserSerializer(ResourceSerializer):
    """A person."""

    prefix = "usr"
    createdAt = IsoField(source="created_at")  # noqa: N815  the contract's name
    name = serializers.CharField(source="__str__", read_only=True)
    avatar = serializers.SerializerMethodField()
    emails = serializers.SerializerMethodField()
    phones = serializers.SerializerMethodField()
    slack = serializers.SerializerMethodField()
    router_id = serializers.SerializerMethodField()
    preferences = serializers.SerializerMethodField()
    roles = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = [
            *ResourceSerializer.HEAD,
            *("name", "avatar", "emails", "phones", "slack", "router_id", "preferences", "roles"),
        ]
        read_only_fields = fields

    def get_avatar(self, row: User) -> str | None:
        return None

    def get_emails(self, row: User) -> list[dict[str, Any]]:
        verified = {one.address.casefold() for one in _ways(row, ContactMethod.Kind.EMAIL) if one.verified_at}
        others = [one.address for one in _ways(row, ContactMethod.Kind.EMAIL)]
        addresses = list({address.casefold(): address for address in [row.email, *others]}.values())
        return [{"email": one, "verified": one.casefold() in verified, "blocked": False} for one in addresses]

    def get_phones(self, row: User) -> list[dict[str, Any]]:
        ways = _ways(row, ContactMethod.Kind.PHONE)
        return [{"phone": one.address, "verified": one.verified_at is not None, "blocked": False} for one in ways]

    def get_slack(self, row: User) -> str | None:
        return None

    def get_router_id(self, row: User) -> str | None:
        return None

    def get_preferences(self, row: User) -> dict[str, Any]:
        return {"timezone": row.time_zone}

    def get_roles(self, row: User) -> dict[str, bool]:
        return {"admin": row.role == User.Role.ADMIN, "broadcast": row.role == User.Role.ADMIN, "admin_billing": False}


def _ways(row: User, kind: str) -> list[ContactMethod]:
    return [one for one in row.contact_methods.all() if one.kind == kind]


class UserFilterSet(ResourceFilterSet):
    """What people can be asked for."""

    id = own_id("usr")
    createdAt = Timestamp("created_at")  # noqa: N815
    name = Word("name")
    email = Word("email")


class UserViewSet(Resource):
    """People. Admins make them; everybody may change their own name and time zone."""

    prefix = "usr"
    permission_classes = [EditorsWrite]
    queryset = User.objects.filter(is_active=True).prefetch_related("contact_methods")
    serializer_class = UserSerializer
    filterset_class = UserFilterSet
    forms = {"create": UserForm, "update": UserForm, "add_to_teams": TeamIdsForm}

    def save(self, row: Any, values: dict[str, Any]) -> Any:
        me: Any = self.request.user
        if not me.is_superuser and (row is None or row.pk != me.pk or "roles" in values):
            raise Forbidden("Only an admin may change other people, or what somebody may do.")
        role = User.Role.ADMIN if values.get("roles", {}).get("admin") else User.Role.EDITOR
        zone = values.get("preferences", {}).get("timezone")
        if row is None:
            name, email = values["name"], values["emails"]
            return create_user(email, now=self.now, name=name, role=role, time_zone=zone or "UTC")
        if "emails" in values and values["emails"].casefold() != row.email.casefold():
            raise Invalid("emails: the address somebody signs in with is changed in the console", field="emails")
        changes = {"name": values["name"]} if "name" in values else {}
        changes |= {"time_zone": zone} if zone else {}
        changes |= {"role": role} if "admin" in values.get("roles", {}) and row.role != User.Role.VIEWER else {}
        if changes:
            User.objects.filter(pk=row.pk).update(**changes)
        return row

    def remove(self, row: Any) -> None:
        """Make a person inactive: what they did and were asked stays readable."""
        me: Any = self.request.user
        if not me.is_superuser:
            raise Forbidden("Only an admin may remove people.")
        if row.pk == me.pk:
            raise Conflict("You cannot remove yourself.")
        User.objects.filter(pk=row.pk).update(is_active=False)

    @extend_schema(responses={200: UserSerializer})
    @action(detail=True, methods=["post"], url_path="add-to-teams")
    def add_to_teams(self, request: Request, **kwargs: Any) -> Response:
        """Add a person to teams."""
        me: Any = request.user
        if not me.is_superuser:
            raise Forbidden("Only an admin may change teams.")
        row = self.get_object()
        join_teams(row, self.read_form()["teams"])
        return self.answer(row)
