"""Fill the database with BENCH_WAITING escalations that wait, and as many policies: `manage.py shell` runs it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from django.db import connection

from alerts.models import Alert, Escalation, Event
from alerts.services import create_integration
from oncall.models import EscalationChain, EscalationPolicy

NOW = datetime.now(UTC)
PLAN = {"name": "waiting", "chain": "", "final_timeout": 300, "steps": [{"type": "wait", "delay": 300}]}
DOOR = create_integration(type_slug="webhook", name=f"waiting {NOW:%H%M%S}", now=NOW)


def alert(number: int) -> Alert:
    """One open alert that nobody will be asked about today."""
    return Alert(integration=DOOR, title=f"waiting {number}", created_at=NOW, updated_at=NOW, events_count=1)


for start in range(0, int(os.environ["BENCH_WAITING"]), 5000):
    rows = Alert.objects.bulk_create([alert(start + number) for number in range(5000)])
    Event.objects.bulk_create([Event(alert=row, received_at=NOW, payload={"title": row.title}) for row in rows])
    Escalation.objects.bulk_create(
        [
            Escalation(alert=row, run=1, snapshot=PLAN, cursor=1, started_at=NOW, due_at=NOW + timedelta(days=30))
            for row in rows
        ]
    )

for start in range(0, int(os.environ["BENCH_WAITING"]), 5000):
    CHAINS = EscalationChain.objects.bulk_create(
        [EscalationChain(name=f"filled {NOW:%H%M%S} {start + number}") for number in range(0, 5000, 50)]
    )
    EscalationPolicy.objects.bulk_create(
        [
            EscalationPolicy(chain=row, position=number, type="wait" if number % 2 else "notify_persons")
            for row in CHAINS
            for number in range(50)
        ]
    )
if connection.vendor == "postgresql":
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
