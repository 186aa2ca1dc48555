"""Which alerts the PagerTree API's list shows, and in which order: the grammar of A4 as a FilterSet."""

from __future__ import annotations

from django.db.models import Case, CharField, F, Q, Value, When

from alerts.api.attributes import (
    NOTHING,
    Array,
    Boolean,
    Computed,
    Integers,
    Object,
    Timestamp,
    UnixSeconds,
    Word,
    constant,
    id_of,
    spelled,
)
from alerts.api.fields import log_pk
from alerts.api.filtering import GrammarFilterSet, installation
from alerts.models import Alert, LogEntry, Source

Status = Alert.Status


def _status() -> Computed:
    """A silenced alert is shown as open (decisions.md, One life for an alert)."""

    def exact(value: str) -> Q:
        if value == Status.OPEN:
            return Q(status__in=(Status.OPEN, Status.SILENCED))
        return NOTHING if value == Status.SILENCED else Q(status=value)

    shown = Case(When(status=Status.SILENCED, then=Value(str(Status.OPEN))), default=F("status"))
    return Computed(shown, exact)


def _actor(user: str, at: str | None) -> Computed:
    """Who did it: a person, else the integration, once it has been done; `at` says when that was."""
    done = Q() if at is None else Q(**{f"{at}__isnull": False})
    person, machine = id_of("usr", f"{user}__"), id_of("int", "integration__")

    def exact(value: str) -> Q:
        if value == "":
            return NOTHING if at is None else Q(**{f"{at}__isnull": True})
        by_machine = machine.exact(value) & Q(**{f"{user}__isnull": True}) & done
        return person.exact(value) | by_machine

    whens = [When(**{f"{user}__isnull": False}, then=spelled("usr", f"{user}__"))]
    whens += [When(done, then=spelled("int", "integration__"))] if at else []
    default = None if at else spelled("int", "integration__")
    return Computed(Case(*whens, default=default, output_field=CharField()), exact)


def _first_line() -> Computed:
    """The line of the log by which the monitor's first word came in."""
    by_monitor = LogEntry.objects.filter(kind=LogEntry.Kind.REGISTERED, source=Source.MONITOR)

    def exact(value: str) -> Q:
        if value == "":
            return ~Q(pk__in=by_monitor.values("alert"))
        pk = log_pk(value)
        return NOTHING if pk is None else Q(pk__in=by_monitor.filter(pk=pk).values("alert"))

    return Computed(Value(None, CharField()), exact)


class AlertFilterSet(GrammarFilterSet):
    """Every attribute of an alert can be asked for."""

    always_set = frozenset(
        {"id", "createdAt", "updatedAt", "tinyId", "title", "subtype", "status", "urgency", "created"}
    )

    sid = installation()
    id = id_of("alt", "")
    createdAt = Timestamp("created_at")  # noqa: N815  the contract's names
    updatedAt = Timestamp("updated_at")  # noqa: N815
    meta = Object("meta")
    tinyId = Integers("pk")  # noqa: N815
    parent_id = id_of("alt", "parent__")
    thirdparty_id = Word("thirdparty_id")
    destination_ids = Array("destinations")
    title = Word("title")
    description = Word("description")
    type = constant("alert")
    subtype = Word("subtype")
    status = _status()
    urgency = Word("urgency")
    d_team_id = id_of("tem", "team__")
    d_user_id = id_of("usr", "holder__")
    s_log_id = _first_line()
    created = UnixSeconds("created_at")
    acknowledged = UnixSeconds("acknowledged_at")
    acknowledgedby = _actor("acknowledged_by", "acknowledged_at")
    resolved = UnixSeconds("resolved_at")
    resolvedby = _actor("resolved_by", "resolved_at")
    archived = UnixSeconds("archived_at")
    archivedby = id_of("usr", "archived_by__")
    livecall = constant(None)
    source_id = _actor("source_user", None)
    response_requested = Boolean("response_requested")
    responses = Array("responses")
    responses_recorded = Object("responses_recorded")
    tags = Array("tags")
    stakeholder_ids = Array("stakeholders")
