"""manage.py telegram_webhook: tell Telegram where the bot's buttons lead."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from paging import codes
from paging.channels import telegram
from paging.channels.base import SendError


class Command(BaseCommand):
    """Set the bot's webhook, with the secret by which its calls are known."""

    help = "Tell Telegram where to send what people press and write; needed once, and after a new base URL."

    def handle(self, *args: Any, **options: Any) -> None:
        """Call setWebhook."""
        if not settings.TELEGRAM_BOT_TOKEN:
            raise CommandError("TOCSIN_TELEGRAM_BOT_TOKEN is not set.")
        url = f"{settings.TOCSIN_BASE_URL}/hooks/telegram"
        wanted = {"url": url, "secret_token": codes.telegram_secret(), "allowed_updates": ["message", "callback_query"]}
        try:
            telegram.call("setWebhook", wanted)
        except SendError as error:
            raise CommandError(f"Telegram refused {url}: {error.answer}") from error
        self.stdout.write(f"Telegram calls {url} from now on.")
