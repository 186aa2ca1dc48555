"""The alert object: every key, always, in the contract's order (spec/pagertree A5)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from alerts.api.fields import IdField, IsoField, UnixField, log_id, spell
from alerts.lifecycle import pagertree_status
from alerts.models import Alert
from oncall.models import User


class AlertSerializer(serializers.ModelSerializer[Alert]):
    """The alert object: every key, always, in the contract's order."""

    sid = serializers.SerializerMethodField()
    id = serializers.SerializerMethodField()
    createdAt = IsoField(source="created_at")  # noqa: N815  the contract's names
    updatedAt = IsoField(source="updated_at")  # noqa: N815
    meta = serializers.DictField(read_only=True)
    tinyId = serializers.IntegerField(source="pk", read_only=True)  # noqa: N815
    parent_id = IdField("alt", source="parent")
    destination_ids = serializers.ListField(source="destinations", child=serializers.CharField(), read_only=True)
    type = serializers.SerializerMethodField()
    status = serializers.SerializerMethodField()
    d_team_id = IdField("tem", source="team")
    d_user_id = IdField("usr", source="holder")
    s_log_id = serializers.SerializerMethodField()
    created = UnixField(source="created_at")
    acknowledged = UnixField(source="acknowledged_at")
    acknowledgedby = serializers.SerializerMethodField()
    resolved = UnixField(source="resolved_at")
    resolvedby = serializers.SerializerMethodField()
    archived = UnixField(source="archived_at")
    archivedby = IdField("usr", source="archived_by")
    livecall = serializers.SerializerMethodField()
    source_id = serializers.SerializerMethodField()
    responses = serializers.ListField(child=serializers.CharField(), read_only=True)
    responses_recorded = serializers.DictField(read_only=True)
    tags = serializers.ListField(child=serializers.CharField(), read_only=True)
    additional_data = serializers.ListField(child=serializers.DictField(), read_only=True)
    stakeholder_ids = serializers.ListField(source="stakeholders", child=serializers.CharField(), read_only=True)
    handoffs = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = Alert
        fields = [
            *("sid", "id", "createdAt", "updatedAt", "meta", "tinyId", "parent_id", "thirdparty_id"),
            *("destination_ids", "title", "description", "type", "subtype", "status", "urgency"),
            *("d_team_id", "d_user_id", "s_log_id"),
            *("created", "acknowledged", "acknowledgedby", "resolved", "resolvedby", "archived", "archivedby"),
            *("livecall", "source_id", "response_requested", "responses", "responses_recorded"),
            *("tags", "additional_data", "stakeholder_ids", "handoffs"),
        ]
        read_only_fields = fields

    def get_fields(self) -> dict[str, Any]:
        """Leave out what was not selected."""
        selected = self.context.get("select")
        return {name: field for name, field in super().get_fields().items() if not selected or name in selected}

    def get_sid(self, alert: Alert) -> str:
        return str(self.context["sid"])

    def get_id(self, alert: Alert) -> str:
        return f"alt_{alert.public_id}"

    def get_type(self, alert: Alert) -> str:
        return "alert"

    def get_status(self, alert: Alert) -> str:
        return pagertree_status(alert.status)

    def get_s_log_id(self, alert: Any) -> str | None:
        return log_id(alert.s_log) if alert.s_log else None

    def get_livecall(self, alert: Alert) -> str | None:
        return None  # no telephone call waits

    def get_source_id(self, alert: Alert) -> str | None:
        return spell("usr", alert.source_user) or spell("int", alert.integration)

    def get_acknowledgedby(self, alert: Alert) -> str | None:
        return _actor(alert, alert.acknowledged_by) if alert.acknowledged_at else None

    def get_resolvedby(self, alert: Alert) -> str | None:
        return _actor(alert, alert.resolved_by) if alert.resolved_at else None


def _actor(alert: Alert, user: User | None) -> str | None:
    """Return who did it: what no person did, the integration did by its own word or its chain's (A5)."""
    return spell("usr", user) or spell("int", alert.integration)
