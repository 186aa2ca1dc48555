"""Page people and teams, and ask what became of it (seed 000, spec/hotpot-paging-api A4 to A6)."""

from __future__ import annotations

import re
from typing import Any

from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from paging import acknowledgements, pages
from paging.api.dialect import HotpotViewSet
from paging.api.serializers import (
    ActingEnvelope,
    ActingSerializer,
    PageForm,
    QueuedSerializer,
    StatusEnvelope,
    StatusSerializer,
)
from paging.models import Page

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)


class PageViewSet(HotpotViewSet):
    """Page somebody. Anybody may page anybody."""

    serializer_class = QueuedSerializer
    queryset = Page.objects.all()
    forms = {"person": PageForm, "team": PageForm}
    envelopes = {"person": QueuedSerializer, "team": QueuedSerializer}

    @action(detail=False, methods=["post"])
    def person(self, request: Request) -> Response:
        """Page the person of that e-mail address, whoever is on call, until somebody handles it."""
        return self._accept(request, Page.Kind.PERSON)

    @action(detail=False, methods=["post"])
    def team(self, request: Request) -> Response:
        """Page whoever is on call for the team of that slug when it is processed."""
        return self._accept(request, Page.Kind.TEAM)

    def _accept(self, request: Request, kind: Page.Kind) -> Response:
        user: Any = request.user
        return self.queued(pages.accept(kind, self.read_body(), by=user, now=self.now))


class RequestViewSet(HotpotViewSet):
    """What became of a request."""

    serializer_class = StatusSerializer
    queryset = Page.objects.all()
    lookup_field = "request_id"
    lookup_url_kwarg = "request_id"
    lookup_value_regex = "[^/]+"
    envelopes = {"status": StatusEnvelope, "acknowledgements": ActingEnvelope}

    @action(detail=True, methods=["get"])
    def status(self, request: Request, request_id: str) -> Response:
        """Say whether the request was understood, and everything that was wrong with it."""
        return Response({"response": StatusSerializer(self.get_object()).data})

    @action(detail=True, methods=["get"])
    def acknowledgements(self, request: Request, request_id: str) -> Response:
        """Say who acted on the page, oldest first."""
        rows = acknowledgements.of_page(self.get_object())
        return Response({"response": ActingSerializer(rows, many=True).data})

    def get_object(self) -> Page:
        """Return the request. Raises NotFound also for what is no UUID."""
        sent = self.kwargs["request_id"]
        page = Page.objects.filter(request_id=sent).first() if UUID.fullmatch(sent) else None
        if page is None:
            raise NotFound
        return page
