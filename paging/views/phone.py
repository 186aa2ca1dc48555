"""What providers of texts and calls ask and tell us. Only what is signed is read, and nothing acts on a GET."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from base import clock
from paging import links, messages, phone, phone_messages, receipts
from paging.models import Notification
from paging.phone import Said
from paging.providers import base, signatures
from paging.providers.base import Line

BODY_LIMIT = 100_000
GONE = Said("This alert is not there any more.")
Words = dict[str, str]
Answer = Callable[..., HttpResponse]


def signed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Call the view with the provider, its fields and the instant; anything unsigned is a 403."""

    @csrf_exempt  # the signature is the proof; no cookie takes part
    @require_POST
    @wraps(view)
    def checked(request: HttpRequest, provider: str, **kwargs: Any) -> HttpResponse:
        now = clock.now()
        line = base.line(provider)
        if line is None or len(request.body) > BODY_LIMIT or not _is_genuine(request, line, now):
            return HttpResponse(status=403)
        return view(request, line=line, words=_words(request, line), now=now, **kwargs)

    return checked


@signed
def voice(request: HttpRequest, *, line: Line, words: Words, now: datetime, token: str) -> HttpResponse:
    """Say what is to be said when a call is answered."""
    return _speak(request, line, _notification(token, now), Said("", again=True), token, now)


@signed
def key(request: HttpRequest, *, line: Line, words: Words, now: datetime, token: str) -> HttpResponse:
    """Do what the pressed key means, and say what became of it."""
    row = _notification(token, now)
    said = GONE if row is None else phone.press(row, words.get("Digits", words.get("key", "")), now=now)
    return _speak(request, line, row, said, token, now)


@signed
def status(request: HttpRequest, *, line: Line, words: Words, now: datetime, token: str) -> HttpResponse:
    """Keep the provider's word on what became of a message."""
    row = _notification(token, now)
    word = words.get("MessageStatus") or words.get("CallStatus") or words.get("status", "")
    if row is not None:
        receipts.record(row, word.lower(), provider=line.name, now=now)
    return HttpResponse(status=204)


@signed
def reply(request: HttpRequest, *, line: Line, words: Words, now: datetime) -> HttpResponse:
    """Do what a text from a person means, and answer by a text."""
    number = words.get("From", words.get("from", ""))
    text = words.get("Body", words.get("text", ""))
    reference = (words.get("MessageSid", words.get("id", "")))[:200]
    if not number or not reference:
        return HttpResponse(status=400)
    said = phone.reply(number, text, provider=line.name, reference=reference, now=now)
    if line.kind == "http":
        return JsonResponse({"text": said})
    return render(request, "paging/sms.xml", {"text": said}, content_type="text/xml")


def _speak(
    request: HttpRequest, line: Line, row: Notification | None, said: Said, token: str, now: datetime
) -> HttpResponse:
    """Return what is said next, and whether a key is waited for."""
    again = said.again and row is not None
    alert = row.alert if row is not None else None
    state = messages.state_of(alert, now, reader_pk=row.user_id) if alert is not None and row is not None else ""
    speech = phone_messages.speech(row) if again and row is not None else ""
    text = " ".join(part for part in (said.text, state if again else "", speech) if part) or GONE.text
    if line.kind == "http":
        return JsonResponse({"text": text, "more": again})
    context = {"text": text, "again": again, "action": line.callback(f"voice/{token}/key")}
    return render(request, "paging/voice.xml", context, content_type="text/xml")


def _notification(token: str, now: datetime) -> Notification | None:
    try:
        pk = links.read(token, now)
    except (links.Forged, links.Expired):
        return None
    related = ("alert__integration", "alert__acknowledged_by", "alert__resolved_by", "user", "contact_method")
    return Notification.objects.select_related(*related).filter(pk=pk).first()


def _is_genuine(request: HttpRequest, line: Line, now: datetime) -> bool:
    path = request.get_full_path()
    if line.kind == "twilio":
        fields: dict[str, list[str]] = {name: [str(v) for v in values] for name, values in request.POST.lists()}
        wanted = signatures.twilio(line.secret, f"{settings.TOCSIN_BASE_URL}{path}", fields)
        return signatures.same(request.headers.get("X-Twilio-Signature", ""), wanted)
    timestamp = request.headers.get("X-Tocsin-Timestamp", "")
    wanted = signatures.ours(line.secret, timestamp, path, request.body)
    genuine = signatures.same(request.headers.get("X-Tocsin-Signature", ""), wanted)
    return genuine and signatures.is_fresh(timestamp, now)


def _words(request: HttpRequest, line: Line) -> Words:
    """Return the fields as texts without the NULs that a database cannot keep."""
    found: Any = request.POST.dict()
    if line.kind == "http":
        try:
            found = json.loads(request.body or b"{}")
        except ValueError:
            found = {}
    fields = found.items() if isinstance(found, dict) else ()
    return {str(name): str(value).replace("\x00", "") for name, value in fields}
