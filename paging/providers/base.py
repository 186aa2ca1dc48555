"""The companies that carry texts and calls. A provider turns an order into a request; which one is asked, and what
happens when it fails, is decided by the channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Line:
    """One provider as the operator set it up (docs/settings.md, TOCSIN_PHONE_PROVIDERS)."""

    name: str
    kind: str
    sender: str
    secret: str
    account: str = ""
    url: str = ""
    prefixes: tuple[str, ...] = ()
    can: tuple[str, ...] = ("sms", "voice")
    receipts: bool = True  # it tells what became of a message

    def callback(self, path: str) -> str:
        """Return an address of ours for this provider to call."""
        return f"{settings.TOCSIN_BASE_URL}/phone/{self.name}/{path}"


@dataclass(frozen=True, slots=True)
class Order:
    """One text or call. `key` is the same for every try; `token` names the notification in callbacks."""

    key: str
    to: str
    text: str  # what is written or spoken
    token: str


class Provider(Protocol):
    """One kind of company. Raises SendError: permanent where the number itself is refused."""

    def text(self, line: Line, order: Order, *, seconds: float) -> str:
        """Send a text within so many seconds; return the provider's name for it."""
        ...

    def call(self, line: Line, order: Order, *, seconds: float) -> str:
        """Begin a call; return the provider's name for it."""
        ...


def lines() -> list[Line]:
    """Return every provider, in the operator's order."""
    return [_line(row) for row in settings.PHONE_PROVIDERS]


def line(name: str) -> Line | None:
    """Return the provider of that name."""
    return next((found for found in lines() if found.name == name), None)


def lines_for(number: str, channel: str) -> list[Line]:
    """Return who may carry a message there: the longest matching prefix first, then in the operator's order."""
    able = [found for found in lines() if channel in found.can]
    ranked = [(_match(found, number), found) for found in able]
    return [found for length, found in sorted(ranked, key=lambda pair: -pair[0]) if length >= 0]


def _match(found: Line, number: str) -> int:
    """Return the length of the prefix by which it serves the number; 0 for all numbers, -1 where it does not."""
    if not found.prefixes:
        return 0
    return max((len(prefix) for prefix in found.prefixes if number.startswith(prefix)), default=-1)


def _line(row: Mapping[str, Any]) -> Line:
    return Line(
        name=row["name"],
        kind=row["kind"],
        sender=row["from"],
        secret=row["secret"],
        account=row.get("account", ""),
        url=row.get("url", "").rstrip("/"),
        prefixes=tuple(row.get("prefixes", ())),
        can=tuple(row.get("can", ("sms", "voice"))),
        receipts=bool(row.get("receipts", True)),
    )
