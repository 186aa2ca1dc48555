"""The Hotpot paging API: pages, requests, moments and availabilities."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("", include("paging.api.urls"))]
