"""Make a thousand escalations that fall due in one instant, three seconds ahead; print their run and that instant."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from alerts.models import Alert, Escalation, Integration
from oncall.models import User

NOW = datetime.now(UTC)
DUE = NOW + timedelta(seconds=6)
RUN = uuid.uuid4().hex[:8]
DOOR = Integration.objects.order_by("-pk").first()
ALICE = User.objects.get(email="alice@example.org")
STEPS = [{"type": "notify_persons", "persons": [ALICE.pk]}]
PLAN = {"name": "instant", "chain": "", "final_timeout": 300, "steps": STEPS}

ROWS = Alert.objects.bulk_create(
    [Alert(integration=DOOR, title=f"bench-{RUN}-{number}", created_at=NOW, updated_at=NOW) for number in range(1000)]
)
Escalation.objects.bulk_create(
    [Escalation(alert=row, run=1, snapshot=PLAN, started_at=NOW, due_at=DUE) for row in ROWS]
)
print(RUN)
print(DUE.timestamp())
