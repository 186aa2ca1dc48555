"""The tokens that a login gives out: signed, for one day, and only for the PagerTree API (spec/pagertree A2)."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import jwt
from django.conf import settings

from oncall.models import Organization, User

LIFE = timedelta(hours=24)
ALGORITHM = "HS256"
AUDIENCE = "pagertree"


def issue(user: User, *, now: datetime) -> str:
    """Return a token that stands for the person until a day later, or until the password changes."""
    claims = {
        "id": f"usr_{user.public_id}",
        "sid": f"acc_{Organization.load().public_id}",
        "aud": AUDIENCE,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFE).timestamp()),
        "fit": _fingerprint(user),
    }
    return jwt.encode(claims, _key(), algorithm=ALGORITHM)


def looks_like_one(token: str) -> bool:
    """Tell a token from an API key, which has no dots."""
    return token.count(".") == 2


def holder(token: str, *, now: datetime) -> User | None:
    """Return the person whom a valid token stands for; None for any other, without saying why."""
    unchecked = {"verify_exp": False, "verify_iat": False}  # against the request's instant, below
    try:
        claims = jwt.decode(token, _key(), algorithms=[ALGORITHM], audience=AUDIENCE, options=unchecked)  # type: ignore[arg-type]
    except jwt.InvalidTokenError:
        return None
    until, name = claims.get("exp"), claims.get("id")
    if not isinstance(until, int) or until <= now.timestamp() or not isinstance(name, str):
        return None
    user = User.objects.filter(public_id=name.removeprefix("usr_"), is_active=True).first()
    return user if user is not None and claims.get("fit") == _fingerprint(user) else None


def _key() -> bytes:
    return hashlib.sha256(b"pagertree login:" + settings.SECRET_KEY.encode()).digest()


def _fingerprint(user: User) -> str:
    """Return what changes with the password, so that a stolen token dies with it."""
    return user.get_session_auth_hash()[:16]
