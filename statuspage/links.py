"""What a page's addresses are made of, and the tokens in messages to subscribers. Pure."""

from __future__ import annotations

import re
import secrets
import string
import unicodedata

from django.core import signing
from django.utils.crypto import salted_hmac

ALPHABET = string.ascii_lowercase + string.digits
TOKEN_LENGTH = 16
SLUG_LENGTH = 100
LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"}
    | {"þ": "th", "Þ": "Th", "ð": "d", "Ð": "D", "\u0131": "i"}
)
# Marks that vanish, before compatibility forms would spell them out: "Sorry™" is "sorry".
MARKS = str.maketrans(dict.fromkeys("™®©℠"))


class Forged(Exception):
    """The token is not one of ours."""


class _Signer(signing.Signer):
    """Signs with 128 bits in hexadecimal: no character that a mail program would cut off a link."""

    def signature(self, value: str | bytes, key: str | bytes | None = None) -> str:
        return salted_hmac(self.salt, value, key or self.key, algorithm="sha256").hexdigest()[:32]


_signer = _Signer(sep=".", salt="statuspage.links")


def new_token() -> str:
    """Return sixteen random characters of `a-z0-9`: about 82 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH))


def slug(subject: str) -> str:
    """Return the subject as it stands in a link (A9); empty where nothing of it is left."""
    parts = unicodedata.normalize("NFKD", subject.translate(MARKS).translate(LETTERS))
    plain = "".join(one for one in parts if not unicodedata.combining(one))
    words = re.sub(r"[^a-z0-9_-]+", "-", plain.lower())
    return re.sub(r"-{2,}", "-", words).strip("-")[:SLUG_LENGTH].rstrip("-")


def subscriber_token(pk: int, secret: str, purpose: str) -> str:
    """Return the token for one thing that a subscriber may do; it dies with the row and with its secret."""
    return _signer.sign(f"{pk:x}.{purpose}.{secret[:8]}")


def read_subscriber_token(token: str, purpose: str) -> tuple[int, str]:
    """Return the subscriber's key and the beginning of their secret. Raises Forged."""
    try:
        pk, found, secret = _signer.unsign(token).split(".")
        number = int(pk, 16)
    except (signing.BadSignature, ValueError) as error:
        raise Forged(token) from error
    if found != purpose:
        raise Forged(token)
    return number, secret
