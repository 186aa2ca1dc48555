"""Who calls the OnCall API, and what their role lets them do (spec/oncall-config-api 1.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from oncall.models import ApiKey, User
from oncall.services import keys

SCHEMES = ("bearer", "token")
INVALID = "Invalid token."
INACTIVE = "Only active users are allowed to perform this action."


def bare_token(header: str) -> str:
    """Return the token of an Authorization header: raw, `Bearer …` or `Token …`."""
    scheme, _, rest = header.strip().partition(" ")
    return rest.strip() if scheme.lower() in SCHEMES and rest else header.strip()


class OnCallAuthentication(BaseAuthentication):
    """Find the key of the Authorization header. Lacking `authenticate_header` it answers 403, as clients expect."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or timezone.now()

    def authenticate(self, request: Request) -> tuple[User, ApiKey]:
        """Return the key's user and the key."""
        key = keys.find_key(bare_token(request.headers.get("Authorization", "")), now=self.now)
        if key is None:
            raise AuthenticationFailed(INVALID)
        if not key.user.is_active:
            raise AuthenticationFailed(INACTIVE)
        return key.user, key


class OnCallAuthenticationScheme(OpenApiAuthenticationExtension):
    """Describes the header in the API's schema."""

    target_class = OnCallAuthentication
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return OpenAPI's words for it."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "The API key itself; “Bearer” or “Token” may stand before it.",
        }


class RolePermission(BasePermission):
    """Everybody reads; the view's `write_role` says who writes."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Compare the caller's role with what the verb needs."""
        if request.method in SAFE_METHODS:
            return True
        user: Any = request.user
        return bool(user.may_edit if view.write_role == User.Role.EDITOR else user.role == User.Role.ADMIN)
