"""Time of day in router rules: $day, $now and $timeBetween (spec/pagertree C7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

DEFAULT_ZONE = "Etc/UTC"
TIME_FORMAT, DATE_FORMAT = "hh:mm a", "YYYY-MM-DD"
WORDS = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "A": "%p", "a": "%p"}
WORD = re.compile("|".join(WORDS) + "|%")
CLOCKS = ("$day", "$now", "$timeBetween")
SETTINGS = ("timezone", "format")


class ConditionError(ValueError):
    """A condition cannot be used; its text says which and why."""


def check_clock(name: str, wanted: Any) -> Any:
    """Return what the clock's word is compared with; None where nothing is. Raises ConditionError."""
    if name != "$timeBetween":
        if not isinstance(wanted, Mapping):
            return wanted
        _zone(wanted)
        _format(wanted.get("format", DATE_FORMAT))
        return compared_with(wanted)
    if not isinstance(wanted, Mapping):
        raise ConditionError("match: $timeBetween needs starttime and endtime")
    _zone(wanted)
    for key in ("starttime", "endtime"):
        _time(wanted.get(key), wanted.get("timeformat", TIME_FORMAT))
    return None


def compared_with(wanted: Any) -> Any:
    """Return the comparison without the clock's own settings."""
    if not isinstance(wanted, Mapping):
        return wanted
    return {name: value for name, value in wanted.items() if name not in SETTINGS}


def reading(name: str, wanted: Any, now: datetime) -> int | str:
    """Return the ISO number of the day ($day), or the instant as it is written there ($now)."""
    settings = wanted if isinstance(wanted, Mapping) else {}
    local = now.astimezone(_zone(settings))
    return local.isoweekday() if name == "$day" else local.strftime(_format(settings.get("format", DATE_FORMAT)))


def lies_between(wanted: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether the time of day lies between two minutes, both included; over midnight where it begins later."""
    form = wanted.get("timeformat", TIME_FORMAT)
    start, end = (_time(wanted[key], form) for key in ("starttime", "endtime"))
    minute = now.astimezone(_zone(wanted)).time().replace(second=0, microsecond=0)
    return start <= minute <= end if start <= end else minute >= start or minute <= end


def _zone(settings: Mapping[str, Any]) -> ZoneInfo:
    name = settings.get("timezone", DEFAULT_ZONE)
    if not isinstance(name, str) or name not in available_timezones():
        raise ConditionError(f"match: {name!r} is not a time zone")
    return ZoneInfo(name)


def _format(form: Any) -> str:
    """Turn YYYY-MM-DD HH:mm into Python's words."""
    if not isinstance(form, str):
        raise ConditionError("match: a format is a text")
    return WORD.sub(lambda found: WORDS.get(found[0], "%%"), form)


def _time(text: Any, form: Any) -> time:
    try:
        return datetime.strptime(str(text).strip().upper(), _format(form)).time()  # noqa: DTZ007  a wall-clock time
    except ValueError as error:
        raise ConditionError(f"match: {text!r} is not a time like {form}") from error
