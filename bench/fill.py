"""Fill the database with escalations that wait: `manage.py shell` runs it; N comes from BENCH_WAITING."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from alerts.models import Alert, Escalation
from alerts.services import create_integration

NOW = datetime.now(UTC)
PLAN = {"name": "waiting", "chain": "", "final_timeout": 300, "steps": [{"type": "wait", "delay": 300}]}
DOOR = create_integration(type_slug="webhook", name=f"waiting {NOW:%H%M%S}", now=NOW)


def alert(number: int) -> Alert:
    """One open alert that nobody will be asked about today."""
    return Alert(integration=DOOR, title=f"waiting {number}", created_at=NOW, updated_at=NOW)


for start in range(0, int(os.environ["BENCH_WAITING"]), 5000):
    rows = Alert.objects.bulk_create([alert(start + number) for number in range(5000)])
    Escalation.objects.bulk_create(
        [
            Escalation(alert=row, run=1, snapshot=PLAN, cursor=1, started_at=NOW, due_at=NOW + timedelta(days=30))
            for row in rows
        ]
    )
