"""The door of a private page: what is shown outside of it, and the ways in. It tells nothing about the page."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from statuspage import public_access, public_answers, public_words
from statuspage.models import StatusPage
from statuspage.public_access import Rules

TRIES, TRIES_SECONDS = 10, 60.0
REMEMBERED = 10_000  # addresses; more of them than that are forgotten, oldest first
_tries: dict[str, deque[float]] = {}


@dataclass(frozen=True, slots=True)
class Door:
    """Where a request knocks: which page, where its tree begins in addresses, and the path below it."""

    slug: str
    mount: str
    path: str
    is_bare: bool = False  # the address ends with the mount, without a slash
    locale: str = "en"
    css: str = ""  # the one file of a private page that everybody may read

    @property
    def wants_data(self) -> bool:
        """Whether a program asks, which cannot fill in a form."""
        return self.path.startswith(("api/v1", "feed.", "calendar.", "badge."))


def enter(request: HttpRequest, door: Door, rules: Rules) -> HttpResponse | None:
    """Answer a form or a mailed link; None when the request is neither."""
    if door.path.startswith("enter/"):
        token = door.path.removeprefix("enter/").strip("/")
        return _open(request, door, rules) if public_access.is_link(rules, token) else closed(door, rules, OLD)
    if request.method != "POST" or door.path.strip("/") != "unlock":
        return None
    if not _may_try(f"{door.slug}|{address_of(request)}"):
        return closed(door, rules, TOO_OFTEN, status=429)
    if rules.access == StatusPage.Access.PASSWORD:
        if public_access.knows_password(rules, request.POST.get("password", "")):
            return _open(request, door, rules)
        return closed(door, rules, WRONG)
    if rules.access == StatusPage.Access.EMAIL_DOMAIN:
        _mail_link(request, door, rules, request.POST.get("email", "").strip())
        return closed(door, rules, MAILED, status=200)  # the same words whoever asks
    return None


def may_read(request: HttpRequest, door: Door, rules: Rules) -> bool:
    """Return whether this reader may see the page; who guesses by HTTP Basic is slowed down like who fills in forms."""
    authorization, address = request.headers.get("Authorization", ""), address_of(request)
    guesses = rules.is_private and bool(authorization) and not public_access.is_proved(rules, authorization)
    if guesses and not _may_try(f"{door.slug}|{address}"):
        authorization = ""
    cookie = request.COOKIES.get(public_access.cookie_name(rules.page_id), "")
    return public_access.may_read(rules, cookie=cookie, authorization=authorization, address=address)


def closed(door: Door, rules: Rules, said: Callable[[], str] | None = None, *, status: int = 403) -> HttpResponse:
    """Return what somebody sees who may not read the page."""
    if door.wants_data:
        return _closed_to_programs(rules)
    with public_words.spoken(door.locale, settings.TIME_ZONE):
        context = {
            "lang": public_words.language(door.locale),
            "access": rules.access,
            "css": f"{door.mount}/{door.css}",
            "action": f"{door.mount}/unlock",
            "said": said() if said else "",
        }
        text = render_to_string("statuspage/door.html", context)
    response = HttpResponse(text, status=status)
    if status == 429:
        response["Retry-After"] = str(int(TRIES_SECONDS))
    return response


def address_of(request: HttpRequest) -> str:
    """Return the reader's address; a proxy that is trusted is believed when it names another."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    named = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    while named and public_access.is_inside(address, settings.TRUSTED_PROXIES):
        address = named.pop()
    return address


def WRONG() -> str:  # noqa: N802  a sentence, said in the language of the page
    """Return the answer to a wrong password."""
    return _("This is not the password of this page.")


def MAILED() -> str:  # noqa: N802
    """Return the answer to a mail address."""
    return _("If this address may read the page, a link is on its way to it. It works for 30 minutes.")


def OLD() -> str:  # noqa: N802
    """Return the answer to a link that opens nothing."""
    return _("This link has expired. Ask for a new one.")


def TOO_OFTEN() -> str:  # noqa: N802
    """Return the answer to somebody who tries too often."""
    return _("That was too often. Try again in a minute.")


def _open(request: HttpRequest, door: Door, rules: Rules) -> HttpResponse:
    response = HttpResponse(status=303)
    response["Location"] = f"{door.mount}/"
    response.set_cookie(
        public_access.cookie_name(rules.page_id),
        public_access.new_cookie(rules),
        max_age=public_access.COOKIE_FOR,
        path=f"{door.mount}/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


def _mail_link(request: HttpRequest, door: Door, rules: Rules, email: str) -> None:
    if public_access.has_domain(rules, email):
        link = request.build_absolute_uri(f"{door.mount}/enter/{public_access.new_link(rules)}")
        async_task("statuspage.public_mail.send_link", door.slug, email, link)


def _closed_to_programs(rules: Rules) -> HttpResponse:
    if rules.access != StatusPage.Access.PASSWORD:
        answer = public_answers.refused(403, "This status page is private.")
        return HttpResponse(answer.content, status=403, content_type=answer.type)
    answer = public_answers.refused(401, "This status page is private: send its password with HTTP Basic.")
    response = HttpResponse(answer.content, status=401, content_type=answer.type)
    response["WWW-Authenticate"] = 'Basic realm="status page", charset="UTF-8"'
    return response


def _may_try(who: str) -> bool:
    """Count a try; False when there were too many lately. Each process counts for itself."""
    now = time.monotonic()
    tries = _tries.pop(who, deque(maxlen=TRIES))
    _tries[who] = tries
    while len(_tries) > REMEMBERED:
        del _tries[next(iter(_tries))]
    if len(tries) == TRIES and now - tries[0] < TRIES_SECONDS:
        return False
    tries.append(now)
    return True


def forget() -> None:
    """Forget who tried, as a new process would."""
    _tries.clear()
