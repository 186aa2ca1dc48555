"""The addresses of the OnCall API that need what was sent, below `/api/v1/`."""

from __future__ import annotations

from oncall.api.dialect import OnCallRouter
from paging.api.grafana_responses import WebhookResponseViewSet

router = OnCallRouter()
router.register("webhooks", WebhookResponseViewSet, basename="oncall-webhook-response")

urlpatterns = router.urls
