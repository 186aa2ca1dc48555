"""The public page: everything is answered out of the bundle, so that it needs no database, queue or provider.

No session, no user and no log-in code takes part; the cookie of a private page is signed and names nobody.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from statuspage import public, public_access, public_answers, public_door, public_words
from statuspage.bundle import etag_of
from statuspage.bundle_build import HTML
from statuspage.public import Copy
from statuspage.public_access import Rules
from statuspage.public_answers import Answer
from statuspage.public_door import Door

READ = ("GET", "HEAD")
SHARED = "public, max-age=10, stale-while-revalidate=30, stale-if-error=86400"
LASTING = "public, max-age=31536000, immutable"
PRIVATE = "private, no-cache"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'self'; frame-ancestors {}"
)
PREFLIGHT = {
    "Allow": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
}
OPEN_TO_ALL = ("api/", "feed.", "calendar.ics", "badge.")


@csrf_exempt  # no cookie says who somebody is
def page(request: HttpRequest, slug: str, path: str = "") -> HttpResponse:
    """Answer for the page at /status/<slug>."""
    mount = f"/status/{slug}"
    return _answer(request, Door(slug.lower(), mount, path.removeprefix("/"), is_bare=not path))


@csrf_exempt
def domain(request: HttpRequest, path: str = "") -> HttpResponse:
    """Answer for the page whose custom domain this is; the middleware found out which."""
    return _answer(request, Door(request.status_page, "", path))  # type: ignore[attr-defined]


def _answer(request: HttpRequest, door: Door) -> HttpResponse:
    copy = public.copy_of(door.slug, timezone.now())
    if copy is None:
        return _missing(door, is_sure=public.is_answering())
    heading = copy.bundle.heading
    door = replace(door, locale=heading.locale, css=public_answers.stylesheet_of(copy.bundle))
    rules = public_access.stored_rules(heading.page_id, heading.access)
    if request.method == "OPTIONS":
        return _finish(HttpResponse(status=204, headers=PREFLIGHT), door, rules)
    if rules.is_private and (way := public_door.enter(request, door, rules)):
        return _finish(way, door, rules)
    if request.method not in READ:
        return _finish(_not_allowed(door), door, rules)
    if door.path != door.css and not public_door.may_read(request, door, rules):
        return _finish(public_door.closed(door, rules), door, rules)
    return _finish(_read(request, door, copy), door, rules)


def _read(request: HttpRequest, door: Door, copy: Copy) -> HttpResponse:
    answer = public_answers.find(copy.bundle, door.path, request.GET.dict())
    if answer.status == 404 and answer.type == HTML:
        answer = _nowhere(door)
    if answer.location:
        response = HttpResponse(status=answer.status)
        response["Location"] = quote(f"{door.mount}/{answer.location}")
        return response
    if door.is_bare:  # /status/<slug> shows the page as /status/<slug>/ does, without a detour
        content = answer.content.replace(b"<head>", f'<head><base href="{door.mount}/">'.encode(), 1)
        answer = Answer(answer.status, answer.type, content, etag_of(content))
    if copy.as_of is not None:
        answer = public_answers.stamped(answer, copy.as_of, door.locale)
    response = _respond(request, answer)
    if copy.as_of is not None:
        response["X-As-Of"] = copy.as_of.isoformat()
    return response


def _respond(request: HttpRequest, answer: Answer) -> HttpResponse:
    known = request.headers.get("If-None-Match", "")
    if answer.status == 200 and answer.etag and (known == "*" or answer.etag in known):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(answer.content, status=answer.status, content_type=answer.type)
    if answer.etag:
        response["ETag"] = answer.etag
    if answer.lasting:
        response["Cache-Control"] = LASTING
    return response


def _finish(response: HttpResponse, door: Door, rules: Rules) -> HttpResponse:
    """Add what every answer carries."""
    embeds = door.path.strip("/") == "embed"
    response["Content-Security-Policy"] = POLICY.format("*" if embeds else "'none'")
    response.xframe_options_exempt = True  # frame-ancestors says it
    if rules.is_private:
        response["Cache-Control"] = PRIVATE
        response["X-Robots-Tag"] = "noindex, nofollow"
        patch_vary_headers(response, ("Cookie", "Authorization"))
        return response
    if not response.has_header("Cache-Control"):
        response["Cache-Control"] = SHARED if response.status_code < 400 else "no-cache"
    if door.path.startswith(OPEN_TO_ALL) or door.path == "api":
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag, X-As-Of"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _not_allowed(door: Door) -> HttpResponse:
    answer = public_answers.refused(405, "This address can only be read.")
    response = HttpResponse(answer.content, status=405, content_type=answer.type)
    response["Allow"] = "GET, HEAD, OPTIONS"
    return response


def _missing(door: Door, *, is_sure: bool) -> HttpResponse:
    """Say that there is no such page; or, while the database is down, that it cannot be told."""
    if is_sure:
        answer = public_answers.not_found() if door.wants_data else _nowhere(door)
        response = HttpResponse(answer.content, status=404, content_type=answer.type)
    else:
        answer = public_answers.refused(503, "This status page cannot be shown at the moment.")
        response = HttpResponse(answer.content, status=503, content_type=answer.type)
        response["Retry-After"] = "10"
    return _finish(response, door, Rules("", "public"))


def _nowhere(door: Door) -> Answer:
    with public_words.spoken(door.locale, settings.TIME_ZONE):
        lang, css = public_words.language(door.locale), f"{door.mount}/{door.css}" if door.css else ""
        text = render_to_string("statuspage/not_found.html", {"lang": lang, "home": f"{door.mount}/", "css": css})
    return Answer(404, HTML, text.encode())
