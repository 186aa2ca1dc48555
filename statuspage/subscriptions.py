"""Subscribing without an account: ask, confirm, choose, end. GET changes nothing, since mail scanners follow links.

Whether an address is known shows nowhere: every wish is answered alike, and a mail says the rest."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from base import clock
from base.errors import Conflict, Invalid
from statuspage import public_door, selectors
from statuspage.models import Component, StatusPage, Subscriber
from statuspage.services import subscribers

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
METHODS = ["GET", "HEAD", "POST"]


@csrf_exempt  # no cookie takes part: whoever asks for somebody else only makes us send a question
@require_http_methods(METHODS)
def subscribe(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Take a wish to be told. A private page takes none: its subscribers are added by hand."""
    page = _page(request, slug)
    if page.is_private:
        raise Http404
    with translation.override(page.locale):
        if request.method != "POST":
            return _form(request, page)
        channel = request.POST.get("channel", "email")
        try:
            chosen = _chosen(request)
            subscribers.ask(
                page,
                channel,
                request.POST.get("address", ""),
                chosen,
                origin=public_door.address_of(request),
                now=clock.now(),
            )
        except Invalid as error:
            said = gettext("This address cannot be used.") if error.field != "component_ids" else error.message
            return _form(request, page, said=said, status=422)
        except Conflict:
            return _form(request, page, said=gettext("That was asked too often. Try again in an hour."), status=429)
        title = gettext("One more step")
        text = gettext("A message with a link is on its way to that address. Open the link to go on.")
        return _said(request, page, title, text)


@csrf_exempt  # the token in the address is the secret; no cookie takes part
@require_http_methods(METHODS)
def confirm(request: HttpRequest, token: str, slug: str = "") -> HttpResponse:
    """Show a button, or take the address as wanted."""
    page = _page(request, slug)
    with translation.override(page.locale):
        row = subscribers.find(token, "confirm")
        if row is None or row.page_id != page.pk:
            return _too_late(request, page)
        if request.method != "POST":
            context = {"title": gettext("Confirm your subscription"), "action": gettext("Confirm"), "row": row}
            return _show(request, page, "subscriptions/button.html", context)
        done = subscribers.confirm(token, now=clock.now())
        if done is None:
            return _too_late(request, page)
        return _said(request, page, gettext("Done"), gettext("You hear of this page from now on."), row=done)


@csrf_exempt  # as above
@require_http_methods(METHODS)
def manage(request: HttpRequest, token: str, slug: str = "") -> HttpResponse:
    """Show what somebody hears of, or change it."""
    page = _page(request, slug)
    with translation.override(page.locale):
        row = subscribers.find(token, "manage")
        if row is None or row.page_id != page.pk:
            return _gone(request, page)
        said, status = "", 200
        if request.method == "POST":
            try:
                subscribers.choose(token, _chosen(request), now=clock.now())
                said = gettext("Your choice is kept.")
            except Invalid as error:
                said, status = error.message, 422
        chosen = set(row.components.values_list("pk", flat=True))
        context = {"row": row, "tree": _tree(page, chosen), "said": said, "token": token}
        return _show(request, page, "subscriptions/manage.html", context, status)


@csrf_exempt  # as above; mail programs post here by themselves (RFC 8058)
@require_http_methods(METHODS)
def unsubscribe(request: HttpRequest, token: str, slug: str = "") -> HttpResponse:
    """Show a button, or end the subscription at once; doing it twice is answered alike."""
    page = _page(request, slug)
    with translation.override(page.locale):
        row = subscribers.find(token, "manage")
        if row is not None and row.page_id != page.pk:
            row = None
        if row is not None and request.method != "POST":
            context = {"title": gettext("Unsubscribe"), "action": gettext("Unsubscribe"), "row": row}
            return _show(request, page, "subscriptions/button.html", context)
        if row is not None:
            subscribers.unsubscribe(token)
        return _gone(request, page)


def _page(request: HttpRequest, slug: str) -> StatusPage:
    page = selectors.find_page(slug or getattr(request, "status_page", ""))
    if page is None:
        raise Http404
    return page


def _chosen(request: HttpRequest) -> list[int]:
    try:
        return [int(one) for one in request.POST.getlist("components") if len(one) < 19]
    except ValueError as error:
        raise Invalid("is invalid", field="component_ids") from error


def _tree(page: StatusPage, chosen: set[int]) -> list[dict[str, Any]]:
    tree = selectors.tree_of(page)
    names = dict(Component.objects.filter(page=page).values_list("pk", "name"))
    return [
        {"pk": pk, "name": names[pk], "depth": len(list(tree.ancestors(pk))), "chosen": pk in chosen}
        for pk in tree.ordered()
    ]


def _form(request: HttpRequest, page: StatusPage, *, said: str = "", status: int = 200) -> HttpResponse:
    channels = [one for one in subscribers.BY_THEMSELVES if one in page.channels]
    if not channels:
        raise Http404
    context = {"tree": _tree(page, set()), "said": said, "channels": channels}
    return _show(request, page, "subscriptions/subscribe.html", context, status)


def _too_late(request: HttpRequest, page: StatusPage) -> HttpResponse:
    text = gettext("Subscribe once more to be sent a new one.")
    return _said(request, page, gettext("This link is not valid any more"), text, status=410)


def _gone(request: HttpRequest, page: StatusPage) -> HttpResponse:
    return _said(request, page, gettext("You are unsubscribed"), gettext("Nothing more is sent to you from here."))


def _said(
    request: HttpRequest, page: StatusPage, title: str, text: str, *, row: Subscriber | None = None, status: int = 200
) -> HttpResponse:
    return _show(request, page, "subscriptions/said.html", {"title": title, "text": text, "row": row}, status)


def _show(
    request: HttpRequest, page: StatusPage, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    # The token must not be sent on to anybody: nothing is loaded, and no referrer is sent.
    whole = {**context, "page": page, "language": translation.get_language()}
    response = render(request, template, whole, status=status)
    for name, value in HEADERS.items():
        response[name] = value
    return response
