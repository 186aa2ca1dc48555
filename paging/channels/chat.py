"""What the chat services with buttons have in common: the words, the limits, and how an HTTP answer is judged."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from base import guarded_http
from paging import chat_messages
from paging.channels.base import Message, Receipt, SendError, kept
from paging.chat_messages import ChatWords
from paging.models import Notification

TIMEOUT = 8.0  # seconds for one message, however many requests it takes
PASSING = (408, 425, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class ChatMessage(Message):
    """One message to one person."""

    to: str
    words: ChatWords
    target: str = ""  # the secret that opens the way, where the address is not enough

    def content(self) -> dict[str, Any]:
        """Return title and text; the reply link belongs to the person alone."""
        text = f"{self.words.text}\n\n{self.words.link}"
        return {"subject": self.words.title, "text": text.replace(self.words.token, "…") if self.words.token else text}


class ChatChannel:
    """Composes; each service sends in its own way."""

    name = ""
    contact_kind = ""
    back_off: tuple[int, ...] = (5, 15, 30, 60, 60)
    share: float = 0.25  # a chat that is slow or limits us never delays e-mail

    def compose(self, notification: Notification, *, now: datetime) -> ChatMessage:
        """Return the message. Raises SendError where the service is not set up: another way is tried at once."""
        keep = bool(notification.user and notification.user.is_sample)
        if not keep and (missing := self.missing()):
            raise SendError(f"{missing} is not set.", permanent=True, provider=self.name)
        words = chat_messages.chat(notification)
        return ChatMessage(notification.dedup, keep, notification.address, words, self.target(notification))

    def send(self, message: ChatMessage) -> Receipt:
        """Hand the message to the service, unless it stays in the house."""
        return kept(message) if message.keep else self.post(message)

    def post(self, message: ChatMessage) -> Receipt:
        """Talk to the service. Raises SendError."""
        raise SendError("This channel cannot send.", permanent=True, provider=self.name)

    def missing(self) -> str:
        """Return the setting without which nothing can be sent; empty when all is there."""
        return ""

    def target(self, notification: Notification) -> str:
        """Return the secret part of the address, where there is one."""
        return ""

    def rest(self) -> None:
        """Nothing is kept open."""


class EditableChannel(ChatChannel):
    """A service whose messages can be changed after they were answered."""

    def edit(self, reference: str, words: ChatWords) -> None:
        """Replace a message by words without buttons. Raises SendError."""
        raise SendError("This channel cannot edit.", permanent=True, provider=self.name)


def ask(
    provider: str, method: str, url: str, body: Any, *, token: str = "", secret: str = "", seconds: float = TIMEOUT
) -> tuple[guarded_http.Answer, Any]:
    """Send JSON to an address that the operator set up; return the answer and the JSON in it (None: there is none).

    Raises SendError for no answer, 429 and 5xx: these pass. `secret` is cut out of what is remembered."""
    headers = {"User-Agent": "Tocsin", "Content-Type": "application/json; charset=utf-8"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    written = b"" if body is None else json.dumps(body).encode()
    try:
        answer = guarded_http.exchange(method, url, headers=headers, body=written, seconds=seconds, trusted=True)
    except (requests.RequestException, ValueError) as error:
        text = f"{type(error).__name__}: {error}"
        said = (text.replace(secret, "…") if secret else text)[:500]
        raise SendError(said, permanent=False, provider=provider) from None  # the cause's text may hold the secret
    if answer.status in PASSING:
        text = f"{answer.status} {answer.text}"[:500]
        raise SendError(text, permanent=False, provider=provider, retry_after=retry_after(answer))
    return answer, _json(answer.text)


def retry_after(answer: guarded_http.Answer) -> int:
    """Return the seconds that the service asks for, in the header or, as Telegram does, in the body."""
    found = _json(answer.text)
    parameters = found.get("parameters") if isinstance(found, dict) else None
    said = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return max(answer.retry_after, said if isinstance(said, int) else 0)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
