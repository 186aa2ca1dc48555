"""Who acted on a page and how, read from the log of its alert (spec/hotpot-paging-api A6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alerts.models import LogEntry
from oncall.models import User
from paging.models import Page

Kind = LogEntry.Kind
WORDS = {
    Kind.ACKNOWLEDGED: "handled",
    Kind.RESOLVED: "handled",
    Kind.SILENCED: "snoozed",
    Kind.HANDED_OFF: "escalated",
}
REOPENS = (Kind.UNACKNOWLEDGED, Kind.UNRESOLVED, Kind.HANDED_OFF)


@dataclass(frozen=True, slots=True)
class Acting:
    """One person's deed. `by` is None where no person did it: a chain, a monitor."""

    at: datetime
    by: User | None
    status: str


def of_page(page: Page) -> list[Acting]:
    """Return what was done, oldest first; handling what is handled adds nothing."""
    if page.alert_id is None:
        return []
    kinds = [*WORDS, *REOPENS]
    rows = LogEntry.objects.filter(alert=page.alert_id, kind__in=kinds).select_related("actor").order_by("pk")
    found: list[Acting] = []
    handled = False
    for row in rows:
        word = WORDS.get(Kind(row.kind))
        if word and not (word == "handled" and handled):
            found.append(Acting(row.at, row.actor, word))
        handled = (handled or word == "handled") and row.kind not in REOPENS
    return found
