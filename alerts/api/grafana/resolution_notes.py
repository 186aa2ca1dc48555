"""`resolution_notes` (spec/oncall-runtime-api 2.5)."""

from __future__ import annotations

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers

from alerts.api.grafana.fields import InstantField
from alerts.models import Alert, ResolutionNote
from alerts.services import notes
from oncall.api.dialect import CrudViewSet
from oncall.api.fields import IdField, PublicIdField
from oncall.api.filters import PublicIdFilter
from oncall.models import User

LENGTH = 10_000


class ResolutionNoteSerializer(serializers.ModelSerializer[ResolutionNote]):
    """A note as it is answered."""

    id = IdField("M")
    alert_group_id = PublicIdField("I", source="alert", read_only=True)
    author = PublicIdField("U", read_only=True, allow_null=True)
    source = serializers.ChoiceField(choices=ResolutionNote.Origin.choices, source="origin", read_only=True)  # type: ignore[assignment]
    created_at = InstantField()

    class Meta:
        model = ResolutionNote
        fields = ["id", "alert_group_id", "author", "source", "created_at", "text"]


class ResolutionNoteForm(serializers.Serializer[Any]):
    """A note as it is sent."""

    alert_group_id = PublicIdField("I", Alert.objects.all, source="alert")
    text = serializers.CharField(max_length=LENGTH)

    def get_fields(self) -> dict[str, Any]:
        """Leave the alert out once the note is made."""
        fields = super().get_fields()
        if self.instance is not None:
            del fields["alert_group_id"]
        return fields


class ResolutionNoteFilter(filters.FilterSet):
    """How notes are looked up."""

    alert_group_id = PublicIdFilter("I", "alert")

    class Meta:
        model = ResolutionNote
        fields: list[str] = []


class ResolutionNoteViewSet(CrudViewSet):
    """Notes, those of the newest alert first."""

    prefix = "M"
    write_role = User.Role.EDITOR
    queryset = (
        ResolutionNote.objects.filter(deleted_at=None).select_related("alert", "author").order_by("-alert_id", "-pk")
    )
    serializer_class = ResolutionNoteSerializer
    form_class = ResolutionNoteForm
    filterset_class = ResolutionNoteFilter

    def make(self, values: dict[str, Any]) -> ResolutionNote:
        by: Any = self.request.user
        return notes.create_note(values["alert"], values["text"], by=by, now=self.now)

    def change(self, instance: ResolutionNote, values: dict[str, Any]) -> ResolutionNote:
        return notes.update_note(instance, values.get("text", instance.text))

    def remove(self, instance: ResolutionNote) -> None:
        notes.delete_note(instance, now=self.now)
