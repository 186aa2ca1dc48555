"""`webhooks` (spec/oncall-config-api section 14): here because templates and integrations are."""

from __future__ import annotations

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts.models import Integration
from alerts.rendering import check_syntax
from base.errors import Invalid
from oncall.api.dialect import CrudViewSet
from oncall.api.fields import IdField, PublicIdField, public_id
from oncall.api.filters import ExactFilter, TeamFilter
from oncall.models import Team, Webhook
from oncall.services import webhooks

MASK = "*" * 16
SECRETS = ("password", "authorization_header")
PRESETS = ("advanced_webhook", webhooks.SIMPLE_PRESET)
METHODS, TRIGGERS = list(Webhook.Method.values), list(Webhook.Trigger.values)


class OptionalText(serializers.CharField):
    """A text that may be null; the empty one is null too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, allow_blank=True, trim_whitespace=False, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(data) or None


def refuse_bad_template(text: str | None) -> None:
    """Raise ValidationError when a template cannot be compiled; what it would render is not looked at."""
    if text and (reason := check_syntax(text)):
        raise serializers.ValidationError(reason)


class MethodField(serializers.ChoiceField):
    """The verb of the call."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Webhook.Method.choices, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in METHODS:
            raise serializers.ValidationError(f"Must be one of {METHODS}")
        return data


class TriggerField(serializers.ChoiceField):
    """What makes the call, whose refusal has a shape of its own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Webhook.Trigger.choices, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in TRIGGERS:
            raise Invalid(f"trigger_type must one of {TRIGGERS}")
        return data


class PresetField(serializers.ChoiceField):
    """Who fills in the rest. Clients that know no presets send the empty text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=PRESETS, required=False, allow_null=True, allow_blank=True, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if data != "" and data not in PRESETS:
            raise serializers.ValidationError("Preset webhooks must be modified through web UI")
        return data or None


@extend_schema_field({"type": "array", "items": {"type": "string"}, "nullable": True})
class IntegrationsField(serializers.Field):
    """The integrations that a webhook is for: their ids as sent; null and the empty list mean all of them."""

    default_error_messages = {
        "not_a_list": 'Expected a list of items but got type "{input_type}".',
        "unknown": "Integration does not exist {{{ids}}}",
        "long": "Ensure this field has no more than {limit} elements.",
    }
    LIMIT = 500

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, []) if data is None else super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        if len(data) > self.LIMIT:
            self.fail("long", limit=self.LIMIT)
        bare = [public_id(value, "C") for value in data]
        rows = Integration.objects.filter(deleted_at=None, public_id__in=[each for each in bare if each])
        known = set(rows.values_list("public_id", flat=True))
        unknown = dict.fromkeys(str(value) for value, each in zip(data, bare, strict=True) if each not in known)
        if unknown:
            self.fail("unknown", ids=", ".join(repr(value) for value in unknown))
        return list(dict.fromkeys(data))

    def to_representation(self, value: list[str]) -> list[str] | None:
        return value or None


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """A webhook as it is answered: secrets are masked."""

    id = IdField("WH")
    is_webhook_enabled = serializers.BooleanField(source="enabled", read_only=True)
    team = PublicIdField("T", read_only=True, allow_null=True)
    integration_filter = IntegrationsField(read_only=True)

    class Meta:
        model = Webhook
        fields = [
            "id",
            "name",
            "is_webhook_enabled",
            "team",
            "data",
            "username",
            "password",
            "authorization_header",
            "trigger_template",
            "headers",
            "url",
            "forward_all",
            "http_method",
            "trigger_type",
            "integration_filter",
            "preset",
        ]

    def to_representation(self, instance: Webhook) -> dict[str, Any]:
        written = super().to_representation(instance)
        return {key: MASK if key in SECRETS and value else value for key, value in written.items()}


class WebhookForm(serializers.Serializer[Any]):
    """A webhook as it is sent."""

    name = serializers.CharField(max_length=100)
    is_webhook_enabled = serializers.BooleanField(source="enabled", required=False)
    team = PublicIdField("T", Team.objects.all, nulls=["null"], required=False, allow_null=True)
    url = serializers.CharField(validators=[refuse_bad_template])
    http_method = MethodField()
    trigger_type = TriggerField()
    trigger_template = OptionalText(validators=[refuse_bad_template])
    headers = OptionalText(validators=[refuse_bad_template])
    data = OptionalText(validators=[refuse_bad_template])  # type: ignore[assignment]
    username = OptionalText(max_length=100)
    password = OptionalText(max_length=1000)
    authorization_header = OptionalText(max_length=2000)
    forward_all = serializers.BooleanField(required=False)
    integration_filter = IntegrationsField(required=False)
    preset = PresetField()

    def get_fields(self) -> dict[str, Any]:
        """Want neither verb nor trigger where the preset decides them."""
        fields = super().get_fields()
        sent = getattr(self, "initial_data", None)
        if isinstance(sent, dict) and sent.get("preset") == webhooks.SIMPLE_PRESET:
            fields["http_method"].required = fields["trigger_type"].required = False
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Read the mask as what is stored: clients send back what they were answered."""
        return {key: value for key, value in attrs.items() if key not in SECRETS or value != MASK}


class WebhookFilter(filters.FilterSet):
    """How webhooks are looked up."""

    name = ExactFilter("name")
    team_id = TeamFilter()

    class Meta:
        model = Webhook
        fields: list[str] = []


class WebhookViewSet(CrudViewSet):
    """Outgoing webhooks, in the order of their creation."""

    prefix = "WH"
    queryset = Webhook.objects.filter(deleted_at=None).select_related("team").order_by("pk")
    serializer_class = WebhookSerializer
    form_class = WebhookForm
    filterset_class = WebhookFilter
    unique_text = "The fields name, organization must make a unique set."

    def make(self, values: dict[str, Any]) -> Webhook:
        return webhooks.create_webhook(values)

    def change(self, instance: Webhook, values: dict[str, Any]) -> Webhook:
        return webhooks.update_webhook(instance, values)

    def remove(self, instance: Webhook) -> None:
        webhooks.delete_webhook(instance, now=self.now)
