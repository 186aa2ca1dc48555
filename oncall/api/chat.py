"""`slack_channels` (spec/oncall-config-api section 11)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers

from oncall.api.dialect import ListViewSet
from oncall.models import Schedule


class ChatChannelSerializer(serializers.Serializer[Any]):
    """A channel of a connected chat workspace."""

    name = serializers.CharField()
    slack_id = serializers.CharField()


class ChatChannelFilter(filters.FilterSet):
    """How channels are looked up."""

    channel_name = filters.CharFilter(method="unchanged", help_text="Exact, without #.")

    class Meta:
        model = Schedule
        fields: list[str] = []

    def unchanged(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        """Keep all there are: none."""
        return queryset


class ChatChannelViewSet(ListViewSet):
    """The channels of a connected Slack workspace. None can be connected, so there are none."""

    prefix = "H"
    queryset = Schedule.objects.none()
    serializer_class = ChatChannelSerializer
    filterset_class = ChatChannelFilter
