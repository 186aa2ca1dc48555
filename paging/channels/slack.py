"""Slack: chat.postMessage with Block Kit buttons to a person's direct messages, chat.update after an answer."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from oncall.models import ContactMethod
from paging.channels.base import Receipt, SendError
from paging.channels.chat import ChatMessage, EditableChannel, ask
from paging.chat_messages import VERBS, ChatWords

PASSING_ERRORS = ("ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout")
STYLES = {"acknowledge": "primary", "resolve": "", "reject": ""}


class SlackChannel(EditableChannel):
    """Writes to one person; the address is their member ID."""

    name = "slack"
    contact_kind: str = ContactMethod.Kind.SLACK

    def missing(self) -> str:
        """Return the setting that is needed."""
        return "" if settings.SLACK_BOT_TOKEN else "TOCSIN_SLACK_BOT_TOKEN"

    def post(self, message: ChatMessage) -> Receipt:
        """Post the message; what Slack has taken lies in the person's direct messages."""
        found = _call("chat.postMessage", {"channel": message.to, **_body(message.words)})
        reference = f"{found.get('channel', '')}:{found.get('ts', '')}"
        return Receipt("sent", "slack", f"Posted as {found.get('ts', '')}.", reference=reference, arrived=True)

    def edit(self, reference: str, words: ChatWords) -> None:
        """Replace the message."""
        channel, _, ts = reference.partition(":")
        _call("chat.update", {"channel": channel, "ts": ts, **_body(words)})


def _body(words: ChatWords) -> dict[str, Any]:
    text = f"*{_plain(words.title)}*\n{_plain(words.text)}\n<{words.link}|Open>"
    blocks: list[dict[str, Any]] = [{"type": "section", "text": {"type": "mrkdwn", "text": text[:3000]}}]
    if words.buttons:
        blocks.append({"type": "actions", "elements": [_button(verb, label, words.token) for verb, label in VERBS]})
    return {"text": _plain(words.title), "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def _button(verb: str, label: str, token: str) -> dict[str, Any]:
    button: dict[str, Any] = {
        "type": "button",
        "action_id": verb,
        "value": token,
        "text": {"type": "plain_text", "text": label},
    }
    return button | ({"style": STYLES[verb]} if STYLES[verb] else {})


def _plain(text: str) -> str:
    """Return the text so that Slack reads no links, mentions or channels in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _call(method: str, body: dict[str, Any]) -> dict[str, Any]:
    answer, found = ask("slack", "POST", f"{settings.SLACK_API_URL}/{method}", body, token=settings.SLACK_BOT_TOKEN)
    if isinstance(found, dict) and found.get("ok"):
        return found
    error = str(found.get("error", "")) if isinstance(found, dict) else f"{answer.status} {answer.text}"[:500]
    raise SendError(error or "Slack said no.", permanent=error not in PASSING_ERRORS, provider="slack")
