"""Find events by a part of their payload's JSON text, by an index (alerts/migrations/0005_event_search)."""

from __future__ import annotations

import json
import re

from django.db import connection
from django.db.models import Q, QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast

from alerts.models import Event
from base.errors import Invalid

SHORTEST = 3  # characters: what a trigram index can find
_PIECES = re.compile(r"[%_]+")


def events_with(text: str, events: QuerySet[Event]) -> QuerySet[Event]:
    """Keep the events whose payload has the text, in any case. Raises Invalid for fewer than three characters."""
    if len(text) < SHORTEST:
        raise Invalid(f"Ensure this field has at least {SHORTEST} characters.", field="search")
    # Databases differ in whether they keep JSON escaped: look for both spellings.
    spellings = dict.fromkeys((text, json.dumps(text)[1:-1]))
    wanted = Q()
    for spelling in spellings:
        wanted |= Q(payload_text__icontains=spelling) & _indexed(spelling)
    return events.alias(payload_text=Cast("payload", TextField())).filter(wanted)


def _indexed(spelling: str) -> Q:
    """Narrow by SQLite's index what the condition beside it decides; PostgreSQL's index serves that condition itself.

    Patterns cannot be escaped there, so the longest piece without a wildcard is looked up."""
    piece = max(_PIECES.split(spelling), key=len)
    if connection.vendor != "sqlite" or len(piece) < SHORTEST:
        return Q()
    sql = "SELECT rowid FROM alerts_event_search WHERE payload LIKE %s"
    return Q(pk__in=RawSQL(sql, (f"%{piece}%",)))  # noqa: S611  the statement is a constant
