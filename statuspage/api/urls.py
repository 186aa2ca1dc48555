"""The addresses of the Sorry API, below `/v1/`."""

from __future__ import annotations

from typing import Any

from django.urls import re_path

from oncall.api.dialect import OnCallRouter
from statuspage.api.components import ComponentViewSet
from statuspage.api.dialect import UnknownPath
from statuspage.api.notices import NoticeViewSet, UpdateViewSet
from statuspage.api.pages import BrandViewSet, DomainViewSet, PageViewSet
from statuspage.api.subscribers import SubscriberViewSet
from statuspage.api.templates import NoticeTemplateViewSet, UpdateTemplateViewSet
from statuspage.api.zones import ZoneViewSet

PAGE = r"pages/(?P<page_id>[^/]+)"
UNKNOWN: dict[str, Any] = dict.fromkeys(("get", "post", "put", "patch", "delete"), "unknown")

router = OnCallRouter()  # both slash forms
router.register("pages", PageViewSet, basename="sorry-page")
router.register(f"{PAGE}/notices", NoticeViewSet, basename="sorry-notice")
router.register(f"{PAGE}/notices/(?P<notice_id>[^/]+)/updates", UpdateViewSet, basename="sorry-update")
router.register(f"{PAGE}/components", ComponentViewSet, basename="sorry-component")
router.register(f"{PAGE}/subscribers", SubscriberViewSet, basename="sorry-subscriber")
router.register(f"{PAGE}/notice_templates", NoticeTemplateViewSet, basename="sorry-notice-template")
router.register(f"{PAGE}/update_templates", UpdateTemplateViewSet, basename="sorry-update-template")

BRAND: dict[str, Any] = {"get": "retrieve", "put": "update", "patch": "partial_update"}
DOMAIN: dict[str, Any] = {"get": "retrieve", "post": "create", "delete": "destroy"}
urlpatterns = [
    *router.urls,
    re_path(rf"^{PAGE}/brand/?$", BrandViewSet.as_view(BRAND)),
    re_path(rf"^{PAGE}/custom_domain/?$", DomainViewSet.as_view(DOMAIN)),
    re_path(rf"^{PAGE}/custom-domain/?$", DomainViewSet.as_view(DOMAIN, schema=None)),
    re_path(r"^timezones/?$", ZoneViewSet.as_view({"get": "zones"})),
    re_path(r"^.*$", UnknownPath.as_view(UNKNOWN)),
]
