"""Mattermost: a post with interactive buttons in the bot's direct channel with a person."""

from __future__ import annotations

import threading
import time
from typing import Any

from django.conf import settings

from oncall.models import ContactMethod
from paging.channels.base import Receipt, SendError
from paging.channels.chat import TIMEOUT, ChatMessage, EditableChannel, ask
from paging.chat_messages import VERBS, ChatWords

HOOK = "/hooks/mattermost"
ID_LENGTH = 26
STYLES = {"acknowledge": "primary", "resolve": "good", "reject": "default"}


class MattermostChannel(EditableChannel):
    """Writes to one person; the address is @username or a user ID."""

    name = "mattermost"
    contact_kind: str = ContactMethod.Kind.MATTERMOST

    def __init__(self) -> None:
        self._bots: dict[tuple[str, str], str] = {}
        self._channels: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def missing(self) -> str:
        """Return the setting that is needed."""
        if not settings.MATTERMOST_URL:
            return "TOCSIN_MATTERMOST_URL"
        return "" if settings.MATTERMOST_BOT_TOKEN else "TOCSIN_MATTERMOST_BOT_TOKEN"

    def post(self, message: ChatMessage) -> Receipt:
        """Find the direct channel, which is remembered, and post there."""
        deadline = time.monotonic() + TIMEOUT
        channel = self._channel(message.to, deadline)
        pending = {"pending_post_id": f"{message.key}:{channel}"}  # the server posts one of these once
        found = _call("POST", "/posts", {"channel_id": channel, **pending, **body(message.words)}, deadline)
        number = str(found.get("id", ""))
        return Receipt("sent", "mattermost", f"Posted as {number}.", reference=number, arrived=True)

    def edit(self, reference: str, words: ChatWords) -> None:
        """Replace the post."""
        _call("PUT", f"/posts/{reference}/patch", body(words), time.monotonic() + TIMEOUT)

    def _channel(self, address: str, deadline: float) -> str:
        key = (settings.MATTERMOST_URL, address)
        if known := self._channels.get(key):
            return known
        user = address
        if address.startswith("@"):
            user = str(_call("GET", f"/users/username/{address[1:]}", None, deadline).get("id", ""))
        pair = [self._bot(deadline), user]
        found = str(_call("POST", "/channels/direct", pair, deadline).get("id", ""))
        with self._lock:
            self._channels[key] = found
        return found

    def _bot(self, deadline: float) -> str:
        key = (settings.MATTERMOST_URL, settings.MATTERMOST_BOT_TOKEN)
        if key not in self._bots:
            found = str(_call("GET", "/users/me", None, deadline).get("id", ""))
            with self._lock:
                self._bots[key] = found
        return self._bots[key]


def body(words: ChatWords) -> dict[str, Any]:
    """Return a post: the title as text, the rest and the buttons as an attachment."""
    attachment: dict[str, Any] = {"fallback": words.title, "text": f"{_plain(words.text)}\n[Open]({words.link})"}
    if words.buttons:
        attachment["actions"] = [_button(verb, label, words.token) for verb, label in VERBS]
    return {"message": f"**{_plain(words.title)}**", "props": {"attachments": [attachment]}}


def _button(verb: str, label: str, token: str) -> dict[str, Any]:
    integration = {"url": f"{settings.TOCSIN_BASE_URL}{HOOK}", "context": {"token": token, "verb": verb}}
    return {"id": verb, "type": "button", "name": label, "style": STYLES[verb], "integration": integration}


def _plain(text: str) -> str:
    """Return the text so that nothing a monitor wrote calls people or becomes markup."""
    for character in "\\`*_~[]()#@<>!|":
        text = text.replace(character, f"\\{character}")
    return text


def _call(method: str, path: str, body: Any, deadline: float) -> dict[str, Any]:
    left = deadline - time.monotonic()
    if left <= 0:
        raise SendError("No time is left for the message.", permanent=False, provider="mattermost")
    url = f"{settings.MATTERMOST_URL}/api/v4{path}"
    answer, found = ask("mattermost", method, url, body, token=settings.MATTERMOST_BOT_TOKEN, seconds=left)
    if answer.status < 400 and isinstance(found, dict):
        return found
    said = found.get("message", "") if isinstance(found, dict) else answer.text
    raise SendError(f"{answer.status} {said}"[:500], permanent=True, provider="mattermost")
