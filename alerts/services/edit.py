"""Change what an alert says, or delete it. Neither pages anybody, and no edit moves its status."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from alerts.models import Alert, LogEntry, Source
from alerts.services import escalations
from alerts.services.create import own_key
from base.errors import Conflict, Invalid
from oncall.models import User

logger = logging.getLogger(__name__)
TAKEN = "Another active alert of the same source has this thirdparty_id."


def merge_patch(target: Any, patch: Any) -> Any:
    """Merge by key: `null` deletes one, arrays replace whole (RFC 7396)."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


@transaction.atomic
def edit_alert(alert: Alert, changes: Mapping[str, Any], *, by: User | None, source: Source, now: datetime) -> bool:
    """Set the given fields, merge `meta` into what is there; False when nothing was different.

    Raises Invalid for a parent that is the alert itself or below it, Conflict for a `thirdparty_id` that is taken."""
    locked = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    wanted = dict(changes)
    if "meta" in wanted:
        wanted["meta"] = merge_patch(locked.meta, wanted["meta"])
    values = {name: value for name, value in wanted.items() if getattr(locked, name) != value}
    if not values:
        return False
    if values.get("parent") is not None:
        _refuse_cycle(locked, values["parent"])
    log_text = f"Changed: {', '.join(values)}."
    if "thirdparty_id" in values:
        values |= _regrouped(locked, values["thirdparty_id"])
    try:
        with transaction.atomic():
            Alert.objects.filter(pk=alert.pk).update(updated_at=now, **values)
    except IntegrityError as exc:
        raise Conflict(TAKEN) from exc
    escalations.log(locked, LogEntry.Kind.NOTE, now, by=by, source=source, text=log_text)
    alert.refresh_from_db()
    return True


def _refuse_cycle(alert: Alert, parent: Alert) -> None:
    above: Alert | None = parent
    seen: set[int] = set()
    while above is not None and above.pk not in seen:
        if above.pk == alert.pk:
            raise Invalid("parent_id: an alert cannot be its own parent", field="parent_id")
        seen.add(above.pk)
        above = above.parent


def _regrouped(alert: Alert, thirdparty_id: str | None) -> dict[str, Any]:
    """Return the key under which the alert joins from now on. A monitor's alert keeps the monitor's own key."""
    if alert.has_ended:
        return {}
    if not alert.dedup_key:
        return {"open_key": own_key(alert.source_user, thirdparty_id)}
    others = Alert.objects.filter(integration=alert.integration_id, thirdparty_id=thirdparty_id, source_user=None)
    if thirdparty_id is not None and others.exclude(status__in=Alert.ENDED).exists():
        raise Conflict(TAKEN)
    return {}


@transaction.atomic
def delete_alert(alert: Alert, *, by: User | None, source: Source) -> None:
    """Remove the alert with all that belongs to it: nobody is asked or told any more. Its children stay."""
    locked = Alert.objects.select_for_update(of=("self",)).get(pk=alert.pk)
    logger.info("alert %s deleted by %s through %s", locked.public_id, by and by.username, source.label)
    locked.delete()
