"""The page's own JSON (C1 to C4): plain values out of the snapshot, and the questions that can be put to them.

The words differ from the token API's: three states, `url` instead of `link`, no editing, nothing internal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from statuspage.history import Day
from statuspage.public_words import headline
from statuspage.snapshot import ComponentSnapshot, NoticeSnapshot, PageSnapshot, UpdateSnapshot
from statuspage.templatetags.statuspage import percent

PER_PAGE = 25
METRIC_DAYS = 30
Json = dict[str, Any]


class Unknown(Exception):
    """A filter or a value that this API does not have; the text says which."""


def instant(at: datetime | None) -> str | None:
    """Return an instant as every API here writes it: UTC with milliseconds."""
    if at is None:
        return None
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def everything(page: PageSnapshot) -> Json:
    """Return all that can be asked for, as one value that is kept in the bundle."""
    parts = list(page.all_components())
    return {
        "status": status(page, len(parts)),
        "components": [component(page, part) for part in parts],
        "metrics": {str(part.pk): metrics(page, part) for part in parts},
        "notices": [notice(one) for one in page.notices],
    }


def status(page: PageSnapshot, components: int) -> Json:
    """Return the page and its state."""
    return {
        "page": {
            "name": page.name,
            "state": page.state,
            "state_text": headline(page),
            "url": page.url,
            "links": {
                "components": {"href": f"{page.url}/api/v1/components", "count": components},
                "notices": {"href": f"{page.url}/api/v1/notices", "count": len(page.notices)},
            },
            "created_at": instant(page.created_at),
            "updated_at": instant(page.updated_at),
            "as_of": instant(page.as_of),
        }
    }


def component(page: PageSnapshot, part: ComponentSnapshot) -> Json:
    """Return one component."""
    known = part.uptime_30 is not None
    return {
        "id": part.pk,
        "state": _state(part.state),
        "name": part.name,
        "description": part.description,
        "parent_id": part.parent,
        "metrics_summary": {
            "timeframe_start": instant(page.as_of - timedelta(days=METRIC_DAYS)),
            "timeframe_end": instant(page.as_of),
            "percentage_uptime": {"percent": float(part.uptime_30 or 0), "words": percent(part.uptime_30)},
            "url": f"{page.url}/components/{part.pk}/metrics",
        }
        if known
        else None,
        "links": {
            "children": {
                "href": f"{page.url}/api/v1/components?{urlencode({'filter[parent_id_eq]': part.pk})}",
                "count": len(part.children),
            }
        },
        "created_at": instant(part.created_at),
        "updated_at": instant(part.updated_at),
    }


def notice(one: NoticeSnapshot) -> Json:
    """Return one notice with its components and updates; lists show only the latest update."""
    planned = {"begins_at": instant(one.begins_at), "ends_at": instant(one.ends_at)} if one.type == "planned" else {}
    latest = one.latest_update
    return {
        "id": one.pk,
        "type": one.type,
        "state": one.state,
        "timeline_state": one.timeline_state,
        "subject": one.subject,
        "url": one.url,
        "began_at": instant(one.began_at),
        "ended_at": instant(one.ended_at),
        **planned,
        "latest_update": _update(latest) if latest else None,
        "created_at": instant(one.created_at),
        "updated_at": instant(one.updated_at),
        "components": [{"id": pk, "name": name} for pk, name in one.components],
        "updates": [_update(update) for update in one.updates],
    }


def metrics(page: PageSnapshot, part: ComponentSnapshot) -> Json:
    """Return what the history of one component is made of; `answer_metrics` sums it up.

    Each day is a row of _COLUMNS: there are ninety of them for every component."""
    zone = ZoneInfo(page.time_zone)
    return {"component_id": part.pk, "days": [_day(day, zone, page.as_of) for day in part.days]}


def answer_metrics(told: Json, wanted: Mapping[str, str]) -> Json:
    """Return uptime, time to recover and time between failures over the asked days; Unknown for a bad day."""
    days = [dict(zip(_COLUMNS, row, strict=True)) for row in told["days"]]
    first, last = _on(wanted, "from", days[0]["on"]), _on(wanted, "to", days[-1]["on"])
    chosen = [day for day in days if first <= day["on"] <= last]
    known = [day for day in chosen if day["state"] != "unknown"]
    total, down = sum(day["seconds"] for day in known), sum(day["impact_seconds"] for day in known)
    failures = len({key for day in known if day["impact_seconds"] for key in day["incidents"]})
    uptime = int(100_000 * (total - down) / total) / 1000 if total else None
    return {
        "metrics": {
            "component_id": told["component_id"],
            "timeframe_start": chosen[0]["begins_at"] if chosen else None,
            "timeframe_end": chosen[-1]["ends_at"] if chosen else None,
            "percentage_uptime": {"percent": uptime, "words": "unknown" if uptime is None else f"{uptime} %"},
            "impact_seconds": down,
            "mean_time_to_recovery_seconds": down // failures if failures else None,
            "mean_time_between_failures_seconds": (total - down) // failures if failures else None,
            "days": [{key: day[key] for key in ("on", "state", "impact_seconds")} for day in chosen],
        }
    }


def answer_components(rows: Sequence[Json], asked: Mapping[str, str], base: str) -> Json:
    """Return the asked components. Raises Unknown."""
    filters = _filters(asked, ("parent_id_null", "parent_id_eq"))
    found = list(rows)
    if (only_roots := filters.get("parent_id_null")) is not None:
        found = [row for row in found if (row["parent_id"] is None) == _flag(only_roots)]
    if (parent := filters.get("parent_id_eq")) is not None:
        found = [row for row in found if row["parent_id"] == _number(parent, "parent_id_eq")]
    return _collection("components", found, asked, f"{base}/components")


def answer_notices(rows: Sequence[Json], asked: Mapping[str, str], base: str) -> Json:
    """Return the asked notices, newest first, each with its latest update only. Raises Unknown."""
    filters = _filters(asked, ("timeline_state_eq", "type_eq"))
    found = list(rows)
    if (state := filters.get("timeline_state_eq")) is not None:
        wanted = {"past": ("past_recent", "past_distant")}.get(state, (state,))
        if not {*wanted} <= {"future", "present", "past_recent", "past_distant"}:
            raise Unknown(f"timeline_state_eq: {state!r} is none of past, present, future")
        found = [row for row in found if row["timeline_state"] in wanted]
    if (kind := filters.get("type_eq")) is not None:
        if kind not in ("planned", "unplanned"):
            raise Unknown(f"type_eq: {kind!r} is neither planned nor unplanned")
        found = [row for row in found if row["type"] == kind]
    slim = [{key: value for key, value in row.items() if key not in ("components", "updates")} for row in found]
    return _collection("notices", slim, asked, f"{base}/notices")


def _collection(name: str, rows: list[Json], asked: Mapping[str, str], href: str) -> Json:
    number = _number(asked.get("page") or "1", "page")
    if number < 1:
        raise Unknown(f"page: {number} is too small; the first page is 1")
    chosen = rows[(number - 1) * PER_PAGE : number * PER_PAGE]
    more = number * PER_PAGE < len(rows)
    following = urlencode({**{k: v for k, v in asked.items() if k != "page"}, "page": number + 1})
    return {
        name: chosen,
        "meta": {
            "count": len(chosen),
            "total_count": len(rows),
            "next_page": f"{href}?{following}" if more else None,
        },
    }


def _filters(asked: Mapping[str, str], known: Sequence[str]) -> dict[str, str]:
    filters: dict[str, str] = {}
    for key, value in asked.items():
        name = key.removeprefix("filter[").removesuffix("]")
        if name in known:
            filters[name] = value
        elif key.startswith("filter["):
            raise Unknown(f"{name}: there is no such filter; there are {', '.join(known)}")
    return filters


def _flag(value: str) -> bool:
    return value.lower() in ("true", "1", "t", "yes", "on", "")


def _number(value: str, name: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) < 19):
        raise Unknown(f"{name}: {value!r} is not a number")
    return int(value)


def _on(wanted: Mapping[str, str], name: str, default: str) -> str:
    if not (value := wanted.get(name)):
        return default
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise Unknown(f"{name}: {value!r} is not a day such as 2030-01-31") from None


def _state(word: str) -> str:
    return "degraded" if word == "partially-degraded" else word


def _update(one: UpdateSnapshot) -> Json:
    return {
        "id": one.pk,
        "state": one.state,
        "content": one.content,
        "created_at": instant(one.created_at),
        "updated_at": instant(one.updated_at),
    }


_COLUMNS = ("on", "state", "begins_at", "ends_at", "seconds", "impact_seconds", "incidents")


def _day(day: Day, zone: ZoneInfo, now: datetime) -> list[Any]:
    start = datetime(day.on.year, day.on.month, day.on.day, tzinfo=zone).astimezone(UTC)
    after = day.on + timedelta(days=1)
    end = min(datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC), now)
    seconds = max(0, int((end - start).total_seconds()))
    impact = int(day.impact.total_seconds())
    return [day.on.isoformat(), _state(day.state), instant(start), instant(end), seconds, impact, list(day.notices)]
