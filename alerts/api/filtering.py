"""The grammar of A4 as a FilterSet: whatever a list is asked for is compiled or refused (spec/pagertree A4)."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import CharField, OrderBy, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django_filters import CharFilter, FilterSet

from alerts.api.attributes import NOTHING, Attribute, Computed
from alerts.api.grammar import comparisons, ordering
from base.errors import Invalid
from oncall.models import Organization


def installation() -> Computed:
    """Return the attribute that every object has: whose it is."""
    own_id = Subquery(Organization.objects.values("public_id")[:1])

    def exact(value: str) -> Q:
        prefix, _, given = value.partition("_")
        own = prefix == "acc" and Organization.objects.filter(public_id=given).exists()
        return ~NOTHING if own else NOTHING

    return Computed(Concat(Value("acc_"), own_id, output_field=CharField()), exact)


class GrammarFilterSet(FilterSet):
    """The base of every list: attributes are its subclass's, the words of the grammar are here to be documented."""

    newest_first: ClassVar[tuple[str, ...]] = ("-created_at", "-pk")
    always_set: ClassVar[frozenset[str]] = frozenset({"id", "tinyId"})  # an index may serve where nothing is unset

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
            keys.append(self._directed(name, expression, descends))
        return rows.order_by(*keys, "-pk") if keys else rows.order_by(*self.newest_first)

    def _directed(self, name: str, expression: Any, descends: bool) -> OrderBy:
        """Sort unset before everything, as both databases can be told to."""
        if name in self.always_set:
            return OrderBy(expression, descending=descends)
        unset = {"nulls_last": True} if descends else {"nulls_first": True}
        return OrderBy(expression, descending=descends, **unset)
