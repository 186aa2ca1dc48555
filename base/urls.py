"""The machine room's addresses; both slash forms, as everywhere."""

from __future__ import annotations

from django.urls import re_path

from base import views

urlpatterns = [
    re_path(r"^livez/?$", views.livez, name="livez"),
    re_path(r"^healthz/?$", views.healthz, name="healthz"),
    re_path(r"^metrics/?$", views.metrics_page, name="metrics"),
]
