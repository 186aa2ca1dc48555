"""The links in messages: signed, for one person and one notification, and only for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac


class Forged(Exception):
    """The token is not one of ours."""


class Expired(Exception):
    """The token was one of ours."""


class _Signer(signing.Signer):
    """Signs with 128 bits in hexadecimal: short, and no character that a mail program would cut off a link."""

    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        return salted_hmac(self.salt, value, key or self.key, algorithm="sha256").hexdigest()[:32]


_signer = _Signer(sep=".", salt="paging.links")


def token(notification_pk: int, *, issued_at: datetime) -> str:
    """Return the token of a notification; it holds for settings.REPLY_LINK_DAYS, to the second."""
    expires_at = issued_at + timedelta(days=settings.REPLY_LINK_DAYS)
    return _signer.sign(f"{notification_pk:x}.{int(expires_at.timestamp()):x}")


def url(token: str) -> str:
    """Return the address of the reply page."""
    return f"{settings.TOCSIN_BASE_URL}/r/{token}"


def read(token: str, now: datetime) -> int:
    """Return the notification's key. Raises Forged or Expired."""
    try:
        pk, expires = _signer.unsign(token).split(".")
    except (signing.BadSignature, ValueError) as error:
        raise Forged(token) from error
    if datetime.fromtimestamp(int(expires, 16), UTC) <= now:
        raise Expired(token)
    return int(pk, 16)
