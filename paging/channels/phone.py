"""What texts and calls have in common: the order of providers, fail-over, and the outbox where there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from django.conf import settings

from oncall.models import ContactMethod
from paging import phone_messages
from paging.channels.base import Message, Receipt, SendError, kept
from paging.models import Notification
from paging.providers.base import Line, Order, Provider, lines_for
from paging.providers.circuits import CIRCUITS
from paging.providers.http import Http
from paging.providers.twilio import Twilio

PROVIDERS: dict[str, Provider] = {"twilio": Twilio(), "http": Http()}
SECONDS = 8.0  # for all providers together; PROVIDER_TIMEOUT must exceed it


@dataclass(frozen=True, slots=True)
class PhoneMessage(Message):
    """One text or call. The token is the secret of its link."""

    to: str
    text: str
    token: str

    def content(self) -> dict[str, Any]:
        """Return the words; the link in full only where this row is the phone."""
        return {"subject": "", "text": self.text if self.keep else self.text.replace(self.token, "…")}


class PhoneChannel:
    """Composes, and asks one provider after the other within one try."""

    name = ""
    contact_kind: str = ContactMethod.Kind.PHONE
    back_off: tuple[int, ...] = (5, 15, 30, 60)
    share: float = 0.5  # a provider that hangs leaves the other half of the threads

    def compose(self, notification: Notification, *, now: datetime) -> PhoneMessage:
        """Return the message; without a provider it is kept, for the phone simulator."""
        sample = bool(notification.user and notification.user.is_sample)
        return PhoneMessage(
            key=notification.dedup,
            keep=sample or not settings.PHONE_PROVIDERS,
            to=notification.address,
            text=self.words(notification),
            token=phone_messages.token(notification),
        )

    def words(self, notification: Notification) -> str:
        """Return what is written or said."""
        return phone_messages.text(notification)

    def send(self, message: PhoneMessage) -> Receipt:
        """Hand the message to the first provider that takes it. Raises SendError when none does."""
        if message.keep:
            return kept(message)
        lines = lines_for(message.to, self.name)
        if not lines:
            raise SendError(f"No provider is set up for {self.name} to {message.to}.", permanent=True)
        return self._try_each(CIRCUITS.ready(lines), message)

    def _try_each(self, lines: list[Line], message: PhoneMessage) -> Receipt:
        deadline = monotonic() + SECONDS
        answers: list[str] = []
        for index, line in enumerate(lines):
            seconds = max(0.5, (deadline - monotonic()) / (len(lines) - index))
            try:
                reference = self._place(line, message, seconds)
            except SendError as error:
                answers.append(f"{line.name}: {error.answer}")
                if error.permanent:
                    raise SendError("; ".join(answers), permanent=True, provider=line.name) from error
                CIRCUITS.failed(line.name)
                continue
            CIRCUITS.worked(line.name)
            answers.append(f"{line.name}: accepted as {reference}")
            return Receipt("sent", line.name, "; ".join(answers), reference=reference)
        raise SendError("; ".join(answers), permanent=False, provider=lines[-1].name)

    def _place(self, line: Line, message: PhoneMessage, seconds: float) -> str:
        order = Order(f"{message.key}:{self.name}", message.to, message.text, message.token)
        provider = PROVIDERS[line.kind]
        return (provider.call if self.name == "voice" else provider.text)(line, order, seconds=seconds)

    def rest(self) -> None:
        """Nothing has to be closed: idle connections end by themselves."""
