"""Which alerts the PagerTree API's list shows, and in which order: the grammar of A4 as a FilterSet."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, F, OrderBy, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Concat
from django_filters import CharFilter, FilterSet

from alerts.api.attributes import (
    NOTHING,
    Array,
    Attribute,
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
from alerts.api.grammar import comparisons, ordering
from alerts.models import Alert
from base.errors import Invalid
from oncall.models import Organization

Status = Alert.Status


def _installation() -> Computed:
    own_id = Subquery(Organization.objects.values("public_id")[:1])

    def exact(value: str) -> Q:
        prefix, _, given = value.partition("_")
        own = prefix == "acc" and Organization.objects.filter(public_id=given).exists()
        return ~NOTHING if own else NOTHING

    return Computed(Concat(Value("acc_"), own_id, output_field=CharField()), exact)


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


class AlertFilterSet(FilterSet):
    """Every attribute of an alert can be asked for; the words of the grammar itself are here to be documented."""

    sid = _installation()
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
    s_log_id = constant(None)
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

    sort = CharFilter(help_text="Attributes, separated by commas; a leading - descends.")
    sortdirection = CharFilter(help_text="ASC or DESC, for attributes without a -.")
    select = CharFilter(help_text="The attributes to return, separated by commas.")
    ops = CharFilter(help_text="attribute:operator, separated by commas; without one it is equals.")

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Compile the query. Raises Invalid for whatever it does not understand: no condition is ever dropped."""
        rows = queryset
        for number, asked in enumerate(comparisons(self.data)):
            rows = self._attribute(asked.name).apply(rows, asked, f"asked{number}")
        return self._sorted(rows)

    def _attribute(self, name: str) -> Attribute:
        found = self.filters.get(name)
        if not isinstance(found, Attribute):
            raise Invalid(f"There is no attribute '{name}' to filter or sort by", field=name)
        return found

    def _sorted(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        keys: list[OrderBy | str] = []
        for name, descends in ordering(self.data):
            expression = self._attribute(name).expression
            if expression is None:
                raise Invalid(f"sort: '{name}' has no order", field="sort")
            keys.append(_directed(name, expression, descends))
        return rows.order_by(*(keys or ["-created_at"]), "-pk")


ALWAYS_SET = ("id", "createdAt", "updatedAt", "tinyId", "title", "subtype", "status", "urgency", "created")


def _directed(name: str, expression: Any, descends: bool) -> OrderBy:
    """Sort unset before everything, as both databases can be told to; where nothing is unset an index may serve."""
    if name in ALWAYS_SET:
        return OrderBy(expression, descending=descends)
    unset = {"nulls_last": True} if descends else {"nulls_first": True}
    return OrderBy(expression, descending=descends, **unset)
