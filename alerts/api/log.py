"""`/log`: what became of an alert, line by line (spec/pagertree Part B)."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, Q, Value, When
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.attributes import NOTHING, Computed, Timestamp, Word, id_of
from alerts.api.auth import EditorsWrite
from alerts.api.fields import IdField, IsoField, log_id, log_pk, spell
from alerts.api.inputs import ParentId, Text
from alerts.api.inputs import Word as OneOf
from alerts.api.resources import ReadOnlyResource, ResourceFilterSet, ResourceSerializer
from alerts.models import LogEntry, Source
from alerts.services import escalations
from base.errors import NotFound

Kind = LogEntry.Kind
WARNINGS = (Kind.STEP_FAILED, Kind.UNREACHABLE, Kind.NOBODY_ASKED, Kind.DROPPED, Kind.FELL_BACK)
INFO, WARNING = 2, 1
LENGTH = 10_000


class LogForm(serializers.Serializer[Any]):
    """A line that somebody writes by hand; whose it is, is told by the credential."""

    content = Text(blank=False, max_length=LENGTH)
    owner_id = ParentId(source="alert")
    type = OneOf(["log", "feedback"], required=False, default_word="log")


class LogSerializer(ResourceSerializer):
    """A line."""

    prefix = "log"
    createdAt = IsoField(source="at")  # noqa: N815  the contract's names
    updatedAt = IsoField(source="at")  # noqa: N815
    content = serializers.SerializerMethodField()
    type = serializers.SerializerMethodField()
    subtype = serializers.SerializerMethodField()
    owner_id = IdField("alt", source="alert")
    source_id = serializers.SerializerMethodField()
    level = serializers.SerializerMethodField()

    class Meta:
        model = LogEntry
        fields = [*ResourceSerializer.HEAD, "content", "type", "subtype", "owner_id", "source_id", "level"]
        read_only_fields = fields

    def get_id(self, row: LogEntry) -> str:
        return log_id(row.pk)

    def get_meta(self, row: LogEntry) -> dict[str, Any]:
        return {"kind": row.kind, "by": row.source} | row.detail

    def get_content(self, row: LogEntry) -> str:
        if row.kind == Kind.NOTE:
            return row.text
        return ": ".join(part for part in (row.get_kind_display(), row.text) if part)

    def get_type(self, row: LogEntry) -> str:
        return {Kind.RESPONDED: "response", Kind.ROUTED: "router"}.get(Kind(row.kind)) or row.detail.get("type", "log")

    def get_subtype(self, row: LogEntry) -> str:
        return "OUTGOING" if row.source in (Source.CLOCK, Source.ESCALATION) else "INCOMING"

    def get_source_id(self, row: LogEntry) -> str | None:
        return spell("usr", row.actor) or spell("int", row.alert.integration)

    def get_level(self, row: LogEntry) -> int:
        return WARNING if row.kind in WARNINGS else INFO


def _own_id() -> Computed:
    def exact(value: str) -> Q:
        pk = log_pk(value)
        return NOTHING if pk is None else Q(pk=pk)

    return Computed(Value("", CharField()), exact)


def _source() -> Computed:
    person, machine = id_of("usr", "actor__"), id_of("int", "alert__integration__")

    def exact(value: str) -> Q:
        return person.exact(value) | (machine.exact(value) & Q(actor=None)) if value else NOTHING

    return Computed(Value("", CharField()), exact)


def _level() -> Computed:
    warns = Q(kind__in=WARNINGS)
    of_level = {str(WARNING): warns, str(INFO): ~warns}
    shown = Case(When(warns, then=Value(str(WARNING))), default=Value(str(INFO)), output_field=CharField())
    return Computed(shown, lambda value: of_level.get(value, NOTHING))


class LogFilterSet(ResourceFilterSet):
    """What lines can be asked for."""

    newest_first = ("-pk",)
    always_set = frozenset({"tinyId", "createdAt", "updatedAt"})

    id = _own_id()
    createdAt = Timestamp("at")  # noqa: N815
    updatedAt = Timestamp("at")  # noqa: N815
    content = Word("text")
    owner_id = id_of("alt", "alert__")
    source_id = _source()
    level = _level()


class LogViewSet(ReadOnlyResource):
    """Lines are written and read, never changed."""

    prefix = "log"
    permission_classes = [EditorsWrite]
    queryset = LogEntry.objects.select_related("alert__integration", "actor")
    serializer_class = LogSerializer
    filterset_class = LogFilterSet
    forms = {"create": LogForm}

    def get_object(self) -> Any:
        """Return the line that the path names. Raises NotFound."""
        pk = log_pk(self.kwargs["id"])
        found = pk and self.get_queryset().filter(pk=pk).first()
        if not found:
            raise NotFound("There is no such object.")
        return found

    @extend_schema(responses={200: LogSerializer})
    def create(self, request: Request) -> Response:
        """Write a line into an alert's log."""
        values = self.read_form()
        user: Any = request.user
        line = escalations.log(
            values["alert"],
            Kind.NOTE,
            self.now,
            by=user,
            source=Source.PAGERTREE_API,
            text=values["content"],
            detail={"type": values.get("type", "log")},
        )
        return self.answer(line)
