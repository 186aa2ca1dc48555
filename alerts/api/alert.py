"""`/alert` (seed 003, spec/pagertree A5 to A10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import OuterRef, Subquery
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import services
from alerts.api.alert_object import AlertSerializer
from alerts.api.dialect import PagerTreeViewSet
from alerts.api.errors import NOT_FOUND
from alerts.api.fields import public_id
from alerts.api.filters import AlertFilterSet
from alerts.api.forms import CreateAlertForm, EditAlertForm, HandoffForm, MassActionForm, RespondForm
from alerts.api.grammar import words
from alerts.lifecycle import Door, Verb, allowed_from, pagertree_status
from alerts.models import Alert, LogEntry, Source
from base.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from oncall.models import User

RELATED = ("integration", "source_user", "parent", "team", "holder", "acknowledged_by", "resolved_by", "archived_by")
PAST = {
    Verb.ACKNOWLEDGE: "acknowledged",
    Verb.REJECT: "rejected",
    Verb.RESOLVE: "resolved",
    Verb.ARCHIVE: "archived",
    Verb.HAND_OFF: "handed off",
}


# By which the monitor's first word came in; nothing for an alert that a person opened.
FIRST_LINE = (
    LogEntry.objects.filter(alert=OuterRef("pk"), kind=LogEntry.Kind.REGISTERED, source=Source.MONITOR)
    .order_by("pk")
    .values("pk")[:1]
)


def _reject(alert: Alert, **how: Any) -> bool:
    try:
        services.reject(alert, **how)
    except Conflict:
        alert.refresh_from_db()
        return False
    return True


MANY: dict[str, tuple[Verb, Callable[..., bool]]] = {
    "acknowledge": (Verb.ACKNOWLEDGE, services.acknowledge),
    "reject": (Verb.REJECT, _reject),
    "resolve": (Verb.RESOLVE, services.resolve),
    "archive": (Verb.ARCHIVE, services.archive),
}


class MassResultSerializer(serializers.Serializer[Any]):
    """What became of one of many alerts."""

    id = serializers.CharField()
    ok = serializers.BooleanField()
    error = serializers.CharField(required=False)


class AlertViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PagerTreeViewSet):
    """Alerts: created, read, changed, deleted, and moved by five verbs."""

    prefix = "alt"
    queryset = Alert.objects.select_related(*RELATED).annotate(s_log=Subquery(FIRST_LINE))
    serializer_class = AlertSerializer
    filter_backends = [DjangoFilterBackend]
    filterset_class = AlertFilterSet
    forms = {
        "create": CreateAlertForm,
        "update": EditAlertForm,
        "handoff": HandoffForm,
        "respond": RespondForm,
        "mass_action": MassActionForm,
    }

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
        return self._act(*MANY["acknowledge"])

    @action(detail=True, methods=["post"])
    def reject(self, request: Request, **kwargs: Any) -> Response:
        """Say "not me"; the last refusal moves the escalation on at once."""
        return self._act(*MANY["reject"])

    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, **kwargs: Any) -> Response:
        """End the alert."""
        return self._act(*MANY["resolve"])

    @action(detail=True, methods=["post"])
    def archive(self, request: Request, **kwargs: Any) -> Response:
        """File the alert away for good."""
        return self._act(*MANY["archive"])

    @action(detail=True, methods=["post"])
    def handoff(self, request: Request, **kwargs: Any) -> Response:
        """Give the alert to another person or team, who have to take it anew."""
        return self._act(Verb.HAND_OFF, services.hand_off)

    @action(detail=True, methods=["post"])
    def respond(self, request: Request, **kwargs: Any) -> Response:
        """Answer a broadcast with the number of one of its responses; the last answer counts."""
        alert = self.get_object()
        user: Any = request.user
        services.respond(alert, **self.read_form(), by=user, source=Source.PAGERTREE_API, now=self.now)
        return self._answer(alert)

    @extend_schema(responses={200: MassResultSerializer(many=True)}, filters=False)
    @action(detail=False, methods=["post"], url_path="mass-action", pagination_class=None)
    def mass_action(self, request: Request, **kwargs: Any) -> Response:
        """Do the same to many alerts, each by itself; say for each whether it was done."""
        form = self.read_form()
        return Response([self._one_of_many(item, form["type"]) for item in form["alert_ids"]])

    def _one_of_many(self, item: str, verb: str) -> dict[str, Any]:
        bare = public_id(item, "alt")
        alert = Alert.objects.filter(public_id=bare).first() if bare else None
        user: Any = self.request.user
        try:
            if alert is None:
                raise NotFound(NOT_FOUND)
            if verb == "delete":
                services.delete_alert(alert, by=user, source=Source.PAGERTREE_API)
            else:
                self._move(*MANY[verb], alert)
        except DomainError as exc:
            return {"id": item, "ok": False, "error": exc.message}
        return {"id": item, "ok": True}

    def _act(self, verb: Verb, move: Callable[..., bool]) -> Response:
        alert = self.get_object()
        more = self.read_form() if self.action in self.forms else self.read_body() and {}
        self._move(verb, move, alert, **more)
        return self._answer(alert)

    def _move(self, verb: Verb, move: Callable[..., bool], alert: Alert, **more: Any) -> None:
        how = {"by": self.request.user, "source": Source.PAGERTREE_API, "now": self.now, "door": Door.PAGERTREE}
        if not move(alert, **how, **more):
            raise Conflict(_illegal(verb, alert))

    def _answer(self, alert: Alert) -> Response:
        # Read again as GET reads it: the two must agree byte for byte.
        return Response(self.get_serializer(self.get_queryset().get(pk=alert.pk)).data)


def _illegal(verb: Verb, alert: Alert) -> str:
    legal = sorted({f"'{pagertree_status(status)}'" for status in allowed_from(verb, Door.PAGERTREE)})
    now = pagertree_status(alert.status)
    return f"alert must be in status {' or '.join(legal)} to be {PAST[verb]} (current: '{now}')"
