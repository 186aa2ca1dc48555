"""`escalation`: page people or a team directly (spec/oncall-runtime-api 2.6)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import services
from alerts.api.grafana.alert_groups import AlertGroupSerializer, shown
from alerts.models import Alert, Source
from base.errors import Invalid
from oncall.api.dialect import OnCallViewSet
from oncall.api.fields import PublicIdField, public_id
from oncall.models import Team, User

NOBODY = "No team or user(s) specified"
ONE_OR_THE_OTHER = "users and team are mutually exclusive"
NEW_OR_OLD = "alert_group_id and (title, message, source_url) are mutually exclusive"
WORDS = ("title", "message", "source_url")


class PagedList(serializers.ListSerializer[Any]):
    """Says what is wrong as a list, one entry for each person sent: clients know it so."""

    def to_internal_value(self, data: Any) -> list[Any]:
        try:
            return super().to_internal_value(data)
        except serializers.ValidationError as exc:
            found: Any = exc.detail
            if not isinstance(data, list) or not set(found) <= set(range(len(data))):
                raise
            raise serializers.ValidationError([found.get(index, {}) for index in range(len(data))]) from exc


class PagedForm(serializers.Serializer[Any]):
    """One person to page."""

    id = serializers.CharField()
    important = serializers.BooleanField()

    class Meta:
        list_serializer_class = PagedList

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Find the person."""
        bare = public_id(attrs["id"], "U")
        user = User.objects.filter(public_id=bare, is_active=True).first() if bare else None
        if user is None:
            raise serializers.ValidationError(f"User {attrs['id']} does not exist")
        return {"user": user, "important": attrs["important"]}


class DirectPageForm(serializers.Serializer[Any]):
    """Whom to page, and about what: a new alert or one there is."""

    users = PagedForm(many=True, required=False, default=list, max_length=500)  # type: ignore[call-arg]  # the list's
    team = PublicIdField("T", Team.objects.all, required=False, allow_null=True, default=None)
    important_team_escalation = serializers.BooleanField(required=False, default=False)
    alert_group_id = serializers.CharField(required=False, allow_null=True, default=None)
    title = serializers.CharField(required=False, allow_null=True, allow_blank=True, default=None, max_length=500)
    message = serializers.CharField(required=False, allow_null=True, allow_blank=True, default=None)
    source_url = serializers.URLField(required=False, allow_null=True, allow_blank=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check in the wire's order what excludes what, and find the alert."""
        if attrs["users"] and attrs["team"]:
            raise serializers.ValidationError(ONE_OR_THE_OTHER)
        if attrs["alert_group_id"] and any(attrs[name] for name in WORDS):
            raise serializers.ValidationError(NEW_OR_OLD)
        if attrs["alert_group_id"]:
            attrs["alert"] = _alert(attrs["alert_group_id"])
        if not attrs["users"] and not attrs["team"]:
            raise Invalid(NOBODY)
        return attrs


def _alert(spelled: str) -> Alert:
    bare = public_id(spelled, "I")
    found = Alert.objects.filter(public_id=bare).first() if bare else None
    if found is None:
        raise serializers.ValidationError(f"Alert group {spelled} does not exist")
    return found


class DirectPagingViewSet(OnCallViewSet):
    """Pages go out at once, whatever any chain says."""

    prefix = "I"
    write_role = User.Role.EDITOR
    queryset = Alert.objects.all()
    serializer_class = DirectPageForm

    @extend_schema(request=DirectPageForm, responses=AlertGroupSerializer)
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Page these people, or the team by its plan; answer with the alert that they are asked to take."""
        form = DirectPageForm(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        by: Any = request.user
        common: dict[str, Any] = {
            "people": [services.Paged(**each) for each in values["users"]],
            "team": values["team"],
            "important": values["important_team_escalation"],
            "by": by,
            "source": Source.ONCALL_API,
            "now": self.now,
        }
        alert: Alert | None = values.get("alert")
        if alert is not None:
            services.page_onto(alert, **common)
        else:
            alert = services.page_with_alert(services.Said(*(values[name] or "" for name in WORDS)), **common)
        return Response(AlertGroupSerializer(shown(alert.pk)).data)
