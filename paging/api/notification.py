"""`/notification` of the PagerTree API: every message that went out or will (spec/pagertree Part B)."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from rest_framework import serializers

from alerts.api.attributes import NOTHING, Computed, Timestamp, UnixSeconds, Word, id_of
from alerts.api.fields import IdField, IsoField, UnixField, public_id
from alerts.api.resources import ReadOnlyResource, ResourceFilterSet, ResourceSerializer
from alerts.models import Alert, LogEntry
from base.errors import NotFound
from paging.models import Notification

Status = Notification.Status
SHOWN = {Status.SENT: "sent", Status.KEPT: "sent", Status.FAILED: "failed", Status.PENDING: "pending"}
ID_DIGITS = 11
TEMPLATES = {
    LogEntry.Kind.REGISTERED: "alert.stakeholder",
    LogEntry.Kind.HANDED_OFF: "alert.handoff",
    LogEntry.Kind.ACKNOWLEDGED: "alert.acknowledged",
    LogEntry.Kind.RESOLVED: "alert.resolved",
}


class NotificationSerializer(ResourceSerializer):
    """A message on one channel."""

    prefix = "ntf"
    createdAt = IsoField(source="created_at")  # noqa: N815  the contract's names
    updatedAt = IsoField(source="changed_at")  # noqa: N815
    source_id = IdField("alt", source="alert")
    user_id = IdField("usr", source="user")
    stakeholder_id = IdField("stk", source="stakeholder")
    channel = serializers.CharField(read_only=True)
    provider = serializers.SerializerMethodField()
    template = serializers.SerializerMethodField()
    to = serializers.CharField(source="address", read_only=True)
    direction = serializers.SerializerMethodField()
    subject = serializers.SerializerMethodField()
    message = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()
    sent = UnixField(source="sent_at")
    err = serializers.SerializerMethodField()

    class Meta:
        model = Notification
        fields = [
            *ResourceSerializer.HEAD,
            *("source_id", "user_id", "stakeholder_id", "channel", "provider", "template", "to", "direction"),
            *("subject", "message", "status", "sent", "err"),
        ]
        read_only_fields = fields

    def get_id(self, row: Notification) -> str:
        return f"ntf_{row.pk:0{ID_DIGITS}d}"

    def get_provider(self, row: Notification) -> str | None:
        return None if row.status == Status.PENDING else "outbox" if row.status == Status.KEPT else row.channel

    def get_template(self, row: Notification) -> str:
        if row.purpose != Notification.Purpose.NEWS or row.log_entry is None:
            return f"alert.{row.alert.subtype if row.alert else Alert.Subtype.PAGE}"
        return TEMPLATES.get(LogEntry.Kind(row.log_entry.kind), "alert.dropped")

    def get_direction(self, row: Notification) -> str:
        return "OUTGOING"

    def get_subject(self, row: Notification) -> str | None:
        return (row.content or {}).get("subject")

    def get_message(self, row: Notification) -> str | None:
        # A message that was kept holds its reader's own reply link: only they may see it.
        if row.status == Status.KEPT and row.user != self.context["request"].user:
            return None
        return (row.content or {}).get("text")

    def get_status(self, row: Notification) -> str:
        return SHOWN.get(Status(row.status), row.status)

    def get_err(self, row: Notification) -> list[str]:
        return [row.error] if row.error else []


def _pk(spelled: str) -> int | None:
    """Return the number in `ntf_…`; None for what is never written so."""
    bare = public_id(spelled, "ntf") or ""
    usable = bare.isascii() and bare.isdecimal() and ID_DIGITS <= len(bare) <= 18
    return int(bare) if usable and f"{int(bare):0{ID_DIGITS}d}" == bare else None


def _own_id() -> Computed:
    def exact(value: str) -> Q:
        pk = _pk(value)
        return NOTHING if pk is None else Q(pk=pk)

    return Computed(Value("", CharField()), exact)


def _status() -> Computed:
    def exact(value: str) -> Q:
        stored = [status for status in Status if SHOWN.get(status, status) == value]
        return Q(status__in=stored)

    shown = Case(When(status=Status.KEPT, then=Value("sent")), default=F("status"), output_field=CharField())
    return Computed(shown, exact)


class NotificationFilterSet(ResourceFilterSet):
    """What messages can be asked for."""

    always_set = frozenset({"tinyId", "createdAt", "channel", "to"})

    id = _own_id()
    createdAt = Timestamp("created_at")  # noqa: N815
    source_id = id_of("alt", "alert__")
    user_id = id_of("usr", "user__")
    stakeholder_id = id_of("stk", "stakeholder__")
    channel = Word("channel")
    to = Word("address")
    status = _status()
    sent = UnixSeconds("sent_at")


def messages_to_people() -> QuerySet[Notification]:
    """Return all messages but the calls of webhooks, which are none of a person's."""
    related = ("alert", "user", "stakeholder", "log_entry")
    rows = Notification.objects.exclude(purpose=Notification.Purpose.WEBHOOK).select_related(*related)
    return rows.annotate(changed_at=Coalesce("sent_at", "created_at"))


class NotificationViewSet(ReadOnlyResource):
    """Messages, which nobody but the clock writes."""

    prefix = "ntf"
    queryset = messages_to_people()
    serializer_class = NotificationSerializer
    filterset_class = NotificationFilterSet

    def get_object(self) -> Any:
        """Return the message that the path names. Raises NotFound."""
        pk = _pk(self.kwargs["id"])
        found = pk and self.get_queryset().filter(pk=pk).first()
        if not found:
            raise NotFound("There is no such object.")
        return found


class AlertNotificationViewSet(NotificationViewSet):
    """The messages of one alert."""

    def get_queryset(self) -> QuerySet[Any]:
        alert = Alert.objects.filter(public_id=public_id(self.kwargs.get("id", ""), "alt") or "").first()
        if alert is None:
            raise NotFound("There is no such object.")
        return super().get_queryset().filter(alert=alert)
