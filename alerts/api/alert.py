"""`/alert` (seed 003, spec/pagertree A5 to A10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import services
from alerts.api.dialect import PagerTreeViewSet
from alerts.api.fields import IdField, IsoField, UnixField, spell
from alerts.api.filters import AlertFilterSet
from alerts.api.forms import CreateAlertForm, EditAlertForm, HandoffForm
from alerts.api.grammar import words
from alerts.lifecycle import Door, Verb, allowed_from, pagertree_status
from alerts.models import Alert, Source
from base.errors import Conflict, Forbidden, Invalid
from oncall.models import User

RELATED = ("integration", "source_user", "parent", "team", "holder", "acknowledged_by", "resolved_by", "archived_by")
PAST = {
    Verb.ACKNOWLEDGE: "acknowledged",
    Verb.REJECT: "rejected",
    Verb.RESOLVE: "resolved",
    Verb.ARCHIVE: "archived",
    Verb.HAND_OFF: "handed off",
}


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """The alert object: every key, always, in the contract's order."""

    sid = serializers.SerializerMethodField()
    id = serializers.SerializerMethodField()
    createdAt = IsoField(source="created_at")  # noqa: N815  the contract's names
    updatedAt = IsoField(source="updated_at")  # noqa: N815
    meta = serializers.DictField(read_only=True)
    tinyId = serializers.IntegerField(source="pk", read_only=True)  # noqa: N815
    parent_id = IdField("alt", source="parent")
    destination_ids = serializers.ListField(source="destinations", child=serializers.CharField(), read_only=True)
    type = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()
    d_team_id = IdField("tem", source="team")
    d_user_id = IdField("usr", source="holder")
    s_log_id = serializers.SerializerMethodField()
    created = UnixField(source="created_at")
    acknowledged = UnixField(source="acknowledged_at")
    acknowledgedby = serializers.SerializerMethodField()
    resolved = UnixField(source="resolved_at")
    resolvedby = serializers.SerializerMethodField()
    archived = UnixField(source="archived_at")
    archivedby = IdField("usr", source="archived_by")
    livecall = serializers.SerializerMethodField()
    source_id = serializers.SerializerMethodField()
    responses = serializers.ListField(child=serializers.CharField(), read_only=True)
    responses_recorded = serializers.DictField(read_only=True)
    tags = serializers.ListField(child=serializers.CharField(), read_only=True)
    additional_data = serializers.ListField(child=serializers.DictField(), read_only=True)
    stakeholder_ids = serializers.ListField(source="stakeholders", child=serializers.CharField(), read_only=True)
    handoffs = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = Alert
        fields = [
            *("sid", "id", "createdAt", "updatedAt", "meta", "tinyId", "parent_id", "thirdparty_id"),
            *("destination_ids", "title", "description", "type", "subtype", "status", "urgency"),
            *("d_team_id", "d_user_id", "s_log_id"),
            *("created", "acknowledged", "acknowledgedby", "resolved", "resolvedby", "archived", "archivedby"),
            *("livecall", "source_id", "response_requested", "responses", "responses_recorded"),
            *("tags", "additional_data", "stakeholder_ids", "handoffs"),
        ]
        read_only_fields = fields

    def get_fields(self) -> dict[str, Any]:
        """Leave out what was not selected."""
        selected = self.context.get("select")
        return {name: field for name, field in super().get_fields().items() if not selected or name in selected}

    def get_sid(self, alert: Alert) -> str:
        return str(self.context["sid"])

    def get_id(self, alert: Alert) -> str:
        return f"alt_{alert.public_id}"

    def get_type(self, alert: Alert) -> str:
        return "alert"

    def get_status(self, alert: Alert) -> str:
        return pagertree_status(alert.status)

    def get_s_log_id(self, alert: Alert) -> str | None:
        return None  # a line of the log has no id outside

    def get_livecall(self, alert: Alert) -> str | None:
        return None  # no telephone call waits

    def get_source_id(self, alert: Alert) -> str | None:
        return spell("usr", alert.source_user) or spell("int", alert.integration)

    def get_acknowledgedby(self, alert: Alert) -> str | None:
        return _actor(alert, alert.acknowledged_by) if alert.acknowledged_at else None

    def get_resolvedby(self, alert: Alert) -> str | None:
        return _actor(alert, alert.resolved_by) if alert.resolved_at else None


