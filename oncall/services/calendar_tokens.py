"""Tokens that open one iCal export: 32 hex digits, shown once, revocable."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from oncall.models import CalendarToken, Schedule, User


def issue_token(user: User, *, schedule: Schedule | None = None, now: datetime) -> tuple[CalendarToken, str]:
    """Make a token for a schedule, or for all turns of the person; the one they had for it ends.

    The plain text is returned here and kept nowhere.
    """
    plain = secrets.token_hex(16)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two at once would make two
        revoke_token(user, schedule=schedule, now=now)
        row = CalendarToken.objects.create(user=user, schedule=schedule, digest=_digest(plain), created_at=now)
    return row, plain


def revoke_token(user: User, *, schedule: Schedule | None = None, now: datetime) -> bool:
    """End the person's token for a schedule, or for their own turns; False when there is none."""
    live = CalendarToken.objects.filter(user=user, schedule=schedule, revoked_at=None)
    return bool(live.update(revoked_at=now))


def find_token(plain: str) -> CalendarToken | None:
    """Return the token with its person and schedule, whether it still opens anything or not."""
    rows = CalendarToken.objects.select_related("user", "schedule")
    return rows.filter(digest=_digest(plain)).first() if plain else None


def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()
