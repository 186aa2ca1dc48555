"""Zendesk: ticket events, or the body of a trigger with a `ticket`; solved ends the alert, pending takes it."""

from __future__ import annotations

from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.templates import CHANNELS
from alerts.ingest.times import Times, mapping, moment, said_at

TICKET = "{%- set ticket = payload.detail or payload.ticket or payload -%}"
ENDED = ("solved", "closed")

TEMPLATES = CHANNELS | {
    "grouping_key": f'{TICKET}{{{{ ticket.id or "" }}}}',
    "resolve_signal": f"{TICKET}{{{{ ticket.status | string | lower in {list(ENDED)} }}}}",
    "acknowledge_signal": f'{TICKET}{{{{ ticket.status | string | lower == "pending" }}}}',
    "source_link": f"{TICKET}{{{{ ticket.url or ticket.link }}}}",
    "web_title": (f'{TICKET}{{{{ ticket.subject or (ticket is mapping and ticket.title) or "Ticket from Zendesk" }}}}'),
    "web_message": (
        f"{TICKET}{{{{ ticket.description or '' }}}}"
        "{%- for name, value in {'status': ticket.status, 'priority': ticket.priority}.items() if value %}\n"
        "- {{ name }}: {{ value }}{%- endfor %}"
    ),
}


def times(payload: Any) -> Times:
    """Return when the event happened."""
    said = mapping(payload)
    ticket = mapping(said.get("detail") or said.get("ticket") or said)
    return said_at(moment(said.get("time")), ended=str(ticket.get("status")).lower() in ENDED)


TYPE = IntegrationType(slug="zendesk", title="Zendesk", default_name="Zendesk", templates=TEMPLATES, times=times)
