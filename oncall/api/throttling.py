"""How often one person may call the HTTP APIs (spec/oncall-config-api 1.4). Every dialect may use it."""

from __future__ import annotations

from math import ceil
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

WINDOW = 60  # seconds


class UserThrottle(BaseThrottle):
    """At most TOCSIN_API_LIMIT requests of one person in a sliding minute, whatever key they use.

    The minute before counts by the share of it that the window still covers. The view says what time it is, as `now`.
    """

    def __init__(self) -> None:
        self.seconds: float | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count the request, unless it is one too many: those do not count."""
        limit = settings.TOCSIN_API_LIMIT
        if not limit or request.user is None:
            return True
        minute, elapsed = divmod(view.now.timestamp(), WINDOW)
        key = f"api:{request.user.pk}:{{:.0f}}"
        current, before = cache.get(key.format(minute), 0), cache.get(key.format(minute - 1), 0)
        if before * (WINDOW - elapsed) / WINDOW + current >= limit:
            self.seconds = _until_free(limit, current, before, elapsed)
            return False
        cache.add(key.format(minute), 0, timeout=2 * WINDOW)
        cache.incr(key.format(minute))
        return True

    def wait(self) -> float | None:
        """Return after how many whole seconds a request may pass."""
        return None if self.seconds is None else max(1, ceil(self.seconds))


def _until_free(limit: int, current: int, before: int, elapsed: float) -> float:
    rest = WINDOW - elapsed
    if current < limit:  # the minute before fades within this one
        return rest - WINDOW * (limit - current) / before
    return rest + WINDOW * (1 - limit / current)
