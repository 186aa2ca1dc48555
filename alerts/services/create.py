"""Open an alert by hand or by API, aimed at people, teams or schedules."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from alerts.models import Alert, LogEntry, Source
from alerts.services import escalations, routers, stakeholders
from alerts.services.destinations import first_team, unknown_destinations
from alerts.services.integrations import direct_paging
from base.errors import NotFound
from oncall.models import User

Kind = LogEntry.Kind


@transaction.atomic
def create_alert(
    *,
    title: str,
    destinations: Iterable[str],
    by: User | None,
    source: Source,
    now: datetime,
    thirdparty_id: str | None = None,
    important: frozenset[str] = frozenset(),
    **fields: Any,
) -> tuple[Alert, bool]:
    """Open an alert and ask the first people at once; return it and whether it is new.

    The destinations in `important` are asked by important rules.
    `destinations` are `usr_…`, `tem_…`, `skd_…` or `rtr_…` with public ids (spec/pagertree A7). With a `thirdparty_id`
    an active alert of the same person and id is joined instead (A12). Raises NotFound naming a destination that does
    not exist: then nothing is created. One that leads to nobody is logged, and an alert without any other is dropped
    at once (A8)."""
    wanted = list(dict.fromkeys(destinations))
    if unknown := unknown_destinations(wanted):
        raise NotFound(f"There is no destination {unknown[0]}.", code=unknown[0])
    key = own_key(by, thirdparty_id)
    if key and (found := _joined(key, now, source)):
        return found, False
    values: dict[str, Any] = {
        "title": title[:500],
        "destinations": wanted,
        "source_user": by,
        "team": first_team(wanted),
        "thirdparty_id": thirdparty_id,
        "created_at": now,
        "updated_at": now,
        **fields,
    }
    values["stakeholders"] = stakeholders.with_teams(values.get("stakeholders", []), wanted)
    if "integration" not in fields:
        values["integration"] = direct_paging(now=now)
    try:
        with transaction.atomic():
            alert = Alert.objects.create(open_key=key, **values)
    except IntegrityError:
        if key and (found := _joined(key, now, source)):
            return found, False
        raise
    escalations.log(alert, Kind.REGISTERED, now, by=by, source=source, detail={"destinations": wanted}, announce=True)
    routers.begin(alert, important=important, now=now)
    return alert, True


def own_key(by: User | None, thirdparty_id: str | None) -> str | None:
    """Return the key under which a person's alerts join by `thirdparty_id`; None never joins."""
    if thirdparty_id is None:
        return None
    digest = hashlib.sha256(thirdparty_id.encode()).hexdigest()
    return f"u{by.pk if by else 0}:{digest}"


def _joined(key: str, now: datetime, source: Source) -> Alert | None:
    alert = Alert.objects.select_for_update(of=("self",)).filter(open_key=key).first()
    if alert is None:
        return None
    count = alert.meta.get("dedup_count")  # may be anything: people write into meta too
    meta = alert.meta | {"dedup_count": count + 1 if isinstance(count, int) else 1}
    Alert.objects.filter(pk=alert.pk).update(meta=meta, events_count=F("events_count") + 1, updated_at=now)
    escalations.log(alert, Kind.DEDUPLICATED, now, source=source)
    alert.refresh_from_db()
    return alert
