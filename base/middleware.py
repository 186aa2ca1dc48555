"""Count and time every request."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from base import metrics

# The first segment of a path names whose manners an answer has; anything unknown is one class, since a scanner
# must not be able to make new time series.
DIALECTS = {
    "api": "oncall",
    "oncall": "oncall",
    "integrations": "inbound",
    "integration": "pagertree",
    "alert": "pagertree",
    "broadcast": "pagertree",
    "incident": "pagertree",
    "public": "pagertree",
    "account": "pagertree",
    "event": "pagertree",
    "log": "pagertree",
    "notification": "pagertree",
    "router": "pagertree",
    "schedule": "pagertree",
    "stakeholder": "pagertree",
    "team": "pagertree",
    "user": "pagertree",
    "page": "hotpot",
    "request": "hotpot",
    "moment": "hotpot",
    "availabilities": "hotpot",
    "phone": "reply",
    "simulator": "console",
    "v1": "sorry",
    "status": "status_page",
    "r": "reply",
    "admin": "console",
    "static": "static",
    "healthz": "machine",
    "livez": "machine",
    "metrics": "machine",
}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def dialect_of(path: str) -> str:
    """Return the dialect that an address belongs to; `other` when nobody knows."""
    return DIALECTS.get(path.lstrip("/").partition("/")[0], "other")


class MetricsMiddleware:
    """Stand outermost, so that what the others answer is counted too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then count."""
        began = time.perf_counter()
        response = self.get_response(request)
        dialect = dialect_of(request.path_info)
        method = request.method if request.method in METHODS else "other"
        metrics.http_requests.labels(dialect, method, str(response.status_code)).inc()
        metrics.http_seconds.labels(dialect).observe(time.perf_counter() - began)
        return response
