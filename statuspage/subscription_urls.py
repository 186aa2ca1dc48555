"""The addresses of subscriptions: below `/status/<slug>/` and at the root of a custom domain."""

from __future__ import annotations

from django.urls import re_path

from statuspage import subscriptions

SIGNED = r"(?P<token>[0-9a-z.]{10,120})"

urlpatterns = [
    re_path(r"^subscribe/?$", subscriptions.subscribe, name="status-subscribe"),
    re_path(rf"^subscribe/confirm/{SIGNED}/?$", subscriptions.confirm, name="status-confirm"),
    re_path(rf"^subscribe/manage/{SIGNED}/?$", subscriptions.manage, name="status-manage"),
    re_path(rf"^unsubscribe/{SIGNED}/?$", subscriptions.unsubscribe, name="status-unsubscribe"),
]
