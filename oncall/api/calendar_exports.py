"""`schedules/{id}/export` and `users/{id}/schedule_export` (spec/oncall-config-api section 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import orjson
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.decorators import action
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from oncall import calendar_selectors, ical_export
from oncall.api.auth import INVALID
from oncall.api.dialect import OnCallViewSet
from oncall.models import CalendarToken, Schedule, User
from oncall.services.calendar_tokens import find_token

TOKEN = OpenApiParameter("token", OpenApiTypes.STR, OpenApiParameter.QUERY, required=True)
CALENDAR = {(200, "text/calendar"): OpenApiTypes.STR}


class CalendarRenderer(BaseRenderer):
    """Passes a calendar through; a refusal is JSON under the same content type, as clients know it."""

    media_type = "text/calendar"
    format = "ics"
    charset = "utf-8"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return data if isinstance(data, bytes) else orjson.dumps(data)


class AlwaysCalendar(BaseContentNegotiation):
    """Calendar programs accept all sorts of things and get a calendar."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class CalendarTokenAuthentication(BaseAuthentication):
    """Find the token of the query. Lacking `authenticate_header` it answers 403."""

    def authenticate(self, request: Request) -> tuple[User, CalendarToken]:
        token = find_token(request.query_params.get("token", ""))
        if token is None:
            raise AuthenticationFailed(INVALID)
        if token.revoked_at is not None or not token.user.is_active:
            raise AuthenticationFailed("Export token is deactivated")
        return token.user, token


class ExportViewSet(OnCallViewSet):
    """An iCal calendar for anybody who has its token."""

    permission_classes = []
    renderer_classes = [CalendarRenderer]
    content_negotiation_class = AlwaysCalendar
    serializer_class = Serializer
    pagination_class = None  # type: ignore[assignment]  # one answer
    wrong: ClassVar[str]

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [CalendarTokenAuthentication()]

    def refuse_unless(self, fits: bool) -> None:
        """Refuse a token of something else."""
        if not fits:
            raise AuthenticationFailed(self.wrong)

    def calendar(self, name: str, entries: list[ical_export.Entry], stamp: datetime) -> Response:
        """Answer a calendar."""
        return Response(ical_export.write(name, entries, stamp=stamp))


class ScheduleExportViewSet(ExportViewSet):
    """All turns of a schedule."""

    prefix = "S"
    queryset = Schedule.objects.all()
    wrong = "Invalid schedule export token for schedule"

    @extend_schema(parameters=[TOKEN], responses=CALENDAR, auth=[])
    @action(detail=True)
    def export(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the schedule as an iCal calendar: fifteen days back, half a year ahead."""
        token: Any = request.auth
        schedule: Schedule = self.get_object()
        self.refuse_unless(token.schedule_id == schedule.pk)
        stamp, start, end = ical_export.window(self.now)
        return self.calendar(schedule.name, calendar_selectors.entries(schedule, start, end), stamp)


class UserExportViewSet(ExportViewSet):
    """All turns of a person."""

    prefix = "U"
    queryset = User.objects.filter(is_active=True)
    wrong = "Invalid schedule export token for user"

    @extend_schema(parameters=[TOKEN], responses=CALENDAR, auth=[])
    @action(detail=True, url_name="schedule-export")
    def schedule_export(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the person's turns in all schedules as an iCal calendar."""
        token: Any = request.auth
        user: User = self.get_object()
        self.refuse_unless(token.schedule_id is None and token.user_id == user.pk)
        stamp, start, end = ical_export.window(self.now)
        name = f"On-Call Schedule for {user.username}"
        return self.calendar(name, calendar_selectors.entries_of(user, start, end), stamp)
