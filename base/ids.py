"""Public ids: what an object is called outside. A dialect adds its own prefix."""

from __future__ import annotations

import secrets
from datetime import datetime

ALPHABET = "ABCDEFGHIJKLMNPQRSTUVWXYZ123456789"  # no letter O, no digit 0 (spec/oncall-config-api 1.6)
LENGTH = 12


def new_public_id() -> str:
    """Return twelve random characters: about 61 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def new_ulid(now: datetime) -> str:
    """Return 26 lower-case characters that sort by time: 48 bits of milliseconds, then 80 random ones."""
    number = int(now.timestamp() * 1000) << 80 | secrets.randbits(80)
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
