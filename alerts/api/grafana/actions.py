"""`actions` (spec/oncall-config-api section 15): the old name of webhooks, the same objects in other words."""

from __future__ import annotations

from rest_framework import serializers

from alerts.api.grafana.webhooks import (
    IntegrationsField,
    MethodField,
    OptionalText,
    TriggerField,
    WebhookForm,
    WebhookSerializer,
    WebhookViewSet,
)
from oncall.api.fields import PublicIdField
from oncall.models import Team, Webhook


class ActionSerializer(WebhookSerializer):
    """A webhook as it is answered under its old name."""

    team_id = PublicIdField("T", source="team", read_only=True, allow_null=True)
    user = serializers.CharField(source="username", read_only=True, allow_null=True)
    forward_whole_payload = serializers.BooleanField(source="forward_all", read_only=True)
    team = None  # type: ignore[assignment]  # declared away

    class Meta:
        model = Webhook
        fields = [
            "id",
            "name",
            "is_webhook_enabled",
            "team_id",
            "data",
            "user",
            "password",
            "authorization_header",
            "trigger_template",
            "headers",
            "url",
            "forward_whole_payload",
            "http_method",
            "trigger_type",
            "integration_filter",
        ]


class ActionForm(WebhookForm):
    """A webhook as it is sent under its old name: verb and trigger are POST and `escalation` unless it says so."""

    team_id = PublicIdField("T", Team.objects.all, nulls=["null"], source="team", required=False, allow_null=True)
    user = OptionalText(source="username", max_length=100)
    forward_whole_payload = serializers.BooleanField(source="forward_all", required=False)
    http_method = MethodField(required=False)
    trigger_type = TriggerField(required=False)
    integration_filter = IntegrationsField(required=False)
    team = username = forward_all = preset = None  # type: ignore[assignment]  # declared away


class ActionViewSet(WebhookViewSet):
    """Outgoing webhooks under their old name."""

    serializer_class = ActionSerializer
    form_class = ActionForm
