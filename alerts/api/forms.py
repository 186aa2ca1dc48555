"""What the PagerTree API takes in, and what it refuses (spec/pagertree A5, A7, A10, A11, A13)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from alerts.api.inputs import (
    AdditionalData,
    DestinationIds,
    Flag,
    Meta,
    ParentId,
    Responses,
    StakeholderIds,
    Strings,
    Tags,
    Text,
    WholeNumber,
    Word,
)
from alerts.models import Alert
from alerts.models.integrations import Urgency

LENGTH = 500  # of the columns


class EditAlertForm(serializers.Serializer[Any]):
    """What a client may change; everything else in the body is ignored, so that a whole object may be sent back."""

    meta = Meta(required=False)
    parent_id = ParentId(source="parent", required=False, allow_null=True)
    thirdparty_id = Text(required=False, allow_null=True, max_length=LENGTH, empty_is_null=True)
    title = Text(required=False, max_length=LENGTH, blank=False)
    description = Text(required=False, allow_null=True)
    urgency = Word(Urgency.values, required=False, default_word=Urgency.MEDIUM)
    tags = Tags(required=False)
    additional_data = AdditionalData(required=False)
    stakeholder_ids = StakeholderIds(source="stakeholders", required=False)


class CreateAlertForm(serializers.Serializer[Any]):
    """An alert as a client asks for it, in the order of the contract's table."""

    meta = Meta(required=False)
    parent_id = ParentId(source="parent", required=False, allow_null=True)
    thirdparty_id = Text(required=False, allow_null=True, max_length=LENGTH, empty_is_null=True)
    destination_ids = DestinationIds(source="destinations")
    title = Text(max_length=LENGTH, blank=False)
    description = Text(required=False, allow_null=True)
    type = Word(["alert"], required=False, default_word="alert")
    subtype = Word(Alert.Subtype.values, required=False, default_word=Alert.Subtype.ALERT)
    urgency = Word(Urgency.values, required=False, default_word=Urgency.MEDIUM)
    response_requested = Flag(required=False)
    responses = Responses(required=False)
    tags = Tags(required=False)
    additional_data = AdditionalData(required=False)
    stakeholder_ids = StakeholderIds(source="stakeholders", required=False)

    def to_internal_value(self, data: Any) -> Any:
        """Check the rules between fields together with those of each, so that one answer names them all."""
        errors: dict[str, Any] = {}
        values: Any = None
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as exc:
            errors = dict(exc.detail) if isinstance(exc.detail, dict) else {"": exc.detail}
        for field, text in _between_fields(data).items():
            errors.setdefault(field, [text])
        if errors:
            order = list(self.fields)
            raise serializers.ValidationError({name: errors[name] for name in sorted(errors, key=order.index)})
        values.pop("type", None)
        return values


def _between_fields(data: Any) -> dict[str, str]:
    found = {}
    if data.get("response_requested") is True and not data.get("responses"):
        found["responses"] = "say which responses there are when one is requested"
    destinations = data.get("destination_ids")
    if data.get("subtype") == Alert.Subtype.BROADCAST and isinstance(destinations, list):
        wrong = [item for item in destinations if isinstance(item, str) and not item.startswith(("usr_", "tem_"))]
        if wrong:
            found["destination_ids"] = f"a broadcast goes to users and teams; '{wrong[0]}' is neither"
    return found


class RespondForm(serializers.Serializer[Any]):
    """An answer to a broadcast: the number of the response, from 0."""

    value = WholeNumber()


class MassActionForm(serializers.Serializer[Any]):
    """One verb for many alerts."""

    type = Word(["acknowledge", "reject", "resolve", "archive", "delete"], default_word="")
    alert_ids = Strings()


class HandoffForm(serializers.Serializer[Any]):
    """Where an alert goes on. Whether it exists is asked only once the alert's status allows it (A9)."""

    to = Text(blank=False, max_length=40)
