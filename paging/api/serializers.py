"""What the Hotpot API reads and answers, field by field (spec/hotpot-paging-api A3 to A8)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rest_framework import serializers

from oncall.models import Availability
from paging.acknowledgements import Acting
from paging.models import Moment, Page
from paging.page_requests import URGENCIES

WORDS = {
    "pending": ("Waiting to be processed", "Waiting to be processed"),
    "accepted": ("Page queued for delivery!", "Moment recorded!"),
    "failed": ("Page could not be created", "Moment could not be created"),
}


class PageForm(serializers.Serializer[Any]):
    """A page. Whatever is wrong with a field is told by the status of the request, not here."""

    title = serializers.CharField(max_length=255)
    text = serializers.CharField()
    recipient = serializers.CharField(help_text="A person's e-mail address, or a team's slug.")
    source_url = serializers.URLField(required=False)
    urgency = serializers.ChoiceField(choices=URGENCIES, required=False)


class MomentForm(serializers.Serializer[Any]):
    """Something that happened; it pages nobody."""

    name = serializers.CharField(max_length=70)
    type = serializers.ChoiceField(choices=Moment.Type.values)
    description = serializers.CharField(required=False)
    priority = serializers.ChoiceField(choices=URGENCIES, required=False)
    source = serializers.CharField(required=False)  # type: ignore[assignment]  # the API's word
    source_url = serializers.URLField(required=False)
    occurred_at = serializers.DateTimeField(required=False)


class SuccessSerializer(serializers.Serializer[Any]):
    """The inner half of the envelope."""

    success = serializers.BooleanField()
    message = serializers.CharField()


class QueuedSerializer(serializers.Serializer[Any]):
    """The answer of a request that is processed later."""

    hotpot_request_id = serializers.UUIDField()
    response = SuccessSerializer()


class StatusSerializer(serializers.ModelSerializer[Page]):
    """What became of a request; it is about the request, not about the page."""

    message_request_id = serializers.UUIDField(source="request_id")
    status = serializers.CharField(source="outcome")
    status_message = serializers.SerializerMethodField()
    errors = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]  # the API's word
    message_id = serializers.CharField(allow_null=True)

    class Meta:
        model = Page
        fields = ["message_request_id", "status", "status_message", "errors", "message_id"]

    def get_status_message(self, page: Page) -> str:
        return WORDS[page.outcome][page.kind == Page.Kind.MOMENT]


class StatusEnvelope(serializers.Serializer[Any]):
    """The answer of `status`."""

    response = StatusSerializer()


class ActingSerializer(serializers.Serializer[Any]):
    """One person's deed."""

    acknowledged_at = serializers.SerializerMethodField()
    acknowledged_by_email = serializers.SerializerMethodField()
    acknowledged_by = serializers.SerializerMethodField()
    status = serializers.CharField()

    def get_acknowledged_at(self, row: Acting) -> str:
        return milliseconds(row.at)

    def get_acknowledged_by_email(self, row: Acting) -> str | None:
        return row.by.email if row.by else None

    def get_acknowledged_by(self, row: Acting) -> str | None:
        return f"orguser_{row.by.public_id.lower()}" if row.by else None


class ActingEnvelope(serializers.Serializer[Any]):
    """The answer of `acknowledgements`."""

    response = ActingSerializer(many=True)


class AvailabilitySerializer(serializers.ModelSerializer[Availability]):
    """One row as it was saved."""

    id = serializers.SerializerMethodField()
    organization_user_id = serializers.SerializerMethodField()
    availability_type = serializers.CharField(source="kind")
    time_range_start = serializers.SerializerMethodField()
    time_range_end = serializers.SerializerMethodField()

    class Meta:
        model = Availability
        fields = [
            "id",
            "organization_user_id",
            "availability_type",
            "name",
            "time_range_start",
            "time_range_end",
            "created_at",
            "updated_at",
        ]

    def get_id(self, row: Availability) -> str:
        return f"avail_{row.public_id.lower()}"

    def get_organization_user_id(self, row: Availability) -> str:
        return f"orguser_{row.user.public_id.lower()}"

    def get_time_range_start(self, row: Availability) -> str:
        return milliseconds(row.starts_at)

    def get_time_range_end(self, row: Availability) -> str:
        return milliseconds(row.ends_at)


def milliseconds(at: datetime) -> str:
    """Return `2024-05-28T20:49:25.029Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
