"""The addresses of the Hotpot API."""

from __future__ import annotations

from django.urls import re_path

from oncall.api.dialect import OnCallRouter
from paging.api.availabilities import AvailabilityViewSet
from paging.api.dialect import UnknownPath
from paging.api.moments import MomentViewSet
from paging.api.pages import PageViewSet, RequestViewSet

METHODS = ("get", "post", "put", "patch", "delete")

router = OnCallRouter()  # both slash forms
router.register("page", PageViewSet, basename="hotpot-page")
router.register("request", RequestViewSet, basename="hotpot-request")
router.register("availabilities", AvailabilityViewSet, basename="hotpot-availability")
router.register("api/availabilities", AvailabilityViewSet, basename="hotpot-availability-alias")
moment = MomentViewSet.as_view({"post": "create"})
foreign_moment = MomentViewSet.as_view({"post": "foreign"})

urlpatterns = [
    *router.urls,
    re_path(r"^moment/(?P<token>[^/]+)/?$", moment, name="hotpot-moment"),
    re_path(r"^moment/(?P<token>[^/]+)/(?P<integration>[^/]+)/?$", foreign_moment, name="hotpot-moment-of"),
    re_path(
        r"^(?:page|request|moment|availabilities)(?:/.*)?$", UnknownPath.as_view(dict.fromkeys(METHODS, "unknown"))
    ),
]
