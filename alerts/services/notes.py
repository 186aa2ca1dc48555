"""Resolution notes: what people wrote down about how an alert ended."""

from __future__ import annotations

from datetime import datetime

from alerts.models import Alert, ResolutionNote
from base.errors import Invalid
from oncall.models import User

Origin = ResolutionNote.Origin
FOREIGN = "Cannot update message with this source type"


def create_note(alert: Alert, text: str, *, by: User | None, now: datetime) -> ResolutionNote:
    """Write a note down. Raises Invalid for an alert whose texts were deleted."""
    if alert.wiped_at is not None:
        raise Invalid("A wiped alert group takes no resolution notes.", field="alert_group_id")
    return ResolutionNote.objects.create(alert=alert, author=by, text=text, created_at=now)


def update_note(note: ResolutionNote, text: str) -> ResolutionNote:
    """Change the text. Raises Invalid where the note was written elsewhere: it would be overwritten from there."""
    if note.origin != Origin.WEB:
        raise Invalid(FOREIGN)
    note.text = text
    note.save(update_fields=["text"])
    return note


def delete_note(note: ResolutionNote, *, now: datetime) -> None:
    """Show the note to nobody any more."""
    ResolutionNote.objects.filter(pk=note.pk, deleted_at=None).update(deleted_at=now)
