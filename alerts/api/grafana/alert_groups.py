"""`alert_groups`: our alerts, in the OnCall API's words (spec/oncall-runtime-api 2.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import services
from alerts.api.grafana import group_rows
from alerts.api.grafana.alerts import EventSerializer
from alerts.api.grafana.fields import InstantField, OwnIdFilter
from alerts.api.grafana.transitions import refusal
from alerts.lifecycle import Door, Verb
from alerts.models import Alert, AlertLabel, Integration, Source
from base.errors import Invalid
from oncall.api.dialect import ReadViewSet
from oncall.api.errors import Refused
from oncall.api.fields import IdField, PublicIdField
from oncall.api.filters import PublicIdFilter, TeamFilter
from oncall.models import User

STATE_WORDS = {"new": "firing", "acknowledged": "acknowledged", "resolved": "resolved", "silenced": "silenced"}
STATE_REFUSAL = {"state": f"Must be one of the following: {', '.join(STATE_WORDS)}"}
RANGE_FORMAT = "%Y-%m-%dT%H:%M:%S"
LONGEST_SILENCE = timedelta(days=36_500)
READS = frozenset({"list", "retrieve"})
STATES = ("firing", "acknowledged", "resolved", "silenced")
NO_MODE = "A dict with a `mode` key is expected"


class NamedSerializer(serializers.Serializer[Any]):
    """A key or a value of a label."""

    id = serializers.CharField()
    name = serializers.CharField()


class LabelSerializer(serializers.Serializer[Any]):
    """A label."""

    key = NamedSerializer()
    value = NamedSerializer()


class PermalinksSerializer(serializers.Serializer[Any]):
    """Where people see the alert."""

    slack = serializers.CharField(allow_null=True)
    slack_app = serializers.CharField(allow_null=True)
    telegram = serializers.CharField(allow_null=True)
    web = serializers.CharField()


class AlertGroupSerializer(serializers.ModelSerializer[Alert]):
    """An alert as it is answered."""

    id = IdField("I")
    integration_id = PublicIdField("C", source="integration", read_only=True)
    team_id = PublicIdField("T", source="team", read_only=True, allow_null=True)
    route_id = PublicIdField("R", source="route", read_only=True, allow_null=True)
    alerts_count = serializers.IntegerField(source="events_count", read_only=True)
    state = serializers.ChoiceField(choices=STATES, read_only=True)
    created_at = InstantField()
    resolved_at = InstantField()
    resolved_by = PublicIdField("U", read_only=True, allow_null=True)
    acknowledged_at = InstantField()
    acknowledged_by = PublicIdField("U", read_only=True, allow_null=True)
    labels = LabelSerializer(many=True, read_only=True)
    title = serializers.CharField(read_only=True, allow_null=True)
    permalinks = PermalinksSerializer(read_only=True)
    silenced_at = InstantField()
    last_alert = EventSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Alert
        fields = [
            "id",
            "integration_id",
            "team_id",
            "route_id",
            "alerts_count",
            "state",
            "created_at",
            "resolved_at",
            "resolved_by",
            "acknowledged_at",
            "acknowledged_by",
            "labels",
            "title",
            "permalinks",
            "silenced_at",
            "last_alert",
        ]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Write the row as `group_rows` does: the fields above only describe it."""
        return group_rows.write(instance)


def shown(pk: int) -> Any:
    """Return one alert as the serializer reads it."""
    return group_rows.fill(group_rows.rows(Alert.objects.filter(pk=pk).order_by()))[0]


class AlertGroupFilter(filters.FilterSet):
    """How alerts are looked up."""

    id = OwnIdFilter("I")
    route_id = PublicIdFilter("R", "route")
    integration_id = PublicIdFilter("C", "integration")
    team_id = TeamFilter()
    state = filters.CharFilter(method="by_state")
    label = filters.CharFilter(method="by_label", help_text="`key:value`; may be repeated, all must hold.")
    started_at = filters.CharFilter(method="by_start", help_text="`2030-01-07T09:00:00_2030-01-07T10:00:00`, UTC.")

    class Meta:
        model = Alert
        fields: list[str] = []

    def by_state(self, queryset: QuerySet[Alert], name: str, value: str) -> QuerySet[Alert]:
        """Keep the alerts of one state; what is `firing` in answers is `new` here."""
        word = STATE_WORDS.get(value.lower())
        if word is None:
            raise Refused(STATE_REFUSAL)
        return queryset.filter(state=word)

    def by_label(self, queryset: QuerySet[Alert], name: str, value: str) -> QuerySet[Alert]:
        """Keep the alerts with all labels; words that are no pair are ignored."""
        pairs = [item.split(":") for item in self.data.getlist(name) if item.count(":") == 1]
        for key, text in pairs:
            queryset = queryset.filter(Exists(AlertLabel.objects.filter(alert=OuterRef("pk"), key=key, value=text)))
        return queryset

    def by_start(self, queryset: QuerySet[Alert], name: str, value: str) -> QuerySet[Alert]:
        """Keep the alerts that began in a span of time, its ends included."""
        try:
            first, last = (datetime.strptime(part, RANGE_FORMAT).replace(tzinfo=UTC) for part in value.split("_"))
        except ValueError as exc:
            raise Invalid("Invalid range value") from exc
        return queryset.filter(created_at__gte=first, created_at__lte=last)


