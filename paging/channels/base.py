"""What every channel promises: compose in the main thread, send from any thread, and never touch the database there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from paging.models import Notification


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out. `key` is the same for every try, so that a provider can tell a repetition."""

    key: str
    keep: bool  # it must not leave the house: a sample person, or no provider is set up

    def content(self) -> dict[str, Any]:
        """Return what the row remembers of it; a message that was kept is remembered in full."""
        return {}


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider's word."""

    outcome: str  # "sent" or "kept"
    provider: str
    answer: str = ""
    reference: str = ""  # the provider's name for the message, by which it can be changed or asked about
    arrived: bool = False  # the provider's word proves that it lies where the person reads it


class SendError(Exception):
    """The message did not go out. `permanent`: the same message to the same address never will.

    `retry_after` are the seconds the provider asks for; `closes`: the address is gone for every message."""

    def __init__(
        self, answer: str, *, permanent: bool, provider: str = "", retry_after: int = 0, closes: bool = False
    ) -> None:
        super().__init__(answer)
        self.answer = answer
        self.permanent = permanent
        self.provider = provider
        self.retry_after = retry_after
        self.closes = closes


M = TypeVar("M", bound=Message)


class Channel(Protocol[M]):
    """One way to send. A new one is a module here, a line in the registry and the contract test."""

    name: str
    contact_kind: str  # the kind of contact method that holds its addresses; empty: none does
    back_off: tuple[int, ...]  # seconds after each passing failure; after the last the message has failed
    share: float  # of the sending threads; below 1 where one slow address must not hold up the others

    def compose(self, notification: Notification, *, now: datetime) -> M:
        """Return the message. Raises SendError where the row can never be sent."""
        ...

    def send(self, message: M) -> Receipt:
        """Talk to the provider, in less than settings.PROVIDER_TIMEOUT. Raises SendError."""
        ...

    def rest(self) -> None:
        """Let go of connections: nothing more is to be sent for now."""
        ...


def kept(message: Message) -> Receipt:
    """Return the receipt of a message that stays in the outbox."""
    return Receipt("kept", "outbox", "No message left the house; read it here.")
