"""Who calls the Hotpot API: `Authorization: Bearer <key>` and nothing else (spec/hotpot-paging-api A1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from oncall.models import ApiKey, User
from oncall.services import keys


class HotpotAuthentication(BaseAuthentication):
    """Find the key of the header. The view hands in the instant of the request."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def authenticate(self, request: Request) -> tuple[User, ApiKey]:
        """Return the key's user and the key; whatever is wrong is answered with the same 401."""
        scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
        key = keys.find_key(token.strip(), now=self.now) if scheme.lower() == "bearer" else None
        if key is None or not key.user.is_active:
            raise AuthenticationFailed
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme; without it the framework would answer 403."""
        return "Bearer"


class EditorsPage(BasePermission):
    """Everybody reads, viewers do nothing else (decisions.md, Rights)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Compare the caller's role with what the method needs."""
        user: Any = request.user
        return request.method in SAFE_METHODS or bool(user.may_edit)


class HotpotAuthenticationScheme(OpenApiAuthenticationExtension):
    """Describes the header in the API's schema."""

    target_class = HotpotAuthentication
    name = "HotpotKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return OpenAPI's words for it."""
        return {"type": "http", "scheme": "bearer", "description": "The API key."}
