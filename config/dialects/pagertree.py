"""The PagerTree alert API."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("", include("alerts.api.urls"))]
aliases: list[URLPattern | URLResolver] = [path("api/v3/", include("alerts.api.urls"))]
