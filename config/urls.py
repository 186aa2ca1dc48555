"""Every address of the product. Both slash forms are routed: a redirect would lose a monitor's body."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views import defaults
from django.views.generic import RedirectView

from config.dialects import oncall, pagertree
from oncall.api.errors import unknown_route

PAGERTREE = frozenset({"account", "alert", "broadcast", "event", "incident", "integration", "log", "notification"}) | {
    "router",
    "schedule",
    "stakeholder",
    "team",
    "user",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/", admin.site.urls),
    path("", include("base.urls")),
    path("", include("paging.urls")),
    path("", include("oncall.urls")),
    path("", include("statuspage.urls")),
    path("", include("config.schemas")),
    path("", include("config.dialects.oncall")),
    path("", include(oncall.aliases)),
    path("", include("config.dialects.pagertree")),
    path("", include(pagertree.aliases)),
    path("", include("config.dialects.sorry")),
    path("", include("config.dialects.hotpot")),
]


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an unknown address in the manner of the dialect that its path begins with."""
    if f"{request.path_info.removeprefix('/')}/".startswith(oncall.BASES):
        return unknown_route(request, exception)
    return defaults.page_not_found(request, exception)


def page_broken(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours: below an API in the manner of its dialect, never with a trace."""
    says = "The server met an error. It is logged."
    first = request.path_info.lstrip("/").removeprefix("oncall/").split("/")[0]
    if first in ("api", "integrations"):
        return JsonResponse({"detail": says}, status=500)
    if first in ("v1", "page", "request", "moment"):
        return JsonResponse({"error": says}, status=500)
    if first in PAGERTREE:
        return JsonResponse({"errors": [{"message": says}]}, status=500)
    return defaults.server_error(request)


handler404 = page_not_found
handler500 = page_broken
