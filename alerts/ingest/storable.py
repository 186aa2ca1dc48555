"""Make a payload fit to be stored: what JSON may carry and a database may not is replaced."""

from __future__ import annotations

import math
import re
from typing import Any

from base.errors import Invalid

MAX_DEPTH = 200  # SQLite and our own walks end at about 1000
REPLACEMENT = "\ufffd"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Return the value without NULs, half characters and numbers that are none; raises Invalid when too deep."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, (dict, list)) and not depth:
        raise Invalid(f"The payload is nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, dict):
        return {storable_text(key): storable(part, depth - 1) for key, part in value.items()}
    if isinstance(value, list):
        return [storable(part, depth - 1) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def storable_text(text: str) -> str:
    """Return the text without NULs and half characters."""
    return _UNSTORABLE.sub(REPLACEMENT, text) if "\0" in text or not text.isascii() else text
