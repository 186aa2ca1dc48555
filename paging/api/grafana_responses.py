"""`webhooks/{id}/responses` (spec/oncall-config-api section 14): every call of a webhook, and what came back."""

from __future__ import annotations

import json
import re
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from oncall.api.dialect import OnCallViewSet
from oncall.models import Webhook
from paging.channels.webhook import NOT_TRIGGERED
from paging.models import Attempt, Notification

STATUS = re.compile(r"\A(\d{3})\n")


class WebhookResponseSerializer(serializers.ModelSerializer[Attempt]):
    """One call. Whatever is structured is JSON in a text; what housekeeping has forgotten is empty."""

    timestamp = serializers.DateTimeField(source="at", read_only=True)
    url = serializers.SerializerMethodField()
    request_trigger = serializers.CharField(source="notification.webhook.trigger_type", read_only=True)
    request_headers = serializers.SerializerMethodField()
    request_data = serializers.SerializerMethodField()
    status_code = serializers.SerializerMethodField()
    content = serializers.SerializerMethodField()
    event_data = serializers.SerializerMethodField()

    class Meta:
        model = Attempt
        fields = [
            "timestamp",
            "url",
            "request_trigger",
            "request_headers",
            "request_data",
            "status_code",
            "content",
            "event_data",
        ]

    def get_url(self, attempt: Attempt) -> str:
        """Return the address that was called."""
        return str(_sent(attempt).get("url", "")) or _warning(attempt, "url")

    def get_request_headers(self, attempt: Attempt) -> str:
        """Return the headers, credentials masked."""
        headers = _sent(attempt).get("headers")
        return json.dumps(headers) if headers else _warning(attempt, "headers")

    def get_request_data(self, attempt: Attempt) -> str:
        """Return the body."""
        return str(_sent(attempt).get("body", "")) or _warning(attempt, "")

    def get_status_code(self, attempt: Attempt) -> int | None:
        """Return the status; none where nothing came back."""
        found = STATUS.match(attempt.answer)
        return int(found[1]) if found else None

    def get_content(self, attempt: Attempt) -> str:
        """Return what came back, or why nothing did."""
        return "" if _failed_part(attempt) is not None else STATUS.sub("", attempt.answer)

    def get_event_data(self, attempt: Attempt) -> str:
        """Return the event that the call was about."""
        sent = _sent(attempt)
        return str(sent.get("event") or sent.get("body", ""))


def _sent(attempt: Attempt) -> dict[str, Any]:
    content: dict[str, Any] | None = attempt.notification.content
    return content or {}


def _failed_part(attempt: Attempt) -> str | None:
    """Return which template could not be rendered, "" for the body's; None when there was a request."""
    if _sent(attempt) or STATUS.match(attempt.answer) or attempt.outcome != Attempt.Outcome.FAILED or attempt.provider:
        return None
    return next((part for part in ("url", "headers") if attempt.answer.startswith(f"{part}:")), "")


def _warning(attempt: Attempt, part: str) -> str:
    return f"Data - Template Warning: {attempt.answer}" if _failed_part(attempt) == part else ""


class WebhookResponseViewSet(OnCallViewSet):
    """What became of a webhook's calls, the newest first."""

    prefix = "WH"
    queryset = Webhook.objects.filter(deleted_at=None)
    serializer_class = WebhookResponseSerializer

    @extend_schema(responses=WebhookResponseSerializer(many=True))
    @action(detail=True)
    def responses(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of calls."""
        rows = (
            Attempt.objects.filter(
                notification__webhook=self.get_object(), notification__purpose=Notification.Purpose.WEBHOOK
            )
            .exclude(answer__startswith=NOT_TRIGGERED)
            .select_related("notification__webhook")
            .order_by("-pk")
        )
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
