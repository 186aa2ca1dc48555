"""The Sorry API of status pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("v1/", include("statuspage.api.urls"))]
