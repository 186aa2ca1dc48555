"""The addresses of public pages on the main host."""

from __future__ import annotations

from django.urls import include, re_path

from statuspage import views

urlpatterns = [
    re_path(r"^status/(?P<slug>[-\w]+)/", include("statuspage.subscription_urls")),
    re_path(r"^status/(?P<slug>[-\w]+)(?P<path>/.*)?$", views.page, name="status-page"),
]
