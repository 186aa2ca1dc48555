"""Grafana up to version 8: one rule, or the alerts of its newer alerting one by one, or a body meant for Slack."""

from __future__ import annotations

import re
from typing import Any

from alerts.ingest import alertmanager
from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.ingest.times import Times, mapping
from alerts.rendering.filters import canonical_json

STATE = re.compile(r"\A\[(?P<state>[^\]]+)\]\s*")

MESSAGE = """\
{{ payload.message or "" }}
{%- for key, value in (payload.annotations or {}).items() %}
- {{ key }}: {{ value }}
{%- endfor %}
{%- for match in payload.evalMatches or [] %}
- {{ match.metric }}: {{ match.value }}
{%- endfor %}"""

TEMPLATES = CHANNELS | {
    "grouping_key": '{{ payload.ruleName or (payload.labels or {}).alertname or "" }}',
    "resolve_signal": '{{ payload.state == "ok" or payload.status == "resolved" }}',
    "source_link": "{{ payload.ruleUrl or payload.generatorURL }}",
    "web_title": (
        '{{ (payload is mapping and payload.title) or (payload.labels or {}).alertname or "Alert from Grafana" }}'
    ),
    "web_message": MESSAGE,
    "web_image_url": "{{ payload.imageUrl or payload.imageURL }}",
}


def split(body: Any) -> list[Any]:
    """Return each alert of a group by itself; any other body is one alert."""
    listed = mapping(body).get("alerts")
    parts = [alert for alert in listed if isinstance(alert, dict)] if isinstance(listed, list) else []
    return parts or [body]


def prepare(body: Any) -> Any:
    """Put a body that was meant for Slack into the words of a rule."""
    attachments = mapping(body).get("attachments")
    if not isinstance(attachments, list) or not attachments:
        return body
    first = mapping(attachments[0])
    title = str(first.get("title") or "")
    state = STATE.match(title)
    fields = first.get("fields")
    return {
        **body,
        "title": title,
        "ruleName": STATE.sub("", title),
        "ruleUrl": first.get("title_link"),
        "state": state["state"].lower() if state else "alerting",
        "message": first.get("text") or "",
        "imageUrl": first.get("image_url"),
        "evalMatches": [
            {"metric": field.get("title"), "value": field.get("value")}
            for field in (fields if isinstance(fields, list) else [])
            if isinstance(field, dict)
        ],
    }


def times(payload: Any) -> Times:
    """Return the times of a part of a group; a rule has none."""
    return alertmanager.times({"alerts": [payload]})


def member(payload: Any) -> str | None:
    """Name the part of a group by its labels."""
    labels = mapping(payload).get("labels")
    return canonical_json(labels) if isinstance(labels, dict) else None


TYPE = IntegrationType(
    slug="grafana",
    title="Grafana (legacy alerting)",
    default_name="Grafana",
    templates=TEMPLATES,
    has_heartbeat=True,
    split=split,
    prepare=prepare,
    times=times,
    member=member,
)
