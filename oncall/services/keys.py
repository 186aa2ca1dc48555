"""API keys: one opens every dialect with the rights of its user."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from oncall.models import ApiKey, User

USE_RECORDED_EVERY = timedelta(minutes=1)
PREFIX_LENGTH = 8


def issue_key(user: User, *, name: str = "API key", now: datetime) -> tuple[ApiKey, str]:
    """Make a key; the plain text (64 lower-case hex digits) is returned here and kept nowhere."""
    token = secrets.token_hex(32)
    key = ApiKey.objects.create(
        user=user, name=name, prefix=token[:PREFIX_LENGTH], digest=_digest(token), created_at=now
    )
    return key, token


def find_key(token: str, *, now: datetime) -> ApiKey | None:
    """Return the live key with its user (who may be inactive), by one indexed query; None when there is none.

    Its last use is recorded, at most once a minute.
    """
    if not token:
        return None
    key = ApiKey.objects.select_related("user").filter(digest=_digest(token), revoked_at=None).first()
    if key and (key.last_used_at is None or now - key.last_used_at >= USE_RECORDED_EVERY):
        # Compare and set: of several requests at once, one writes.
        ApiKey.objects.filter(pk=key.pk, last_used_at=key.last_used_at).update(last_used_at=now)
        key.last_used_at = now
    return key


def revoke(key: ApiKey, *, now: datetime) -> bool:
    """End a key for good; False when it had ended before."""
    revoked = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=now)
    key.refresh_from_db(fields=["revoked_at"])
    return bool(revoked)


def _digest(token: str) -> str:
    # Plain SHA-256 is enough for 32 random bytes: there is no dictionary to try.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
