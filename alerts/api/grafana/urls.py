"""The addresses of the OnCall API that need alerts, below `/api/v1/`."""

from __future__ import annotations

from alerts.api.grafana.webhooks import WebhookViewSet
from oncall.api.dialect import OnCallRouter

router = OnCallRouter()
router.register("webhooks", WebhookViewSet, basename="oncall-webhook")

urlpatterns = router.urls
