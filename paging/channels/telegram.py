"""Telegram: sendMessage with an inline keyboard to a person's chat with the bot."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from oncall.models import ContactMethod
from paging.channels.base import Receipt, SendError
from paging.channels.chat import ChatMessage, EditableChannel, ask
from paging.chat_messages import VERBS, ChatWords

LONGEST = 4096  # characters that Telegram takes


class TelegramChannel(EditableChannel):
    """Writes to one person; the address is the number of their chat with the bot."""

    name = "telegram"
    contact_kind: str = ContactMethod.Kind.TELEGRAM

    def missing(self) -> str:
        """Return the setting that is needed."""
        return "" if settings.TELEGRAM_BOT_TOKEN else "TOCSIN_TELEGRAM_BOT_TOKEN"

    def post(self, message: ChatMessage) -> Receipt:
        """Send the message; what Telegram has taken lies in the chat."""
        found = call("sendMessage", {"chat_id": int(message.to), **body(message.words)})
        number = found.get("message_id", "")
        return Receipt("sent", "telegram", f"Sent as {number}.", reference=f"{int(message.to)}:{number}", arrived=True)

    def edit(self, reference: str, words: ChatWords) -> None:
        """Replace the message; that it is no other already is no error."""
        chat, _, number = reference.partition(":")
        where = {"chat_id": int(chat), "message_id": int(number)}
        try:
            call("editMessageText", {**where, **body(words)})
        except SendError as error:
            if "message is not modified" not in error.answer:
                raise


def body(words: ChatWords) -> dict[str, Any]:
    """Return text and keyboard, without markup: nothing that a monitor wrote is read as such."""
    text = f"{words.title}\n\n{words.text}"[: LONGEST - len(words.link) - 2] + f"\n\n{words.link}"
    found: dict[str, Any] = {"text": text, "link_preview_options": {"is_disabled": True}}
    if words.buttons:
        row = [{"text": label, "callback_data": f"{verb[:3]}:{words.token}"} for verb, label in VERBS]
        found["reply_markup"] = {"inline_keyboard": [row]}
    return found


def call(method: str, body: dict[str, Any]) -> dict[str, Any]:
    """Call the bot API and return the result. Raises SendError; the token, which is in the address, is never shown."""
    token = settings.TELEGRAM_BOT_TOKEN
    url = f"{settings.TELEGRAM_API_URL}/bot{token}/{method}"
    answer, found = ask("telegram", "POST", url, body, secret=token)
    if isinstance(found, dict) and found.get("ok"):
        result = found.get("result")
        return result if isinstance(result, dict) else {}
    said = f"{found.get('error_code')} {found.get('description')}" if isinstance(found, dict) else str(answer.status)
    raise SendError(said[:500], permanent=True, provider="telegram")
