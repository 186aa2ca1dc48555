"""Web Push as browsers see it: registering a device, the service worker, and what its buttons do."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alerts.models import Source
from base import clock
from base.errors import DomainError, Invalid
from oncall.models import User
from paging import devices, links, proofs, services
from paging.models import Notification

WORKER = settings.BASE_DIR / "static" / "tocsin" / "sw.js"
SHOWN = "shown"


@login_required
@require_http_methods(["POST", "DELETE"])
def register(request: HttpRequest) -> HttpResponse:
    """Make this device a verified contact method of the person who is signed in, or forget it."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101  login_required
    if not user.may_edit:
        return JsonResponse({"error": f"{user} is never asked to take an alert."}, status=403)
    try:
        body = json.loads(request.body)
        if request.method == "DELETE":
            endpoint = body.get("endpoint") if isinstance(body, dict) else None
            return JsonResponse({"forgotten": devices.forget(user, str(endpoint))})
        method = devices.register(
            user, devices.read(body), agent=request.headers.get("User-Agent", ""), now=clock.now()
        )
    except Invalid as error:
        return JsonResponse({"error": error.message}, status=400)
    except ValueError:
        return JsonResponse({"error": "Give JSON."}, status=400)
    return JsonResponse({"device": method.address}, status=201)


@csrf_exempt  # the token in the address is the secret; no cookie takes part
@require_POST
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Do what a button of a notification says, or note that the notification was shown; twice is harmless."""
    now = clock.now()
    try:
        pk = links.read(token, now)
    except links.Forged:
        return JsonResponse({"answer": "This notification is not one of ours."}, status=404)
    except links.Expired:
        return JsonResponse({"answer": "This notification is too old."}, status=410)
    related = ("alert__integration", "alert__acknowledged_by", "alert__resolved_by", "user")
    notification = Notification.objects.select_related(*related).filter(pk=pk, user__is_active=True).first()
    if notification is None:
        return JsonResponse({"answer": "This alert is gone."}, status=410)
    verb = request.POST.get("verb", "")
    if verb == SHOWN:
        proofs.arrived(notification, now)
        return JsonResponse({"answer": "Noted."})
    try:
        reply = services.record_reply(notification, verb, via=Source.PUSH, now=now)
    except DomainError as error:
        return JsonResponse({"answer": error.message}, status=400 if isinstance(error, Invalid) else 403)
    return JsonResponse({"answer": reply.answer, "took_effect": reply.took_effect})


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker from an address within its scope; browsers ask for a newer one by themselves."""
    response = HttpResponse(Path(WORKER).read_bytes(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    """Return what makes the page installable on a phone."""
    icons = [
        {"src": static(f"tocsin/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any"}
        for size in (192, 512)
    ]
    shown = {
        "name": "Tocsin",
        "short_name": "Tocsin",
        "id": "/me/",
        "start_url": "/me/",
        "scope": "/me/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#2458b8",
        "icons": [*icons, {"src": static("tocsin/icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
    }
    return JsonResponse(shown, content_type="application/manifest+json")
