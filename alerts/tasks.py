"""What django-q2 calls for alerts."""

from __future__ import annotations

import logging

from base import guarded_http

logger = logging.getLogger(__name__)

SECONDS = 8.0
MOST = 50_000  # bytes


def confirm_subscription(url: str) -> int:
    """Tell AWS that an integration wants the messages of a topic; return the status. A failure is tried again."""
    answer = guarded_http.fetch(url, headers={}, allowed=[], seconds=SECONDS, limit=MOST)
    logger.info("a subscription was confirmed", extra={"status": answer.status})
    if answer.status >= 400:
        raise RuntimeError(f"AWS answers {answer.status}")
    return answer.status
