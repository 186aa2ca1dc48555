"""Tokens for iCal exports, made and revoked over the API: an addition of ours to spec/oncall-config-api section 4.2."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from base.errors import Forbidden
from oncall.api.dialect import OnCallViewSet
from oncall.api.errors import NOT_FOUND
from oncall.models import Schedule, User
from oncall.services.calendar_tokens import issue_token, revoke_token


class ExportTokenSerializer(serializers.Serializer[Any]):
    """A token, shown this once, and the address that it opens."""

    token = serializers.CharField()
    export_url = serializers.CharField()


def made(plain: str, path: str) -> Response:
    """Answer a token that was just made."""
    url = f"{settings.TOCSIN_BASE_URL}/api/v1/{path}?token={plain}"
    return Response({"token": plain, "export_url": url}, status=status.HTTP_201_CREATED)


class ExportTokenMixin(OnCallViewSet):
    """Adds `schedules/{id}/export_token`: the caller's own token for that schedule."""

    @extend_schema(request=None, responses={201: ExportTokenSerializer})
    @action(detail=True, methods=["post"], url_path="export_token", url_name="export-token")
    def export_token(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a token; the caller's earlier one ends."""
        schedule: Schedule = self.get_object()
        user: Any = request.user
        _, plain = issue_token(user, schedule=schedule, now=self.now)
        return made(plain, f"schedules/S{schedule.public_id}/export")

    @extend_schema(request=None, responses={204: None})
    @export_token.mapping.delete
    def revoke_export_token(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Revoke the caller's token."""
        user: Any = request.user
        if not revoke_token(user, schedule=self.get_object(), now=self.now):
            raise NotFound(NOT_FOUND)
        return Response(status=status.HTTP_204_NO_CONTENT)


class UserExportTokenViewSet(OnCallViewSet):
    """`users/{id}/schedule_export_token`: one's own token for all of one's turns."""

    prefix = "U"
    write_role = User.Role.EDITOR
    queryset = User.objects.filter(is_active=True)
    serializer_class = ExportTokenSerializer
    pagination_class = None  # type: ignore[assignment]  # one answer

    @extend_schema(request=None, responses={201: ExportTokenSerializer})
    @action(detail=True, methods=["post"], url_path="schedule_export_token", url_name="schedule-export-token")
    def schedule_export_token(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a token; the earlier one ends."""
        user = self._own()
        _, plain = issue_token(user, now=self.now)
        return made(plain, f"users/U{user.public_id}/schedule_export")

    @extend_schema(request=None, responses={204: None})
    @schedule_export_token.mapping.delete
    def revoke_schedule_export_token(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Revoke the token."""
        if not revoke_token(self._own(), now=self.now):
            raise NotFound(NOT_FOUND)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _own(self) -> User:
        user: User = self.get_object()
        if user.pk != self.request.user.pk:
            raise Forbidden("You do not have permission to perform this action.")
        return user
