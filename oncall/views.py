"""A team's public on-call calendar: a page for people without an account."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from oncall.models import TeamCalendar
from oncall.services import logins, team_calendars

COOKIE = "tocsin_calendar"


@require_http_methods(["GET", "HEAD", "POST"])
def team_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Show who is on call; where the team wants it, only to who knows the password."""
    now = timezone.now()
    calendar = TeamCalendar.objects.select_related("team__schedule").filter(token=token, enabled=True).first()
    if calendar is None:
        raise Http404
    given = request.COOKIES.get(COOKIE, "")
    problem = ""
    if request.method == "POST" and calendar.password:
        given, problem = _enter(request, calendar)
    if team_calendars.may_see(calendar, given):
        context = {"calendar": calendar, "turns": team_calendars.turns(calendar, now)}
        answer = render(request, "oncall/calendar.html", context)
        if request.method == "POST" and calendar.password:
            life = int(team_calendars.PASS_LIFE.total_seconds())
            secure, path = settings.SESSION_COOKIE_SECURE, request.path
            answer.set_cookie(COOKIE, given, max_age=life, path=path, httponly=True, secure=secure, samesite="Lax")
    else:
        answer = render(request, "oncall/calendar_door.html", {"problem": problem}, status=403 if problem else 200)
    answer["Cache-Control"] = "private, no-store"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _enter(request: HttpRequest, calendar: TeamCalendar) -> tuple[str, str]:
    """Return the pass for the password that was sent, and what is wrong where there is none."""
    address = request.META.get("REMOTE_ADDR", "")
    if logins.wait_before_login(f"calendar:{calendar.token}:{address}", address, now=timezone.now()):
        return "", "There were too many tries. Wait a minute."
    found = team_calendars.entrance(calendar, request.POST.get("password", "")[:1000])
    return (found, "") if found else ("", "This is not the password.")
