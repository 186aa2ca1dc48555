"""On-call shifts: rules that put people on call (spec/oncall-config-api section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from base.errors import Invalid, NotFound
from oncall.models import OnCallShift, Organization, Schedule, User
from oncall.rotation import to_utc
from oncall.services.schedules import NO_OVERRIDES

Type = OnCallShift.Type
Frequency = OnCallShift.Frequency
A_SECOND = timedelta(seconds=1)

_REPEATING = ("level", "frequency", "interval", "until", "week_start", "by_day", "by_month", "by_monthday")
# What belongs to a type besides name, team, zone, start, duration and rotation_start.
OWN_FIELDS: dict[str, frozenset[str]] = {
    Type.SINGLE_EVENT: frozenset({"level", "users"}),
    Type.RECURRENT_EVENT: frozenset({*_REPEATING, "users"}),
    Type.ROLLING_USERS: frozenset({*_REPEATING, "rolling_users", "start_index"}),
    Type.OVERRIDE: frozenset({"owner", "users"}),
}
UNSET: dict[str, Any] = {
    "level": 0,
    "frequency": None,
    "interval": None,
    "until": None,
    "week_start": None,
    "by_day": [],
    "by_month": [],
    "by_monthday": [],
    "rolling_users": [],
    "start_index": 0,
    "users": [],
}
NO_INDEX = "Field 'start_rotation_from_user_index' is required for this on-call shift type"
HONOURED_SOURCES = (0, 3)  # web and Terraform; every other one counts as the API


def create_shift(values: Mapping[str, Any]) -> OnCallShift:
    """Make a shift of values named like the model's fields; `users` is a list of users, `rolling_users` one of such.

    Fields of other types are ignored. An override may name the schedule it belongs to as `owner`. Raises Invalid.
    """
    kind = values["type"]
    own = {**UNSET, **_own(kind, values)}
    if own["frequency"] and "interval" not in values:
        own["interval"] = 1
    _check(kind, own, changed=True)
    if kind == Type.ROLLING_USERS and "start_index" not in values:
        raise Invalid(NO_INDEX)
    users = own.pop("users")
    source = values.get("source")
    with transaction.atomic():
        shift = OnCallShift.objects.create(**{**own, "source": source if source in HONOURED_SOURCES else 1})
        shift.users.set(users)
    return shift


def update_shift(shift: OnCallShift, values: Mapping[str, Any]) -> OnCallShift:
    """Change what is given; fields of other types than the (new) one are emptied. See `create_shift`."""
    with transaction.atomic():
        shift = _fresh(shift.pk)
        kind = values.get("type", shift.type)
        own = _own(kind, values)
        kept = {name: getattr(shift, name) for name in UNSET if name != "users"}
        foreign = {name: UNSET[name] for name in UNSET if name not in OWN_FIELDS[kind]}
        merged = {**kept, **foreign, **own}
        changed = kind != shift.type or merged["frequency"] != shift.frequency
        if merged["frequency"] and merged["interval"] is None and "interval" not in values:
            own["interval"] = merged["interval"] = 1
        _check(kind, merged, changed=changed)
        if "start" in own and "rotation_start" not in own and shift.rotation_start == shift.start:
            own["rotation_start"] = own["start"]
        own |= _place(shift, kind)
        _save(shift, {**foreign, **own})
    return shift


def delete_shift(shift: OnCallShift, *, now: datetime) -> None:
    """Delete a shift; one that a schedule owns and that has begun ends instead, so that the past stays true."""
    with transaction.atomic():
        shift = _fresh(shift.pk)
        if shift.owner is None or not (ended := _ended(shift, shift.owner, now)):
            shift.delete()
            return
        OnCallShift.objects.filter(pk=shift.pk).update(**ended)


def _own(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    foreign = (UNSET.keys() | {"owner"}) - OWN_FIELDS[kind]
    own = {name: value for name, value in values.items() if name not in foreign and name != "source"}
    if "rolling_users" in own:
        own["rolling_users"] = [[user.pk for user in group] for group in own["rolling_users"]]
    return own


def _check(kind: str, own: Mapping[str, Any], *, changed: bool) -> None:
    """Refuse a repeating rule that lacks something; what was there before is looked at only where it changes."""
    if kind not in (Type.RECURRENT_EVENT, Type.ROLLING_USERS):
        return
    if own["frequency"] is None:
        raise Invalid("Field 'frequency' is required for this on-call shift type")
    if own["interval"] is None:
        raise Invalid("Field 'interval' must be a positive integer")
    if own["frequency"] == Frequency.WEEKLY and own["week_start"] is None and changed:
        raise Invalid("Field 'week_start' is required for frequency type 'weekly'")
    if kind == Type.ROLLING_USERS:
        _check_rotation(own)


def _check_rotation(own: Mapping[str, Any]) -> None:
    if own["start_index"] is None:
        raise Invalid(NO_INDEX)
    if own["frequency"] != Frequency.DAILY:
        return
    if own["by_monthday"]:
        raise Invalid(
            "Day limits are temporarily disabled for on-call shifts with type 'rolling_users' and frequency 'daily'"
        )
    if own["by_day"] and own["interval"] > len(own["by_day"]):
        raise Invalid("Interval must be less than or equal to the number of selected days")


def _fresh(pk: int) -> OnCallShift:
    rows = OnCallShift.objects.select_for_update(of=("self",), no_key=True).select_related("owner")
    shift = rows.filter(pk=pk).first()
    if shift is None:
        raise NotFound("This on-call shift was deleted.")
    return shift


def _place(shift: OnCallShift, kind: str) -> dict[str, Any]:
    """Keep a shift whose type changes where it is: an override is owned, other shifts of a calendar are linked."""
    if kind == shift.type:
        return {}
    if kind == Type.OVERRIDE and shift.schedules.exists():
        raise Invalid(NO_OVERRIDES)
    if shift.type == Type.OVERRIDE and shift.owner is not None and shift.owner.type == Schedule.Type.CALENDAR:
        shift.schedules.add(shift.owner)
        return {"owner": None}
    return {}


def _save(shift: OnCallShift, own: dict[str, Any]) -> None:
    users: list[User] | None = own.pop("users", None)
    for name, value in own.items():
        setattr(shift, name, value)
    shift.save(update_fields=list(own))
    if users is not None:
        shift.users.set(users)


def _ended(shift: OnCallShift, owner: Schedule, now: datetime) -> dict[str, Any]:
    """Return what ends a shift now; nothing for one that has not begun."""
    zone = ZoneInfo(shift.time_zone or owner.time_zone or Organization.load().time_zone)
    if to_utc(max(shift.start, shift.rotation_start or shift.start), zone) >= now:
        return {}
    if shift.type in (Type.RECURRENT_EVENT, Type.ROLLING_USERS):
        return {"until": now if shift.until is None else min(shift.until, now)}
    lasted = now.astimezone(zone).replace(tzinfo=None, microsecond=0) - shift.start
    return {"duration": min(shift.duration, lasted)} if lasted >= A_SECOND else {}
