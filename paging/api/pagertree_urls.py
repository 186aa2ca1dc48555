"""The addresses of the PagerTree API that tell of messages."""

from __future__ import annotations

from django.urls import re_path

from oncall.api.dialect import OnCallRouter
from paging.api.notification import AlertNotificationViewSet, NotificationViewSet

router = OnCallRouter()  # both slash forms
router.register("notification", NotificationViewSet, basename="pagertree-notification")

urlpatterns = [
    re_path(r"^alert/(?P<id>[^/]+)/notifications/?$", AlertNotificationViewSet.as_view({"get": "list"})),
    *router.urls,
]
