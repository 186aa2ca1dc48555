"""Every address of the product. Both slash forms are routed: a redirect would lose a monitor's body."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("", include("paging.urls")),
]
