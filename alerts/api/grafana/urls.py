"""The addresses of the OnCall API's runtime half: below `/api/v1/`, and below `/integrations/v1/` for monitors."""

from __future__ import annotations

from alerts.api.grafana.actions import ActionViewSet
from alerts.api.grafana.alert_groups import AlertGroupViewSet
from alerts.api.grafana.alerts import EventViewSet
from alerts.api.grafana.email import InboundEmailRouter, InboundEmailViewSet
from alerts.api.grafana.heartbeat import HeartbeatRouter, HeartbeatViewSet
from alerts.api.grafana.inbound import InboundRouter, InboundViewSet
from alerts.api.grafana.integrations import IntegrationViewSet
from alerts.api.grafana.paging import DirectPagingViewSet
from alerts.api.grafana.resolution_notes import ResolutionNoteViewSet
from alerts.api.grafana.routes import RouteViewSet
from alerts.api.grafana.webhooks import WebhookViewSet
from oncall.api.dialect import OnCallRouter

router = OnCallRouter()
router.register("alert_groups", AlertGroupViewSet, basename="oncall-alert-group")
router.register("alerts", EventViewSet, basename="oncall-alert")
router.register("escalation", DirectPagingViewSet, basename="oncall-escalation")
router.register("integrations", IntegrationViewSet, basename="oncall-integration")
router.register("resolution_notes", ResolutionNoteViewSet, basename="oncall-resolution-note")
router.register("routes", RouteViewSet, basename="oncall-route")
router.register("actions", ActionViewSet, basename="oncall-action")
router.register("webhooks", WebhookViewSet, basename="oncall-webhook")

SLUG = "(?P<slug>[A-Za-z0-9_]+)"
inbound_router = InboundRouter()
inbound_router.register(SLUG, InboundViewSet, basename="inbound")
heartbeat_router = HeartbeatRouter()
heartbeat_router.register(SLUG, HeartbeatViewSet, basename="inbound-heartbeat")
email_router = InboundEmailRouter()
email_router.register("inbound_email_webhook", InboundEmailViewSet, basename="inbound-email")

urlpatterns = router.urls
inbound_urls = [*email_router.urls, *heartbeat_router.urls, *inbound_router.urls]