def _actor(alert: Alert, user: User | None) -> str | None:
    """Return who did it: what no person did, the integration did by its own word or its chain's (A5)."""
    return spell("usr", user) or spell("int", alert.integration)


class AlertViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PagerTreeViewSet):
    """Alerts: created, read, changed, deleted, and moved by five verbs."""

    prefix = "alt"
    queryset = Alert.objects.select_related(*RELATED)
    serializer_class = AlertSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = AlertFilterSet
    forms = {"create": CreateAlertForm, "update": EditAlertForm, "handoff": HandoffForm}

    def get_serializer_context(self) -> dict[str, Any]:
        """Add the attributes that a list is asked for. Raises Invalid for one that there is not."""
        select = words(self.request.query_params, "select") if self.action == "list" else []
        if unknown := [name for name in select if name not in AlertSerializer.Meta.fields]:
            raise Invalid(f"select: there is no attribute '{unknown[0]}'", field="select")
        return super().get_serializer_context() | {"select": frozenset(select)}

    @extend_schema(responses={200: AlertSerializer})
    def create(self, request: Request) -> Response:
        """Open an alert and ask the first people, so that the answer already shows the settled status (A8)."""
        values = self.read_form()
        user: Any = request.user
        if values.get("subtype") == Alert.Subtype.BROADCAST and user.role != User.Role.ADMIN:
            raise Forbidden("Only an admin may send a broadcast.")
        values["meta"] = services.merge_patch({}, values.get("meta", {}))
        alert, _ = services.create_alert(**values, by=user, source=Source.PAGERTREE_API, now=self.now)
        return self._answer(alert)

    def update(self, request: Request, **kwargs: Any) -> Response:
        """Merge the body into the alert; what a client may not set is ignored (A9)."""
        alert = self.get_object()
        user: Any = request.user
        changes = self.read_form(alert, partial=True)
        services.edit_alert(alert, changes, by=user, source=Source.PAGERTREE_API, now=self.now)
        return self._answer(alert)

    def destroy(self, request: Request, **kwargs: Any) -> Response:
        """Delete the alert; answer 204."""
        user: Any = request.user
        services.delete_alert(self.get_object(), by=user, source=Source.PAGERTREE_API)
        return Response(status=204)

    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, **kwargs: Any) -> Response:
        """Take the alert."""
        return self._act(Verb.ACKNOWLEDGE, services.acknowledge)

    @action(detail=True, methods=["post"])
    def reject(self, request: Request, **kwargs: Any) -> Response:
        """Say "not me"; the last refusal moves the escalation on at once."""
        return self._act(Verb.REJECT, _reject)

    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, **kwargs: Any) -> Response:
        """End the alert."""
        return self._act(Verb.RESOLVE, services.resolve)

    @action(detail=True, methods=["post"])
    def archive(self, request: Request, **kwargs: Any) -> Response:
        """File the alert away for good."""
        return self._act(Verb.ARCHIVE, services.archive)

    @action(detail=True, methods=["post"])
    def handoff(self, request: Request, **kwargs: Any) -> Response:
        """Give the alert to another person or team, who have to take it anew."""
        return self._act(Verb.HAND_OFF, services.hand_off)

    def _act(self, verb: Verb, move: Callable[..., bool]) -> Response:
        alert = self.get_object()
        more = self.read_form() if self.action in self.forms else self.read_body() and {}
        user = self.request.user
        if not move(alert, by=user, source=Source.PAGERTREE_API, now=self.now, door=Door.PAGERTREE, **more):
            raise Conflict(_illegal(verb, alert))
        return self._answer(alert)

    def _answer(self, alert: Alert) -> Response:
        # Read again as GET reads it: the two must agree byte for byte.
        return Response(self.get_serializer(self.get_queryset().get(pk=alert.pk)).data)


def _reject(alert: Alert, **how: Any) -> bool:
    try:
        services.reject(alert, **how)
    except Conflict:
        alert.refresh_from_db()
        return False
    return True


def _illegal(verb: Verb, alert: Alert) -> str:
    legal = sorted({f"'{pagertree_status(status)}'" for status in allowed_from(verb, Door.PAGERTREE)})
    now = pagertree_status(alert.status)
    return f"alert must be in status {' or '.join(legal)} to be {PAST[verb]} (current: '{now}')"
