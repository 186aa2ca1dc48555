"""Moments: things that happened while a team was on call (spec/hotpot-paging-api A7). They page nobody."""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from paging import pages
from paging.api.dialect import HotpotViewSet
from paging.api.serializers import MomentForm, QueuedSerializer
from paging.models import MomentDoor, Page


class MomentViewSet(HotpotViewSet):
    """Tell what happened. The token in the address is the secret: no key is needed."""

    serializer_class = QueuedSerializer
    queryset = MomentDoor.objects.all()
    lookup_field = "token"
    permission_classes = []
    forms = {"create": MomentForm}
    envelopes = {"create": QueuedSerializer, "foreign": QueuedSerializer}

    def get_authenticators(self) -> list[BaseAuthentication]:
        return []

    def create(self, request: Request, token: str, **kwargs: Any) -> Response:
        """Store a moment of the team whose token it is."""
        return self._accept(token, "")

    def foreign(self, request: Request, token: str, integration: str, **kwargs: Any) -> Response:
        """Store a moment in the shape that another product sends."""
        return self._accept(token, integration)

    def _accept(self, token: str, integration: str) -> Response:
        team = pages.team_of(token)
        if team is None:
            raise NotFound
        body = self.read_body()
        moment = pages.accept(Page.Kind.MOMENT, body, by=None, team=team, integration=integration, now=self.now)
        return self.queued(moment)
