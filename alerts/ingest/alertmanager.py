"""Prometheus Alertmanager: one payload is one group of its alerts (webhook version 4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.ingest.times import mapping, moment
from base.errors import Invalid

SHOWN = 20  # alerts named one by one in a message

TITLE = """\
{%- set group = payload.groupLabels or {} -%}
{%- set name = group.alertname or (payload.commonLabels or {}).alertname or (payload.labels or {}).alertname -%}
{%- set others = group.items() | rejectattr(0, "eq", "alertname") | map(attribute=1) | join(", ") -%}
{%- if name and others %}{{ name }} ({{ others }}){% else %}{{ name or others or "Alert" }}{% endif %}"""

MESSAGE = """\
{%- set common = payload.commonLabels or {} -%}
{%- set told = payload.commonAnnotations or {} -%}
{%- set alerts = payload.alerts or [] -%}
{{ payload.numFiring }} firing, {{ payload.numResolved }} resolved
{%- if told %}

**Annotations**
{%- for key, value in told.items() %}
- {{ key }}: {{ value }}
{%- endfor %}{% endif %}
{%- if common %}

**Labels**
{%- for key, value in common.items() %}
- {{ key }}: {{ value }}
{%- endfor %}{% endif %}
{%- for alert in alerts[:20] %}

**{{ loop.index }}. {{ alert.status }}**
{%- for key, value in (alert.labels or {}).items() if common[key] != value %}
- {{ key }}: {{ value }}
{%- endfor %}
{%- for key, value in (alert.annotations or {}).items() if told[key] != value %}
- {{ key }}: {{ value }}
{%- endfor %}
{%- endfor %}
{%- if alerts | length > 20 %}

and {{ alerts | length - 20 }} more
{%- endif %}"""

TEMPLATES = CHANNELS | {
    "grouping_key": '{{ payload.groupKey if payload.groupKey is not none else "" }}',
    "resolve_signal": '{{ payload.status == "resolved" }}',
    "source_link": "{{ payload.alerts[0].generatorURL }}",
    "web_title": TITLE,
    "web_message": MESSAGE,
    "phone_call_title": '{{ (payload.groupLabels or {}).values() | join(", ") or web_title }}',
}


def prepare(body: Any) -> Any:
    """Return the body with its firing and resolved alerts counted, unless the monitor has counted them."""
    if not isinstance(body, dict):
        raise Invalid("An Alertmanager payload is a JSON object")
    if "numFiring" in body:
        return body
    alerts = body.get("alerts")
    statuses = [mapping(alert).get("status") for alert in alerts] if isinstance(alerts, list) else []
    return body | {"numFiring": statuses.count("firing"), "numResolved": statuses.count("resolved")}


def times(payload: Any) -> tuple[datetime | None, datetime | None]:
    """Return the latest start of what still fires (of all when nothing does), and the last end if all has ended.

    The latest start, because a group fires again when one member does: only when its youngest part is older than a
    resolve is the whole payload older.
    """
    listed = payload.get("alerts") if isinstance(payload, dict) else None
    alerts = [alert for alert in listed if isinstance(alert, dict)] if isinstance(listed, list) else []
    firing = [alert for alert in alerts if alert.get("status") == "firing"]
    started_at = _latest(firing or alerts, "startsAt")
    return started_at, None if firing else _latest(alerts, "endsAt")


def grouping_key(payload: Any) -> str | None:
    """Do what TEMPLATES["grouping_key"] says."""
    return _text(payload.get("groupKey")) if isinstance(payload, dict) else None


def resolve_signal(payload: Any) -> str | None:
    """Do what TEMPLATES["resolve_signal"] says."""
    return str(payload.get("status") == "resolved") if isinstance(payload, dict) else None


def source_link(payload: Any) -> str | None:
    """Do what TEMPLATES["source_link"] says."""
    alerts = payload.get("alerts") if isinstance(payload, dict) else None
    if not isinstance(alerts, list) or not alerts or not isinstance(alerts[0], dict):
        return None
    link = alerts[0].get("generatorURL", "")
    return link if isinstance(link, str) else None


def title(payload: Any) -> str | None:
    """Do what TITLE says."""
    if not isinstance(payload, dict):
        return None
    group, common, labels = (payload.get(name) or {} for name in ("groupLabels", "commonLabels", "labels"))
    if not (isinstance(group, dict) and isinstance(common, dict) and isinstance(labels, dict)):
        return None
    name = group.get("alertname") or common.get("alertname") or labels.get("alertname")
    others = ", ".join(str(value) for key, value in group.items() if key != "alertname")
    return f"{name} ({others})" if name and others else str(name or others or "Alert")


def message(payload: Any) -> str | None:
    """Do what MESSAGE says."""
    if not isinstance(payload, dict):
        return None
    common, told, alerts = (
        payload.get("commonLabels") or {},
        payload.get("commonAnnotations") or {},
        payload.get("alerts") or [],
    )
    if not (isinstance(common, dict) and isinstance(told, dict) and isinstance(alerts, list)):
        return None
    lines = [f"{payload.get('numFiring', '')} firing, {payload.get('numResolved', '')} resolved"]
    for heading, pairs in (("Annotations", told), ("Labels", common)):
        if pairs:
            lines += ["", f"**{heading}**", *_bullets(pairs, {})]
    for number, alert in enumerate(alerts[:SHOWN], 1):
        own = _own_lines(alert, common, told)
        if own is None:
            return None
        lines += ["", f"**{number}. {alert.get('status', '')}**", *own]
    if len(alerts) > SHOWN:
        lines += ["", f"and {len(alerts) - SHOWN} more"]
    return "\n".join(lines)


def _own_lines(alert: Any, common: dict[str, Any], told: dict[str, Any]) -> list[str] | None:
    """Return what one alert says beyond its group, None if it is not shaped like an alert."""
    if not isinstance(alert, dict):
        return None
    labels, annotations = alert.get("labels") or {}, alert.get("annotations") or {}
    if not (isinstance(labels, dict) and isinstance(annotations, dict)):
        return None
    return _bullets(labels, common) + _bullets(annotations, told)


_MISSING = object()


def _bullets(pairs: dict[str, Any], known: dict[str, Any]) -> list[str]:
    return [f"- {key}: {value}" for key, value in pairs.items() if known.get(key, _MISSING) != value]


def _text(value: Any) -> str | None:
    if value is None:
        return ""
    return value if isinstance(value, str) else None


def _latest(alerts: list[dict[str, Any]], name: str) -> datetime | None:
    return max((at for alert in alerts if (at := moment(alert.get(name)))), default=None)


TYPE = IntegrationType(
    slug="alertmanager",
    title="Alertmanager",
    default_name="Alertmanager",
    templates=TEMPLATES,
    has_heartbeat=True,
    prepare=prepare,
    times=times,
    native={
        "grouping_key": grouping_key,
        "resolve_signal": resolve_signal,
        "source_link": source_link,
        "web_title": title,
        "web_message": message,
    },
)
