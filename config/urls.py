"""Every address of the product. Both slash forms are routed: a redirect would lose a monitor's body."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views import defaults
from django.views.generic import RedirectView

from config.dialects import oncall, pagertree
from oncall.api.errors import unknown_route

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


handler404 = page_not_found
