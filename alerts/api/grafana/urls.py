"""The addresses of the OnCall API's runtime half: below `/api/v1/`, and below `/integrations/v1/` for monitors."""

from __future__ import annotations

from alerts.api.grafana.actions import ActionViewSet
from alerts.api.grafana.alert_groups import AlertGroupViewSet
from alerts.api.grafana.alerts import EventViewSet
from alerts.api.grafana.inbound import InboundRouter, InboundViewSet
from alerts.api.grafana.integrations import IntegrationViewSet
from alerts.api.grafana.routes import RouteViewSet
from alerts.api.grafana.webhooks import WebhookViewSet
from oncall.api.dialect import OnCallRouter

router = OnCallRouter()
router.register("alert_groups", AlertGroupViewSet, basename="oncall-alert-group")
router.register("alerts", EventViewSet, basename="oncall-alert")
router.register("integrations", IntegrationViewSet, basename="oncall-integration")
router.register("routes", RouteViewSet, basename="oncall-route")
router.register("actions", ActionViewSet, basename="oncall-action")
router.register("webhooks", WebhookViewSet, basename="oncall-webhook")

inbound_router = InboundRouter()
inbound_router.register("(?P<slug>[A-Za-z0-9_]+)", InboundViewSet, basename="inbound")

urlpatterns = router.urls
inbound_urls = inbound_router.urls
