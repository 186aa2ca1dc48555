"""Bulk time off from a CSV file (spec/hotpot-paging-api A8). Synchronous, and with an envelope of its own."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from base.errors import Invalid
from oncall.models import Availability
from oncall.services import availabilities
from oncall.services.availabilities import Row
from paging.api.dialect import BODY_LIMIT, HotpotViewSet
from paging.api.errors import BodyTooLarge
from paging.api.serializers import AvailabilitySerializer, milliseconds

PREVIEW = "This is a preview, nothing was saved. Send the file again with commit=save to save it."
NO_FILE = "file: send the CSV file as multipart/form-data in the field `file`."


class UploadForm(serializers.Serializer[Any]):
    """A CSV file with a header row: email, start_time, end_time, name."""

    file = serializers.FileField()
    commit = serializers.CharField(required=False, help_text="`save` saves; anything else previews.")


class UploadEnvelope(serializers.Serializer[Any]):
    """What was saved, or would be."""

    ok = serializers.BooleanField()
    message = serializers.CharField()
    availabilities = AvailabilitySerializer(many=True, required=False)


class AvailabilityViewSet(HotpotViewSet):
    """When people cannot be on call."""

    serializer_class = AvailabilitySerializer
    queryset = Availability.objects.all()
    parser_classes = [MultiPartParser, FormParser]
    forms = {"upload": UploadForm}
    envelopes = {"upload": UploadEnvelope}

    @action(detail=False, methods=["post"])
    def upload(self, request: Request) -> Response:
        """Preview a file or save it; one row that cannot be used fails all of them."""
        try:
            rows = availabilities.read(self._file(request))
            form: Any = request.data
            commit = form.get("commit", request.query_params.get("commit"))
            return Response(self._saved(rows) if commit == "save" else _previewed(rows))
        except Invalid as error:
            return Response({"ok": False, "message": error.message}, status=400)

    def _file(self, request: Request) -> bytes:
        content_type = request.content_type or ""
        form: Any = request.data if content_type.startswith("multipart/form-data") else {}
        sent: Any = form.get("file")
        if not hasattr(sent, "read"):
            raise Invalid(NO_FILE, field="file")
        if sent.size > BODY_LIMIT:
            raise BodyTooLarge
        content: bytes = sent.read()
        return content

    def _saved(self, rows: list[Row]) -> dict[str, Any]:
        saved = availabilities.save(rows, now=self.now)
        message = f"{len(saved)} availability {'record was' if len(saved) == 1 else 'records were'} created."
        return {"ok": True, "message": message, "availabilities": AvailabilitySerializer(saved, many=True).data}


def _previewed(rows: list[Row]) -> dict[str, Any]:
    return {"ok": True, "message": PREVIEW, "availabilities": [_preview(row) for row in rows]}


def _preview(row: Row) -> dict[str, Any]:
    user = row.user
    return {
        "name": row.name,
        "time_range_start": milliseconds(row.starts_at),
        "time_range_end": milliseconds(row.ends_at),
        "organization_user": {
            "id": f"orguser_{user.public_id.lower()}",
            "username": user.username,
            "email": user.email,
        },
    }
