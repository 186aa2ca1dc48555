"""The addresses of the PagerTree API."""

from __future__ import annotations

from django.urls import re_path

from alerts.api.alert import AlertViewSet
from alerts.api.dialect import UnknownPath
from alerts.api.login import LoginViewSet
from oncall.api.dialect import OnCallRouter

METHODS = ("get", "post", "put", "patch", "delete")

router = OnCallRouter()  # both slash forms
router.register("public/login", LoginViewSet, basename="pagertree-login")
router.register("alert", AlertViewSet, basename="pagertree-alert")

urlpatterns = [
    *router.urls,
    re_path(r"^(?:alert|public)/.*$", UnknownPath.as_view(dict.fromkeys(METHODS, "unknown"))),
]
