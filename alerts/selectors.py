"""Questions about alerts, for the console; nothing here changes a row."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from alerts.forecast import Next, forecast
from alerts.models import Alert, Escalation
from oncall.models import Schedule, Team, User, UserGroup, Webhook
from oncall.plan import Plan, Step


def what_next(alert: Alert, now: datetime) -> list[Next]:
    """Return what is planned for the alert, the soonest first: a fixed number of queries."""
    rows = list(alert.escalations.filter(status__in=Escalation.LIVE, run=alert.run))
    names = _Names(rows)
    coming = [step for row in rows for step in forecast(row, names, now=now)]
    if alert.silenced_until:
        coming.append(Next(max(alert.silenced_until, now), "The silence ends: asks from the first policy on"))
    return sorted(coming, key=lambda step: (step.at is None, step.at or now))


class _Names:
    """Who and what steps mean, fetched once for all of them."""

    def __init__(self, rows: Iterable[Escalation]) -> None:
        steps = [step for row in rows for step in Plan.from_json(row.snapshot).steps]
        self._users = User.objects.in_bulk({pk for step in steps for pk in step.persons})
        self._schedules = Schedule.objects.in_bulk({step.schedule for step in steps if step.schedule})
        self._teams = Team.objects.in_bulk({step.team for step in steps if step.team})
        self._groups = UserGroup.objects.in_bulk({step.user_group for step in steps if step.user_group})
        self._webhooks = Webhook.objects.in_bulk({step.webhook for step in steps if step.webhook})

    def __call__(self, step: Step) -> str:
        """Return whom or what the step concerns; empty when it says nothing more."""
        found = [
            *(self._users.get(pk) for pk in step.persons),
            self._schedules.get(step.schedule or 0),
            self._teams.get(step.team or 0),
            self._groups.get(step.user_group or 0),
            self._webhooks.get(step.webhook or 0),
        ]
        return ", ".join(str(row) for row in found if row is not None)
