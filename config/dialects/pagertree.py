"""The PagerTree alert API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

VERSIONED = "api/v3/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("paging.api.pagertree_urls")),  # first: below it every unknown address is answered
    path("", include("alerts.api.urls")),
]
aliases: list[URLPattern | URLResolver] = [
    path(VERSIONED, include("paging.api.pagertree_urls")),
    path(VERSIONED, include("alerts.api.urls")),
]
