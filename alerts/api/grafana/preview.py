"""`integrations/{id}/preview_template`: what a template makes of a stored payload, before it is saved.

Ours; the original has it for its own console only."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts import ingest
from alerts.ingest.reading import Reader
from alerts.ingest.templates import TEMPLATE_KEYS
from alerts.models import Event, Integration
from alerts.rendering import MAX_RESULT, MAX_TEMPLATE, MAX_TITLE, RenderingError, render
from base.errors import Invalid
from oncall.api.dialect import CrudViewSet
from oncall.api.fields import public_id

ALERT_PREFIXES = ("A", "I")  # an event, or the newest one of an alert


class PreviewForm(serializers.Serializer[Any]):
    """A template, and what it is tried on: a payload, else an alert, else the integration's newest payload."""

    template_name = serializers.ChoiceField(TEMPLATE_KEYS)
    template_body = serializers.CharField(allow_blank=True, allow_null=True, max_length=MAX_TEMPLATE, required=False)
    alert_id = serializers.CharField(required=False, allow_null=True)
    payload = serializers.JSONField(required=False)


class PreviewSerializer(serializers.Serializer[Any]):
    """What came of it. `preview` is what would be used: where the template fails, the text of the default."""

    preview = serializers.CharField(allow_null=True)
    error = serializers.CharField(allow_null=True)
    is_default = serializers.BooleanField()


class PreviewAction(CrudViewSet):
    """Tries a template out."""

    @extend_schema(request=PreviewForm, responses=PreviewSerializer, filters=False)
    @action(detail=True, methods=["post"])
    def preview_template(self, request: Request, **kwargs: Any) -> Response:
        """Render a template with a stored payload. Nothing is changed."""
        integration: Integration = self.get_object()
        form = PreviewForm(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        payload = asked["payload"] if "payload" in asked else self._stored(integration, asked.get("alert_id"))
        return Response(self._preview(integration, asked["template_name"], asked.get("template_body"), payload))

    def _stored(self, integration: Integration, alert_id: str | None) -> Any:
        events = Event.objects.filter(alert__integration=integration).order_by("-pk")
        if alert_id is not None:
            as_event, as_alert = (public_id(alert_id, prefix) for prefix in ALERT_PREFIXES)
            found = {"public_id": as_event} if as_event else {"alert__public_id": as_alert}
            events = events.filter(**found)
        event = events.first()
        if event is None:
            raise Invalid("There is no stored payload to try it on.", field="alert_id")
        return event.payload

    def _preview(self, integration: Integration, name: str, body: str | None, payload: Any) -> dict[str, Any]:
        kind = ingest.integration_type(integration.type)
        limit = MAX_TITLE if name == "web_title" else MAX_RESULT
        reader = Reader(kind, payload, integration.templates, None, self.now)
        for told in ("web_title", "web_message", "web_image_url", "source_link"):
            if not name.startswith("web_") and name != told:
                reader.context[told] = reader.shown(told, limit)
        reader.context["integration_name"] = integration.name
        default = reader.by_default(name, limit)
        if body is None:
            return {"preview": default, "error": None, "is_default": True}
        try:
            return {
                "preview": render(body, reader.context, now=self.now, limit=limit),
                "error": None,
                "is_default": False,
            }
        except RenderingError as error:
            return {"preview": default, "error": str(error), "is_default": True}
