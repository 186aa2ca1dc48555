"""Who calls the Sorry API (A2), and how often they may (A13)."""

from __future__ import annotations

import math
import threading
import time
from datetime import datetime
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from oncall.models import ApiKey, User
from oncall.services import keys

REFUSED = "The token is missing or not valid. Send it as `Authorization: Bearer <token>`."
BURST_SECONDS = 5  # of unused calls that may be caught up on
REMEMBERED = 10_000


class SorryAuthentication(BaseAuthentication):
    """Find the key behind `Bearer`. The view hands in the instant of the request."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def authenticate(self, request: Request) -> tuple[User, ApiKey]:
        """Return the key's user and the key; whatever is wrong is answered with the same 401."""
        scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
        key = keys.find_key(token.strip(), now=self.now) if scheme.lower() == "bearer" else None
        if key is None or not key.user.is_active:
            raise AuthenticationFailed(REFUSED)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme."""
        return "Bearer"


class SorryAuthenticationScheme(OpenApiAuthenticationExtension):
    """Describes the header in the API's schema."""

    target_class = SorryAuthentication
    name = "SorryToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return OpenAPI's words for it."""
        return {"type": "http", "scheme": "bearer"}


class RoleWrites(BasePermission):
    """Everybody reads; the view's `write_role` says who writes (decisions.md, Rights)."""

    message = "Your role may read, but not change this."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Compare the caller's role with what the method needs."""
        user: Any = request.user
        if request.method in SAFE_METHODS:
            return True
        return bool(user.may_edit if view.write_role == User.Role.EDITOR else user.role == User.Role.ADMIN)


class PerToken(BaseThrottle):
    """A bucket of calls per token, refilled all the time; counted in each web process by itself."""

    _buckets: dict[int, tuple[float, float]] = {}
    _lock = threading.Lock()
    _wait = 1.0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Take one call out of the token's bucket, if there is one."""
        rate = settings.STATUS_API_RATE
        if not rate:
            return True
        key: Any = request.auth
        with self._lock:
            left, ok = refill(self._buckets.get(key.pk), rate, time.monotonic())
            if len(self._buckets) > REMEMBERED:
                self._buckets.clear()
            self._buckets[key.pk] = (left - 1 if ok else left, time.monotonic())
        self._wait = (1 - left) / rate
        return ok

    def wait(self) -> float:
        """Return the whole seconds after which it may work again."""
        return max(1.0, math.ceil(self._wait))


def refill(bucket: tuple[float, float] | None, rate: int, at: float) -> tuple[float, bool]:
    """Return how many calls the bucket holds at that moment, and whether one may be taken."""
    full = float(rate * BURST_SECONDS)
    left = full if bucket is None else min(full, bucket[0] + (at - bucket[1]) * rate)
    return left, left >= 1
