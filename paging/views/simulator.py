"""The phone simulator: texts and calls that stayed in the house are read, heard as words, and answered.

It is there only while no provider is set up. Whoever is signed in sees their own phone and those of sample people;
admins see all.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from alerts.models import Source
from base import clock
from oncall.models import User
from paging import phone, phone_messages
from paging.models import Notification
from paging.phone import Said

SHOWN = 50
KEYS = (("1", "Acknowledge"), ("2", "Resolve"), ("3", "Not me"), ("4", "Hear it again"))
LETTERS = (("A", "Acknowledge"), ("R", "Resolve"), ("X", "Not me"))


@require_http_methods(["GET", "HEAD"])
def ringing(request: HttpRequest) -> HttpResponse:
    """List the texts and calls, the newest first."""
    user = _reader(request)
    if user is None:
        return redirect_to_login(request.get_full_path())
    rows = _rows(user).order_by("-created_at", "-pk")[:SHOWN]
    return render(request, "paging/simulator.html", {"title": "Phone simulator", "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def phone_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one text or call; POST presses a key or sends a letter."""
    user = _reader(request)
    if user is None:
        return redirect_to_login(request.get_full_path())
    row = _rows(user).filter(pk=pk).first()
    if row is None:
        raise Http404
    if request.method == "POST":
        said = _answer(row, request.POST.get("key", ""))
        request.session["simulator"] = {"pk": row.pk, "said": said.text}
        return redirect("simulator-phone", pk=row.pk)
    kept: dict[str, Any] = request.session.get("simulator", {})
    context = {
        "title": "Call" if row.channel == "voice" else "Text",
        "row": row,
        "words": (row.content or {}).get("text", ""),
        "keys": KEYS if row.channel == "voice" else LETTERS,
        "said": kept.get("said", "") if kept.get("pk") == row.pk else "",
    }
    return render(request, "paging/simulator_phone.html", context)


def _answer(row: Notification, key: str) -> Said:
    now = clock.now()
    if row.channel == "voice":
        said = phone.press(row, key, now=now)
        return Said(" ".join(part for part in (said.text, phone_messages.speech(row) if said.again else "") if part))
    verb = phone.LETTERS.get(key.strip().upper())
    return Said(phone.answer(row, verb, via=Source.SMS, now=now) if verb else phone.HELP)


def _reader(request: HttpRequest) -> User | None:
    """Return who is signed in; None for nobody. Raises Http404 once a provider is set up."""
    if settings.PHONE_PROVIDERS:
        raise Http404
    user: Any = request.user
    if not user.is_authenticated:
        return None
    if not user.may_edit:
        raise PermissionDenied
    found: User = user
    return found


def _rows(user: User) -> QuerySet[Notification]:
    rows = Notification.objects.filter(channel__in=("sms", "voice"), status=Notification.Status.KEPT)
    rows = rows.select_related("alert__integration", "user", "contact_method")
    return rows if user.is_superuser else rows.filter(Q(user=user) | Q(user__is_sample=True))
