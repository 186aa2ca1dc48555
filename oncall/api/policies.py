"""`escalation_policies` (seed 001, spec/oncall-config-api section 3)."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from rest_framework import serializers

from base.errors import Invalid
from oncall.api import policy_rows
from oncall.api.dialect import CrudViewSet
from oncall.api.fields import IdField, PublicIdField, SecondsField, TimeOfDayField, UserListField
from oncall.api.filters import PublicIdFilter
from oncall.models import EscalationChain, EscalationPolicy, PolicyPerson, Schedule, Team, UserGroup, Webhook
from oncall.services import policies

Type = EscalationPolicy.Type
ALWAYS = ("position", "id", "escalation_chain_id", "type")
PERSONS, ROUND_ROBIN = "persons_to_notify", "persons_to_notify_next_each_time"
SPELLING = {
    "important": "important",
    "delay": "duration",
    "persons": PERSONS,
    "schedule": "notify_on_call_from_schedule",
    "user_group": "group_to_notify",
    "team": "team_to_notify",
    "webhook": "action_to_trigger",
    "window_from": "notify_if_time_from",
    "window_to": "notify_if_time_to",
    "num_alerts": "num_alerts_in_window",
    "num_minutes": "num_minutes_in_window",
    "severity": "severity",
}
LARGEST = 2_147_483_647


def wire_fields(type: str) -> frozenset[str]:
    """Return the keys of a policy of this type: exactly these, unset ones as null."""
    own = {SPELLING[name] for name in policies.OWN_FIELDS[type]}
    if type == Type.ROUND_ROBIN:
        own = own - {PERSONS} | {ROUND_ROBIN}
    return frozenset([*ALWAYS, *own])


class TypeField(serializers.ChoiceField):
    """The type of a step, whose refusal has a shape of its own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Type.choices, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in Type.values:
            raise Invalid("Invalid escalation step type")
        return data

    def to_representation(self, value: str) -> Any:
        return value or None


def persons_of(policy: EscalationPolicy) -> list[Any]:
    """Return the people of a policy in their order, from what was prefetched."""
    return [row.user for row in policy.person_rows.all()]


class PersonsField(UserListField):
    """The people of a policy, read."""

    def get_attribute(self, instance: EscalationPolicy) -> list[Any]:
        return persons_of(instance)


class PolicySerializer(serializers.ModelSerializer[EscalationPolicy]):
    """A policy as it is answered: with the keys of its type alone."""

    id = IdField("E")
    escalation_chain_id = PublicIdField("F", source="chain", read_only=True)
    type = TypeField(allow_null=True)
    duration = SecondsField(source="delay", required=False, allow_null=True)
    persons_to_notify = PersonsField(required=False)
    persons_to_notify_next_each_time = PersonsField(required=False)
    notify_on_call_from_schedule = PublicIdField("S", source="schedule", required=False, allow_null=True)
    group_to_notify = PublicIdField("G", source="user_group", required=False, allow_null=True)
    team_to_notify = PublicIdField("T", source="team", required=False, allow_null=True)
    action_to_trigger = PublicIdField("WH", source="webhook", required=False, allow_null=True)
    notify_if_time_from = TimeOfDayField(source="window_from", required=False, allow_null=True)
    notify_if_time_to = TimeOfDayField(source="window_to", required=False, allow_null=True)
    num_alerts_in_window = serializers.IntegerField(source="num_alerts", required=False, allow_null=True)
    num_minutes_in_window = serializers.IntegerField(source="num_minutes", required=False, allow_null=True)

    class Meta:
        model = EscalationPolicy
        fields = [
            "id",
            "escalation_chain_id",
            "position",
            "type",
            "important",
            "duration",
            "persons_to_notify",
            "persons_to_notify_next_each_time",
            "notify_on_call_from_schedule",
            "group_to_notify",
            "team_to_notify",
            "action_to_trigger",
            "notify_if_time_from",
            "notify_if_time_to",
            "num_alerts_in_window",
            "num_minutes_in_window",
            "severity",
        ]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        if isinstance(instance, dict):
            return policy_rows.write(instance, wire_fields)
        wanted = wire_fields(instance.type)
        return {key: value for key, value in super().to_representation(instance).items() if key in wanted}


