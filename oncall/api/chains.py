"""`escalation_chains` (spec/oncall-config-api section 2)."""

from __future__ import annotations

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers

from oncall.api.dialect import CrudViewSet
from oncall.api.fields import IdField, PublicIdField
from oncall.api.filters import ExactFilter, TeamFilter
from oncall.models import EscalationChain, Team
from oncall.services import chains


class ChainSerializer(serializers.ModelSerializer[EscalationChain]):
    """A chain as it is answered."""

    id = IdField("F")
    team_id = PublicIdField("T", source="team", read_only=True, allow_null=True)

    class Meta:
        model = EscalationChain
        fields = ["id", "name", "team_id"]


class ChainForm(serializers.Serializer[Any]):
    """A chain as it is sent."""

    name = serializers.CharField(max_length=100)
    team_id = PublicIdField("T", Team.objects.all, nulls=["null"], source="team", required=False, allow_null=True)


class ChainFilter(filters.FilterSet):
    """How chains are looked up."""

    name = ExactFilter("name")
    team_id = TeamFilter()

    class Meta:
        model = EscalationChain
        fields: list[str] = []


class ChainViewSet(CrudViewSet):
    """Escalation chains, in the order of their creation."""

    prefix = "F"
    queryset = EscalationChain.objects.select_related("team").order_by("pk")
    serializer_class = ChainSerializer
    form_class = ChainForm
    filterset_class = ChainFilter
    partial_put = False
    unique_text = "The fields organization, name must make a unique set."

    def make(self, values: dict[str, Any]) -> EscalationChain:
        return chains.create_chain(values["name"], team=values.get("team"))

    def change(self, instance: EscalationChain, values: dict[str, Any]) -> EscalationChain:
        name, team = values.get("name", instance.name), values.get("team", instance.team)
        return chains.update_chain(instance, name=name, team=team)

    def remove(self, instance: EscalationChain) -> None:
        chains.delete_chain(instance)
