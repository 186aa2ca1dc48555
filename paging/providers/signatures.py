"""Is it really the provider who calls? Nothing is read of a callback that is not signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

HOLDS_SECONDS = 300  # how far the time stamp of a callback may be from our clock


def twilio(secret: str, url: str, fields: Mapping[str, list[str]]) -> str:
    """Return Twilio's X-Twilio-Signature for a form that is posted to that address."""
    text = url + "".join(name + "".join(sorted(set(fields[name]))) for name in sorted(fields))
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def ours(secret: str, timestamp: str, path: str, body: bytes) -> str:
    """Return the X-Tocsin-Signature that a gateway of one's own sends with its time stamp (seconds, UTC)."""
    text = f"{timestamp}.{path}.".encode() + body
    return "sha256=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def is_fresh(timestamp: str, now: datetime) -> bool:
    """Tell whether a time stamp is that of a callback made just now."""
    return timestamp.isdecimal() and len(timestamp) < 12 and abs(now.timestamp() - int(timestamp)) <= HOLDS_SECONDS


def same(given: str, wanted: str) -> bool:
    """Compare two signatures in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
