"""Every address of the product. Both slash forms are routed: a redirect would lose a monitor's body."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views import defaults

from oncall.api.errors import unknown_route

ONCALL = ("api/v1/", "oncall/api/v1/")  # clients append the first to any base they are given
urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("", include("base.urls")),
    path("", include("paging.urls")),
    *[path(base, include(half)) for base in ONCALL for half in ("oncall.api.urls", "alerts.api.grafana.urls")],
]


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an unknown address in the manner of the dialect that its path begins with."""
    if f"{request.path_info.removeprefix('/')}/".startswith(ONCALL):
        return unknown_route(request, exception)
    return defaults.page_not_found(request, exception)


handler404 = page_not_found
