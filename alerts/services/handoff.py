"""Give an alert to somebody else, who has to take it anew (spec/pagertree A10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from alerts.lifecycle import Door, Verb, is_allowed
from alerts.models import Alert, LogEntry, Source
from alerts.services import escalations, stakeholders
from alerts.services.advance import advance_now
from alerts.services.moves import UNACKNOWLEDGED, UNSILENCED, move
from base.errors import Invalid
from oncall.models import Team, User


@transaction.atomic
def hand_off(alert: Alert, *, to: str, by: User, source: Source, now: datetime, door: Door = Door.DOMAIN) -> bool:
    """Reopen the alert for a person or team, `usr_…` or `tem_…`, and ask them in this transaction.

    False when its status does not allow it. Raises Invalid when there is nobody of that id."""
    locked = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    if not is_allowed(Verb.HAND_OFF, locked.status, door):
        alert.refresh_from_db()
        return False
    owner = _owner(to)
    entry = {
        "to": to,
        "from": f"usr_{by.public_id}",
        "time": int(now.timestamp()),
        "acknowledged": locked.acknowledged_at and int(locked.acknowledged_at.timestamp()),
    }
    changes: dict[str, Any] = UNACKNOWLEDGED | UNSILENCED | {"dropped_at": None}
    changes |= {"handoffs": [*locked.handoffs, entry]}
    changes |= {"team": owner} if isinstance(owner, Team) else {"holder": owner}
    changes |= {"stakeholders": stakeholders.with_teams(locked.stakeholders, [to])}
    if not move(alert, Verb.HAND_OFF, now=now, door=door, **changes):
        return False
    escalations.stop(alert, now=now)
    detail: dict[str, object] = {"to": to}
    escalations.log(
        alert, LogEntry.Kind.HANDED_OFF, now, by=by, source=source, text=f"To {owner}.", detail=detail, announce=True
    )
    advance_now(escalations.start(alert, now=now), now=now)
    alert.refresh_from_db()
    return True


def _owner(to: str) -> User | Team:
    kind, _, bare = to.partition("_")
    found: User | Team | None = None
    if kind == "usr":
        found = User.objects.filter(public_id=bare, is_active=True).first()
    elif kind == "tem":
        found = Team.objects.filter(public_id=bare).first()
    if found is None:
        raise Invalid(f"to: there is no user or team '{to}'", field="to")
    return found
