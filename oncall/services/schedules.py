"""Schedules: made, changed and deleted, with the calendars they import and the shifts they show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from base.errors import Invalid, NotFound
from oncall import feeds
from oncall.models import OnCallShift, Schedule
from oncall.services import calendars

Type = Schedule.Type
NO_OVERRIDES = "Shifts of type override are not supported in this schedule"


def create_schedule(values: Mapping[str, Any], *, now: datetime) -> Schedule:
    """Make a schedule of values named like the model's fields; `shifts` is a list of shifts.

    A calendar schedule shares its shifts with others, a web schedule takes them over. The calendars of an ical schedule
    are fetched at once. Raises Invalid.
    """
    fields = {name: value for name, value in values.items() if name != "shifts"}
    schedule = Schedule(**fields)
    shifts = values.get("shifts") or []
    _refuse_overrides(schedule, shifts)
    copies = calendars.download_for(feeds.followed(schedule)) if schedule.type == Type.ICAL else {}
    with transaction.atomic():
        schedule.save()
        if schedule.type == Type.CALENDAR:
            schedule.shared_shifts.set(shifts)
        elif shifts:
            OnCallShift.objects.filter(pk__in=[shift.pk for shift in shifts]).update(owner=schedule)
        calendars.follow(schedule, now=now, copies=copies)
    return schedule


def update_schedule(schedule: Schedule, values: Mapping[str, Any], *, now: datetime) -> Schedule:
    """Change what is given; `shifts` replaces those of a calendar schedule. See `create_schedule`."""
    shifts = values.get("shifts")
    _refuse_overrides(schedule, shifts or [])
    before = feeds.followed(schedule)
    for name, value in values.items():
        if name != "shifts":
            setattr(schedule, name, value)
    changed = {kind: url for kind, url in feeds.followed(schedule).items() if before.get(kind) != url}
    copies = calendars.download_for(changed) if schedule.type == Type.ICAL else {}
    with transaction.atomic():
        fields = {name: value for name, value in values.items() if name != "shifts"}
        if fields and not Schedule.objects.filter(pk=schedule.pk).update(**fields):
            raise NotFound("This schedule was deleted.")
        if shifts is not None and schedule.type == Type.CALENDAR:
            schedule.shared_shifts.set(shifts)
        calendars.follow(schedule, now=now, copies=copies)
    return schedule


def delete_schedule(schedule: Schedule) -> None:
    """Delete a schedule with the shifts that are its own; shared ones stay, policies that asked it have none."""
    schedule.delete()


def _refuse_overrides(schedule: Schedule, shifts: Iterable[OnCallShift]) -> None:
    if schedule.type == Type.CALENDAR and any(shift.type == OnCallShift.Type.OVERRIDE for shift in shifts):
        raise Invalid(NO_OVERRIDES)
