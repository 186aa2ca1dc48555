"""Codes and secrets that are computed, not kept: whoever knows one has read a message of ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from oncall.models import ContactMethod, User

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32 characters that nobody confuses
LENGTH = 8  # 40 bits: guessing takes longer than the hour in which a code is good
WINDOW = 3600
CHAT_HOLDS = timedelta(hours=1)


def code(method: ContactMethod, at: datetime, *, back: int = 0) -> str:
    """Return the code, such as `K7QX-2MPD`, that proves an address; it changes every hour."""
    window = int(at.timestamp()) // WINDOW - back
    words = f"{method.pk}:{method.kind}:{method.address}:{method.target}:{window}"
    digest = salted_hmac("paging.codes", words, algorithm="sha256").digest()
    letters = "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:LENGTH])
    return f"{letters[:4]}-{letters[4:]}"


def matches(method: ContactMethod, given: str, now: datetime) -> bool:
    """Tell whether this is the code of this hour or the last, however it is written."""
    plain = "".join(letter for letter in given.upper() if letter.isalnum())
    wanted = [code(method, now, back=back).replace("-", "") for back in (0, 1)]
    return sum(constant_time_compare(plain, one) for one in wanted) > 0  # both are compared, always


def chat_token(user: User, now: datetime) -> str:
    """Return what a person sends to the bot so that it knows them, in the alphabet of its links; it holds an hour."""
    words = f"{user.pk:x}-{int((now + CHAT_HOLDS).timestamp()):x}"
    return f"{words}_{_signature(words)}"


def chat_user(token: str, now: datetime) -> int | None:
    """Return the key of the person whose token this is; None for one that is forged or too old."""
    words, _, signature = token.partition("_")
    if not constant_time_compare(signature, _signature(words)):
        return None
    pk, expires = (int(part, 16) for part in words.split("-"))
    return pk if datetime.fromtimestamp(expires, UTC) > now else None


def _signature(words: str) -> str:
    return salted_hmac("paging.codes.chat", words, algorithm="sha256").hexdigest()[:32]


def telegram_secret() -> str:
    """Return what Telegram must send with every callback (setWebhook's secret_token)."""
    return salted_hmac("paging.codes.telegram", settings.TELEGRAM_BOT_TOKEN, algorithm="sha256").hexdigest()
