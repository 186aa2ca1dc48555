"""Jira: webhooks of issue events; closing or deleting an issue ends the alert, working on it takes it."""

from __future__ import annotations

from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.ingest.times import Times, epoch, mapping, said_at

PARTS = (
    "{%- set issue = payload.issue or {} -%}{%- set fields = issue.fields or {} -%}"
    "{%- set status = fields.status or {} -%}{%- set category = (status.statusCategory or {}).key -%}"
)
PER_SECOND = 1000

TEMPLATES = CHANNELS | {
    "grouping_key": f'{PARTS}{{{{ issue.key or "" }}}}',
    "resolve_signal": (
        f'{PARTS}{{{{ payload.webhookEvent == "jira:issue_deleted" or category == "done" '
        'or status.name | string | lower in ["closed", "done", "resolved"] }}'
    ),
    "acknowledge_signal": (
        f'{PARTS}{{{{ category == "indeterminate" '
        'or status.name | string | lower in ["work in progress", "in progress"] }}'
    ),
    "source_link": (
        f"{PARTS}{{%- if issue.self and issue.key -%}}"
        '{{ issue.self | regex_replace("/rest/.*$", "/browse/") }}{{ issue.key }}{%- endif -%}'
    ),
    "web_title": f'{PARTS}{{{{ issue.key or "Jira" }}}}: {{{{ fields.summary or "issue without a summary" }}}}',
    "web_message": (
        f"{PARTS}{{{{ fields.description if fields.description is string else '' }}}}"
        "{%- for name, value in {'status': status.name, 'priority': (fields.priority or {}).name,"
        " 'type': (fields.issuetype or {}).name, 'assignee': (fields.assignee or {}).displayName}.items() if value %}\n"
        "- {{ name }}: {{ value }}{%- endfor %}"
    ),
}


def times(payload: Any) -> Times:
    """Return when the event happened, in milliseconds."""
    said = mapping(payload)
    status = mapping(mapping(mapping(said.get("issue")).get("fields")).get("status"))
    done = mapping(status.get("statusCategory")).get("key") == "done"
    ended = done or said.get("webhookEvent") == "jira:issue_deleted"
    return said_at(epoch(said.get("timestamp"), per_second=PER_SECOND), ended=ended)


TYPE = IntegrationType(slug="jira", title="Jira", default_name="Jira", templates=TEMPLATES, times=times)
