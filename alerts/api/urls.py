"""The addresses of the PagerTree API."""

from __future__ import annotations

from django.urls import re_path

from alerts.api.account import AccountViewSet
from alerts.api.alert import AlertViewSet
from alerts.api.aliases import BroadcastViewSet, IncidentViewSet
from alerts.api.dialect import UnknownPath
from alerts.api.integration import IntegrationViewSet
from alerts.api.log import LogViewSet
from alerts.api.login import LoginViewSet
from alerts.api.router import RouterViewSet
from alerts.api.schedule import EventViewSet, ScheduleViewSet
from alerts.api.stakeholder import StakeholderViewSet
from alerts.api.team import TeamViewSet
from alerts.api.user import UserViewSet
from oncall.api.dialect import OnCallRouter

METHODS = ("get", "post", "put", "patch", "delete")

router = OnCallRouter()  # both slash forms
router.register("public/login", LoginViewSet, basename="pagertree-login")
router.register("integration", IntegrationViewSet, basename="pagertree-integration")
router.register("router", RouterViewSet, basename="pagertree-router")
router.register("stakeholder", StakeholderViewSet, basename="pagertree-stakeholder")
router.register("account", AccountViewSet, basename="pagertree-account")
router.register("event", EventViewSet, basename="pagertree-event")
router.register("schedule", ScheduleViewSet, basename="pagertree-schedule")
router.register("broadcast", BroadcastViewSet, basename="pagertree-broadcast")
router.register("incident", IncidentViewSet, basename="pagertree-incident")
router.register("log", LogViewSet, basename="pagertree-log")
router.register("team", TeamViewSet, basename="pagertree-team")
router.register("user", UserViewSet, basename="pagertree-user")
router.register("alert", AlertViewSet, basename="pagertree-alert")

integration = IntegrationViewSet.as_view(
    {"get": "retrieve", "put": "update", "delete": "destroy", "post": "take_in"}, basename="pagertree-integration"
)

urlpatterns = [
    re_path(r"^integration/(?P<id>[^/]+)/?$", integration, name="pagertree-integration"),
    *router.urls,
    re_path(
        r"^(?:account|alert|event|schedule|broadcast|incident|integration|log|notification|public|router|stakeholder|team|user)/.*$",
        UnknownPath.as_view(dict.fromkeys(METHODS, "unknown")),
    ),
]
