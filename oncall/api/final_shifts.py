"""`schedules/{id}/final_shifts` (spec/oncall-config-api section 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any

from rest_framework import serializers

from oncall.models import Schedule, User
from oncall.selectors import final_schedule

LONGEST = timedelta(days=365)


class WindowForm(serializers.Serializer[Any]):
    """From when to when, UTC. A date means its first instant, so the end's own day is left out."""

    start_date = serializers.DateTimeField(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d"], default_timezone=UTC)
    end_date = serializers.DateTimeField(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d"], default_timezone=UTC)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Want them in order, and a year at the most."""
        if attrs["start_date"] > attrs["end_date"]:
            raise serializers.ValidationError("start_date must be less than or equal to end_date")
        if attrs["end_date"] - attrs["start_date"] > LONGEST:
            raise serializers.ValidationError(
                "The difference between start_date and end_date must be less than one year (365 days)"
            )
        return attrs


class FinalShiftSerializer(serializers.Serializer[Any]):
    """One person on call from one instant to another."""

    user_pk = serializers.CharField()
    user_email = serializers.CharField()
    user_username = serializers.CharField()
    shift_start = serializers.DateTimeField()
    shift_end = serializers.DateTimeField()


def final_shifts(schedule: Schedule, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return the resolved schedule in the envelope of a list that has one page, whatever its length."""
    form = WindowForm(data=query)
    form.is_valid(raise_exception=True)
    pieces = final_schedule(schedule, form.validated_data["start_date"], form.validated_data["end_date"])
    people = User.objects.in_bulk({pk for piece in pieces for pk in piece.users})
    rows = [
        {
            "user_pk": f"U{people[pk].public_id}",
            "user_email": people[pk].email,
            "user_username": people[pk].username,
            "shift_start": piece.start,
            "shift_end": piece.end,
        }
        for piece in pieces
        for pk in piece.users
    ]
    return {
        "count": len(rows),
        "next": None,
        "previous": None,
        "results": rows,
        "current_page_number": 1,
        "page_size": 50,
        "total_pages": 1,
    }
