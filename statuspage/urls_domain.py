"""The addresses of a custom domain: one public page, from the root."""

from __future__ import annotations

from django.urls import include, re_path

from statuspage import views

urlpatterns = [
    re_path(r"^", include("statuspage.subscription_urls")),
    re_path(r"^(?P<path>.*)$", views.domain, name="status-domain"),
]
