"""The reply page behind the link in a message: GET changes nothing, since mail scanners follow links; POST acts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from alerts.lifecycle import Door, Verb, is_allowed
from alerts.models import Assignment, Source
from base import clock
from base.errors import Forbidden, Invalid
from paging import links, messages, services
from paging.models import Notification, Reply

EXCERPT_LENGTH = 600
PEOPLE_SHOWN = 12
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


@csrf_exempt  # the token in the address is the secret; no cookie takes part
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: HttpRequest, token: str) -> HttpResponse:
    """Show the alert to the person the link was made for, or do what they answer."""
    now = clock.now()
    try:
        notification = _notification(links.read(token, now))
    except links.Forged:
        return _closed(request, 404, "This link is not complete", "Open it again from the message it came with.")
    except links.Expired:
        return _closed(request, 410, "This link has expired", "Sign in to the console to see the alert.")
    if notification is None or notification.alert is None or notification.user is None:
        return _closed(request, 410, "This alert is gone", "It was deleted together with its messages.")
    if not notification.user.may_edit:
        return _closed(request, 410, "This link is not valid any more", "Its owner does not act on alerts any more.")
    if request.method == "POST":
        return _act(request, notification, now)
    return _page(request, notification, now)


def _notification(pk: int) -> Notification | None:
    related = ("alert__integration", "alert__acknowledged_by", "alert__resolved_by", "alert__archived_by", "user")
    return Notification.objects.select_related(*related).filter(pk=pk).first()


def _act(request: HttpRequest, notification: Notification, now: datetime) -> HttpResponse:
    try:
        answer = services.record_reply(notification, request.POST.get("verb", ""), via=Source.LINK, now=now)
    except Invalid as error:
        return _closed(request, 400, "This answer is unknown", error.message)
    except Forbidden as error:
        return _closed(request, 410, "This link is not valid any more", error.message)
    return _page(request, notification, now, answer)


def _page(request: HttpRequest, notification: Notification, now: datetime, answer: Reply | None = None) -> HttpResponse:
    alert, user = notification.alert, notification.user
    assert alert is not None  # noqa: S101  checked by `reply`
    assert user is not None  # noqa: S101
    asked = list(alert.assignments.select_related("user").order_by("asked_at", "pk"))
    context: dict[str, Any] = {
        "alert": alert,
        "title": messages.one_line(alert.title),
        "test": bool(alert.meta.get("test")),
        "age": messages.ago(now - alert.created_at),
        "fired": messages.clock_time(alert.created_at, user.zone),
        "excerpt": messages.shorten((alert.description or "").strip(), EXCERPT_LENGTH),
        "others": _others(asked, user.pk),
        "state": messages.state_of(alert, now, reader_pk=user.pk),
        "user": user,
        "answer": answer,
        "may_acknowledge": is_allowed(Verb.ACKNOWLEDGE, alert.status, Door.DOMAIN),
        "may_resolve": is_allowed(Verb.RESOLVE, alert.status, Door.DOMAIN),
        "may_reject": is_allowed(Verb.REJECT, alert.status, Door.DOMAIN) and _is_asked(asked, user.pk, alert.run),
    }
    return _respond(request, "paging/reply.html", context, 200)


def _is_asked(asked: list[Assignment], user_pk: int, run: int) -> bool:
    return any(row.user_id == user_pk and row.run == run and row.answer == Assignment.Answer.NONE for row in asked)


def _others(asked: list[Assignment], user_pk: int) -> list[str]:
    """Return who else was told, each once, with what they answered last."""
    latest = {row.user_id: row for row in asked if row.user_id != user_pk}
    words = {Assignment.Answer.ACKNOWLEDGED: " (took it)", Assignment.Answer.REJECTED: " (said: not me)"}
    names = [f"{row.user}{words.get(Assignment.Answer(row.answer), '')}" for row in latest.values()]
    if len(names) > PEOPLE_SHOWN:
        return [*names[:PEOPLE_SHOWN], f"{len(names) - PEOPLE_SHOWN} more"]
    return names


def _closed(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return _respond(request, "paging/reply_closed.html", {"title": title, "text": text}, status)


def _respond(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    response = render(request, template, context, status=status)
    for name, value in HEADERS.items():
        response[name] = value
    return response
