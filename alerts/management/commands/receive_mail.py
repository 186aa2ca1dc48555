"""A mail server of our own, for installations without a mail provider."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session, syntax
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import close_old_connections
from django.utils import timezone

from alerts.ingest.mail import from_message
from alerts.services.mail import mailbox, receive_mail
from base import startup
from base.errors import DomainError, NotFound
from base.process import bind_to_parent

logger = logging.getLogger(__name__)

STORED, AGAIN = "250 2.0.0 Stored", "451 4.3.0 The mail could not be stored, try again"
UNKNOWN, REFUSED = "550 5.1.1 No such mailbox", "554 5.6.0 The mail cannot be read"
IDLE_SECONDS = 60


class Door(SMTP):
    """Speaks SMTP and LMTP; the latter answers once for each recipient."""

    speaks_lmtp = False

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802  aiosmtpd finds commands by name
        """Greet one who speaks LMTP."""
        self.speaks_lmtp = True
        await super().smtp_EHLO(arg)


class Mailroom:
    """Says 250 only for what is stored."""

    async def handle_RCPT(  # noqa: N802  aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Accept recipients that have a mailbox."""
        answer = await apart(check_recipient, address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Door, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Store the mail once for each recipient."""
        content = envelope.original_content or b""
        answers = [await apart(store, content, recipient, envelope.mail_from or "") for recipient in envelope.rcpt_tos]
        if server.speaks_lmtp:
            return "\r\n".join(answers)
        return next((answer for answer in answers if answer != STORED), STORED)


async def apart(answer: Callable[..., str], *args: object) -> str:
    """Return an answer that needs the database, found in a thread whose connection is known to live."""

    def found() -> str:
        close_old_connections()
        return answer(*args)

    return await asyncio.to_thread(found)


def check_recipient(address: str) -> str:
    """Return the answer to a recipient."""
    try:
        mailbox(address, settings.TOCSIN_INBOUND_EMAIL_DOMAIN)
    except DomainError:
        return UNKNOWN
    except Exception:
        logger.exception("a recipient could not be looked up")
        return AGAIN
    return "250 2.1.5 OK"


def store(content: bytes, recipient: str, sender: str) -> str:
    """Store a mail for one recipient and return the answer."""
    try:
        receive_mail(from_message(content, (recipient,), sender), now=timezone.now())
    except NotFound:
        return UNKNOWN
    except DomainError:
        return REFUSED
    except Exception:
        logger.exception("a mail could not be stored")
        return AGAIN
    return STORED


class Command(BaseCommand):
    """Run the mail server in the foreground."""

    help = "Take mails in over LMTP or SMTP and open alerts; `up` runs it when TOCSIN_LMTP_BIND is set."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address."""
        parser.add_argument("--bind", default=settings.TOCSIN_LMTP_BIND, metavar="HOST:PORT")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until SIGTERM or Ctrl-C."""
        if not options["bind"]:
            raise CommandError("Give --bind or set TOCSIN_LMTP_BIND.")
        bind_to_parent()
        asyncio.run(serve(*startup.parse_bind(options["bind"])))


async def serve(host: str, port: int) -> None:
    """Listen until the process is asked to stop."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    server = await loop.create_server(
        lambda: Door(Mailroom(), hostname="tocsin", data_size_limit=limit, timeout=IDLE_SECONDS), host, port
    )
    logger.info("mails are taken in", extra={"address": f"{host}:{port}"})
    async with server:
        await stop.wait()
