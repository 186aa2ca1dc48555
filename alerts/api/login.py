"""`POST /public/login`: e-mail address and password for a token (spec/pagertree A2.1)."""

from __future__ import annotations

import math
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api import tokens
from alerts.api.dialect import PagerTreeViewSet
from alerts.api.inputs import Text
from oncall.services import logins

WRONG = "The username or the password is wrong."


class LoginForm(serializers.Serializer[Any]):
    """Who wants in."""

    username = Text(blank=False, max_length=320)
    password = Text(blank=False, max_length=1000)


class TokenSerializer(serializers.Serializer[Any]):
    """What opens the API from then on."""

    token = serializers.CharField()


class TooManyTries(Throttled):
    """A 429 with the seconds to wait."""

    default_detail = "There were too many tries to log in. Wait a little."
    extra_detail_singular = extra_detail_plural = ""


class LoginViewSet(PagerTreeViewSet):
    """The one address that asks for no credential."""

    permission_classes = []
    serializer_class = TokenSerializer
    forms = {"create": LoginForm}

    def get_authenticators(self) -> list[BaseAuthentication]:
        return []

    def get_authenticate_header(self, request: Request) -> str:
        """Name the scheme; without it the framework would answer 403."""
        return "Bearer"

    @extend_schema(responses={200: TokenSerializer}, auth=[])
    def create(self, request: Request) -> Response:
        """Give a token for an e-mail address and its password; unknown and wrong look and take the same."""
        form = self.read_form()
        address = request.META.get("REMOTE_ADDR", "")
        if wait := logins.wait_before_login(form["username"], address, now=self.now):
            raise TooManyTries(math.ceil(wait.total_seconds()))
        user = logins.log_in(form["username"], form["password"])
        if user is None:
            raise AuthenticationFailed(WRONG)
        return Response({"token": tokens.issue(user, now=self.now)})
