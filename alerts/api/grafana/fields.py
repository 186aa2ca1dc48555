"""What the resources of the runtime half write alike."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from oncall.api.fields import public_id

CHAT_DEFAULTS: dict[str, dict[str, Any]] = {
    "slack": {"channel_id": None, "enabled": True},
    "telegram": {"id": None, "enabled": False},
}


class InstantField(serializers.DateTimeField):
    """An instant in UTC, always with six digits behind the second."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"format": "%Y-%m-%dT%H:%M:%S.%fZ", "read_only": True, **kwargs})


class OwnIdFilter(filters.CharFilter):
    """Match an object by its own id: empty is no filter, an unknown id matches nothing."""

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(**kwargs)

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        bare = public_id(value, self.prefix)
        return qs.filter(public_id=bare) if bare else qs.none()


class SlackForm(serializers.Serializer[Any]):
    """A Slack channel, as far as it is sent."""

    channel_id = serializers.CharField(required=False, allow_null=True, max_length=100)
    enabled = serializers.BooleanField(required=False)


class TelegramForm(serializers.Serializer[Any]):
    """A Telegram channel, as far as it is sent."""

    id = serializers.CharField(required=False, allow_null=True, max_length=100)
    enabled = serializers.BooleanField(required=False)


@extend_schema_field({"type": "object", "additionalProperties": True})
class ChatField(serializers.Field):
    """What a route keeps about a chat; what was never sent has the wire's default."""

    def __init__(self, backend: str, **kwargs: Any) -> None:
        self.backend = backend
        super().__init__(**{"source": "chat", "read_only": True, **kwargs})

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return {**CHAT_DEFAULTS[self.backend], **value.get(self.backend, {})}


def chat_of(values: dict[str, Any]) -> dict[str, Any]:
    """Take what was sent about chats out of a form's values."""
    return {backend: values.pop(backend) for backend in CHAT_DEFAULTS if values.get(backend) is not None}
