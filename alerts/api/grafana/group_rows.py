"""`alert_groups` as they are answered: read as plain rows, since a page of fifty is asked for often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery

from alerts.models import Alert, AlertLabel, Event

COLUMNS = (
    "pk",
    "public_id",
    "events_count",
    "state",
    "title",
    "created_at",
    "resolved_at",
    "acknowledged_at",
    "silenced_at",
    "wiped_at",
    "integration__public_id",
    "team__public_id",
    "route__public_id",
    "resolved_by__public_id",
    "acknowledged_by__public_id",
)
Row = dict[str, Any]


def rows(queryset: QuerySet[Alert]) -> QuerySet[Alert, Row]:
    """Return the queryset as rows that `fill` and `write` understand."""
    newest = Event.objects.filter(alert=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    return queryset.annotate(newest=Subquery(newest)).values(*COLUMNS, "newest")


def fill(found: Iterable[Row]) -> list[Row]:
    """Give each row its newest event and its labels, by two queries."""
    filled = list(found)
    newest = [row["newest"] for row in filled if row["newest"]]
    events = Event.objects.filter(pk__in=newest).order_by().values("pk", "public_id", "received_at", "payload")
    by_pk = {event["pk"]: event for event in events}
    labels: dict[int, list[tuple[str, str]]] = defaultdict(list)
    pairs = AlertLabel.objects.filter(alert__in=[row["pk"] for row in filled]).order_by("key")
    for alert, key, value in pairs.values_list("alert_id", "key", "value"):
        labels[alert].append((key, value))
    for row in filled:
        row["event"], row["labels"] = by_pk.get(row["newest"]), labels[row["pk"]]
    return filled


def write(row: Row) -> dict[str, Any]:
    """Return the alert in this dialect's words."""
    own_id, event = f"I{row['public_id']}", row["event"]
    return {
        "id": own_id,
        "integration_id": _spelled("C", row["integration__public_id"]),
        "team_id": _spelled("T", row["team__public_id"]),
        "route_id": _spelled("R", row["route__public_id"]),
        "alerts_count": row["events_count"],
        "state": row["state"],
        "created_at": _instant(row["created_at"]),
        "resolved_at": _instant(row["resolved_at"]),
        "resolved_by": _spelled("U", row["resolved_by__public_id"]),
        "acknowledged_at": _instant(row["acknowledged_at"]),
        "acknowledged_by": _spelled("U", row["acknowledged_by__public_id"]),
        "labels": [label(key, value) for key, value in row["labels"]],
        "title": None if row["wiped_at"] else row["title"],
        "permalinks": {"slack": None, "slack_app": None, "telegram": None, "web": _console_url(row["pk"])},
        "silenced_at": _instant(row["silenced_at"]),
        "last_alert": event
        and {
            "id": f"A{event['public_id']}",
            "alert_group_id": own_id,
            "created_at": _instant(event["received_at"]),
            "payload": event["payload"],
        },
    }


def label(key: str, value: str) -> dict[str, dict[str, str]]:
    """Return a label as it is written: it has no other id than its name."""
    return {"key": {"id": key, "name": key}, "value": {"id": value, "name": value}}


def _spelled(prefix: str, bare: str | None) -> str | None:
    return None if bare is None else prefix + bare


def _instant(at: datetime | None) -> str | None:
    """UTC with six digits behind the second, always: the database gives instants in UTC."""
    return None if at is None else f"{at.isoformat(timespec='microseconds')[:26]}Z"


def _console_url(pk: int) -> str:
    return f"{settings.TOCSIN_BASE_URL}/admin/alerts/alert/{pk}/change/"
