"""Public ids: what an object is called outside. A dialect adds its own prefix."""

from __future__ import annotations

import secrets

ALPHABET = "ABCDEFGHIJKLMNPQRSTUVWXYZ123456789"  # no letter O, no digit 0 (spec/oncall-config-api 1.6)
LENGTH = 12


def new_public_id() -> str:
    """Return twelve random characters: about 61 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