class PolicyForm(serializers.Serializer[Any]):
    """A policy as it is sent. Fields of other types are checked, then dropped by the service."""

    escalation_chain_id = PublicIdField("F", EscalationChain.objects.all, source="chain")
    position = serializers.IntegerField(required=False)
    manual_order = serializers.BooleanField(required=False)
    type = TypeField()
    important = serializers.BooleanField(required=False)
    duration = SecondsField(source="delay", required=False, allow_null=True)
    persons_to_notify = UserListField(required=False)
    persons_to_notify_next_each_time = UserListField(required=False)
    notify_on_call_from_schedule = PublicIdField(
        "S", Schedule.objects.all, source="schedule", required=False, allow_null=True
    )
    group_to_notify = PublicIdField("G", UserGroup.objects.all, source="user_group", required=False, allow_null=True)
    team_to_notify = PublicIdField("T", Team.objects.all, source="team", required=False, allow_null=True)
    action_to_trigger = PublicIdField(
        "WH", lambda: Webhook.objects.filter(deleted_at=None), source="webhook", required=False, allow_null=True
    )
    notify_if_time_from = TimeOfDayField(source="window_from", required=False, allow_null=True)
    notify_if_time_to = TimeOfDayField(source="window_to", required=False, allow_null=True)
    num_alerts_in_window = serializers.IntegerField(
        source="num_alerts", required=False, allow_null=True, min_value=0, max_value=LARGEST
    )
    num_minutes_in_window = serializers.IntegerField(
        source="num_minutes", required=False, allow_null=True, min_value=0, max_value=LARGEST
    )
    severity = serializers.CharField(required=False, allow_null=True, max_length=100)

    def get_fields(self) -> dict[str, Any]:
        """Fix the chain after creation; let an update empty the type."""
        fields = super().get_fields()
        if self.instance is not None:
            del fields["escalation_chain_id"]
            fields["type"].allow_null = True
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Say which of the two lists of people counts: round robin takes either, its own first."""
        if "type" in attrs:
            attrs["type"] = attrs["type"] or ""
        kind = attrs.get("type", getattr(self.instance, "type", ""))
        lists = {key: attrs.pop(key) for key in (PERSONS, ROUND_ROBIN) if key in attrs}
        key = ROUND_ROBIN if kind == Type.ROUND_ROBIN and self.initial_data.get(ROUND_ROBIN) is not None else PERSONS
        if key in lists:
            attrs["persons"] = lists[key]
        elif kind == Type.ROUND_ROBIN and lists:
            attrs["persons"] = []
        return attrs


class PolicyFilter(filters.FilterSet):
    """How policies are looked up."""

    escalation_chain_id = PublicIdFilter("F", "chain")

    class Meta:
        model = EscalationPolicy
        fields: list[str] = []


class PolicyViewSet(CrudViewSet):
    """Escalation policies: by chain, then by position."""

    prefix = "E"
    queryset = (
        EscalationPolicy.objects.select_related("chain", "schedule", "user_group", "team", "webhook")
        .prefetch_related(Prefetch("person_rows", PolicyPerson.objects.select_related("user")))
        .order_by("chain_id", "position")
    )
    serializer_class = PolicySerializer
    form_class = PolicyForm
    filterset_class = PolicyFilter
    walk = ("chain_id", "position")

    def get_queryset(self) -> Any:
        return policy_rows.rows() if self.action == "list" else super().get_queryset()

    def paginate_queryset(self, queryset: Any) -> Any:
        return policy_rows.fill(super().paginate_queryset(queryset) or [])

    def make(self, values: dict[str, Any]) -> EscalationPolicy:
        return policies.create_policy(values.pop("chain"), **_arguments(values))

    def change(self, instance: EscalationPolicy, values: dict[str, Any]) -> EscalationPolicy:
        return policies.update_policy(instance, **_arguments(values))

    def remove(self, instance: EscalationPolicy) -> None:
        policies.delete_policy(instance)


def _arguments(values: dict[str, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {name: values.pop(name) for name in ("type", "position", "manual_order") if name in values}
    return {**named, "values": values}
