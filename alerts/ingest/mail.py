"""A mail, however it came in: as the fields that a mail provider posts, or as the message itself."""

from __future__ import annotations

import email
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.utils import getaddresses
from html.parser import HTMLParser
from typing import Any

# Where providers put things, in lower case; the envelope's recipient comes before what the header says.
RECIPIENT = ("recipient", "originalrecipient", "rcpt_to", "recipients", "to")
SENDER = ("sender", "mail_from", "from")
TEXT = ("body-plain", "textbody", "text-part", "plain_body", "text")
HTML = ("body-html", "htmlbody", "html-part", "html_body", "html")
RAW = ("body-mime", "email", "raw")
_SPACES = re.compile(r"[ \t\r\f\v]+")


@dataclass(frozen=True, slots=True)
class Mail:
    """What counts of a mail. `recipients` are bare addresses, the envelope's first."""

    recipients: tuple[str, ...]
    sender: str
    subject: str
    message: str

    def payload(self) -> dict[str, str]:
        """Return what is stored (spec/oncall-runtime-api 1.6)."""
        return {"subject": self.subject, "message": self.message, "sender": self.sender}


def from_fields(sent: Mapping[str, Any]) -> Mail:
    """Read the fields that a provider's webhook sends."""
    fields = {str(name).lower(): value for name, value in sent.items()}
    envelope = _object(fields.get("envelope"))
    raw = _first(fields, RAW)
    told = from_message(raw.encode("utf-8", "replace")) if raw else None
    recipients = [*_addresses(envelope.get("to")), *(a for name in RECIPIENT for a in _addresses(fields.get(name)))]
    senders = [*_addresses(envelope.get("from")), *(a for name in SENDER for a in _addresses(fields.get(name)))]
    message = _first(fields, TEXT).strip() or html_to_text(_first(fields, HTML))
    return Mail(
        recipients=tuple(dict.fromkeys([*recipients, *(told.recipients if told else ())])),
        sender=next(iter(senders), told.sender if told else ""),
        subject=_first(fields, ("subject",)).strip() or (told.subject if told else ""),
        message=message or (told.message if told else ""),
    )


def from_message(content: bytes, recipients: tuple[str, ...] = (), sender: str = "") -> Mail:
    """Read a message as it travels; envelope addresses that are given come before its headers."""
    message = email.message_from_bytes(content, policy=policy.default)
    return Mail(
        recipients=recipients or tuple(_addresses([str(value) for value in message.get_all("to", [])])),
        sender=next(iter(_addresses(str(message.get("from", "")))), sender),
        subject=str(message.get("subject", "")).strip(),
        message=_text(message),
    )


def html_to_text(html: str) -> str:
    """Return HTML as text: links as `text (url)`, list items after `* `, no empty lines."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(reader.pieces).splitlines())
    return "\n".join(line for line in lines if line)


def _text(message: EmailMessage) -> str:
    """Return the text part, else the HTML one as text."""
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        if part is None:
            continue
        try:
            content = str(part.get_content())
        except (LookupError, KeyError, ValueError):  # a character set that nobody knows
            raw = part.get_payload(decode=True)
            content = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
        text = content.strip() if kind == "plain" else html_to_text(content)
        if text:
            return text
    return ""


class _Text(HTMLParser):
    """Collects the text of a page."""

    HIDDEN = frozenset({"script", "style", "head", "title"})
    BREAKING = frozenset({"p", "div", "br", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.HIDDEN:
            self._hidden += 1
        elif tag == "li":
            self.pieces.append("\n* ")
        elif tag in self.BREAKING:
            self.pieces.append("\n")
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in self.BREAKING or tag == "li":
            self.pieces.append("\n")
        elif tag == "a" and self._links and (link := self._links.pop()):
            self.pieces.append(f" ({link})")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data.replace("\n", " "))


def _addresses(value: Any) -> list[str]:
    return [address for address in _each_address(value) if "@" in address]


def _each_address(value: Any) -> Iterator[str]:
    texts = value if isinstance(value, list) else [value]
    for _, address in getaddresses([text for text in texts if isinstance(text, str)]):
        yield address


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    return value if isinstance(value, dict) else {}


def _first(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((fields[name] for name in names if isinstance(fields.get(name), str) and fields[name]), "")