@extend_schema_field({"type": "integer", "minimum": -1, "description": "Seconds; -1 or 0 is for good."})
class DelayField(serializers.Field):
    """For how long to silence."""

    def to_internal_value(self, data: Any) -> timedelta | None:
        numeric = isinstance(data, str) and data.removeprefix("-").isdecimal() and data.isascii() and len(data) <= 12
        if isinstance(data, bool) or not (isinstance(data, int) or numeric):
            raise Invalid("invalid delay value")
        seconds = int(data)
        if not -1 <= seconds <= LONGEST_SILENCE.total_seconds():
            raise Invalid("invalid delay value")
        return timedelta(seconds=seconds) if seconds > 0 else None


class SilenceForm(serializers.Serializer[Any]):
    """What a silence needs to know."""

    delay = DelayField()

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("delay") is None:
            raise Invalid("delay is required")
        return super().to_internal_value(data)


class RemovalForm(serializers.Serializer[Any]):
    """How much is removed."""

    mode = serializers.ChoiceField(choices=["wipe", "delete"], default="wipe")


def complaint(body: Any) -> str:
    """Return what is wrong with the body of a DELETE; empty when nothing is."""
    if not isinstance(body, dict):
        return NO_MODE
    return "" if body.get("mode", "wipe") in ("wipe", "delete") else "Invalid mode"


ACTION = extend_schema(request=None, responses={200: None}, filters=False)


class AlertGroupViewSet(ReadViewSet):
    """Alerts, the newest first, and what an editor does to one."""

    prefix = "I"
    write_role = User.Role.EDITOR
    queryset = Alert.objects.order_by("-created_at", "-pk")
    serializer_class = AlertGroupSerializer
    filterset_class = AlertGroupFilter
    walk = ("-created_at", "-pk")

    def get_queryset(self) -> QuerySet[Any]:
        found = super().get_queryset()
        if self.action in READS:
            return group_rows.rows(found)
        return found.select_related("route__chain", "integration")

    def paginate_queryset(self, queryset: Any) -> Any:
        return group_rows.fill(super().paginate_queryset(queryset) or [])

    def get_object(self) -> Any:
        found = super().get_object()
        return group_rows.fill([found])[0] if self.action in READS else found

    @extend_schema(request=RemovalForm, responses={204: None}, filters=False)
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Blank what the alert says (`wipe`), or remove it with all that belongs to it (`delete`)."""
        alert = self.get_object()
        by: Any = request.user
        body: Any = request.data
        if text := complaint(body):
            return Response(text, status=400)  # a bare text, as clients know it
        if body.get("mode") == "delete":
            services.delete_alert(alert, by=by, source=Source.ONCALL_API)
        else:
            services.wipe(alert, by=by, source=Source.ONCALL_API, now=self.now)
        return Response(status=204)

    @ACTION
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, **kwargs: Any) -> Response:
        """Take the alert: all asking stops."""
        return self._act(Verb.ACKNOWLEDGE, services.acknowledge)

    @ACTION
    @action(detail=True, methods=["post"])
    def unacknowledge(self, request: Request, **kwargs: Any) -> Response:
        """Give the alert back: it escalates again after ten seconds."""
        return self._act(Verb.UNACKNOWLEDGE, services.unacknowledge)

    @ACTION
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, **kwargs: Any) -> Response:
        """End the alert."""
        return self._act(Verb.RESOLVE, services.resolve)

    @ACTION
    @action(detail=True, methods=["post"])
    def unresolve(self, request: Request, **kwargs: Any) -> Response:
        """Open the alert again: it escalates after ten seconds."""
        return self._act(Verb.UNRESOLVE, services.unresolve)

    @extend_schema(request=SilenceForm, responses={200: None}, filters=False)
    @action(detail=True, methods=["post"])
    def silence(self, request: Request, **kwargs: Any) -> Response:
        """Ask nobody for `delay` seconds."""
        alert = self.get_object()
        form = SilenceForm(data=request.data)
        form.is_valid(raise_exception=True)
        delay: timedelta | None = form.validated_data["delay"]
        return self._act(Verb.SILENCE, services.silence, alert, until=delay and self.now + delay)

    @ACTION
    @action(detail=True, methods=["post"])
    def unsilence(self, request: Request, **kwargs: Any) -> Response:
        """End the silence: it escalates again after ten seconds."""
        return self._act(Verb.UNSILENCE, services.unsilence)

    def _act(self, verb: Verb, service: Callable[..., bool], alert: Alert | None = None, **more: Any) -> Response:
        # The service decides, then the reason is read: asking first would let a faster caller come in between.
        alert = alert or self.get_object()
        if verb != Verb.RESOLVE and alert.integration.type == Integration.MAINTENANCE:
            raise Invalid(f"Can't {verb} a maintenance alert group")
        by = self.request.user
        if not service(alert, by=by, source=Source.ONCALL_API, now=self.now, door=Door.ONCALL, **more):
            raise Invalid(refusal(verb, alert))
        return Response()
