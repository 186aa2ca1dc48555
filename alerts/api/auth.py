"""Who calls the PagerTree API (spec/pagertree A2): a key or a login's token, raw or after `Bearer`, or a key's pair."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from alerts.api import tokens
from oncall.models import ApiKey, User
from oncall.services import keys

REFUSED = "The credentials are missing or not valid."
FORBIDDEN = "Your role may read alerts, but not act on them."


class PagerTreeAuthentication(BaseAuthentication):
    """Find the person whom the headers name. The view hands in the instant of the request."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def authenticate(self, request: Request) -> tuple[User, ApiKey | None]:
        """Return the person, with the key if it is one; whatever is wrong is answered with the same 401."""
        token, prefix = credentials(request.headers)
        if prefix is None and tokens.looks_like_one(token):
            user = tokens.holder(token, now=self.now)
            if user is None:
                raise AuthenticationFailed(REFUSED)
            return user, None
        key = keys.find_key(token, now=self.now)
        if key is None or not key.user.is_active or not _same(prefix, key.prefix):
            raise AuthenticationFailed(REFUSED)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme; without it the framework would answer 403."""
        return "Bearer"


def credentials(headers: Any) -> tuple[str, str | None]:
    """Return the token and, where a pair is sent, the prefix that must belong to it.

    Where Authorization is present it alone decides (A2.4)."""
    header = headers.get("Authorization")
    if header is None:
        return headers.get("X-Api-Secret", ""), headers.get("X-Api-Key", "")
    scheme, _, rest = header.strip().partition(" ")
    return (rest if scheme.lower() == "bearer" else header).strip(), None


def _same(given: str | None, prefix: str) -> bool:
    return given is None or hmac.compare_digest(given.encode("utf-8", "replace"), prefix.encode())


class EditorsWrite(BasePermission):
    """Everybody reads, viewers do nothing else (decisions.md, Rights)."""

    message = FORBIDDEN

    def has_permission(self, request: Request, view: Any) -> bool:
        """Compare the caller's role with what the method needs."""
        user: Any = request.user
        return request.method in SAFE_METHODS or bool(user.may_edit)


class PagerTreeAuthenticationScheme(OpenApiAuthenticationExtension):
    """Describes the headers in the API's schema."""

    target_class = PagerTreeAuthentication
    name = "PagerTreeKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return OpenAPI's words for it."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "The API key or a login's token, alone or after “Bearer”. Instead: a key's first eight"
            " characters in `x-api-key` and the whole of it in `x-api-secret`.",
        }
