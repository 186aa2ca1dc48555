"""The machine room's addresses: alive, healthy, counted."""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from base import clock, health, metrics

logger = logging.getLogger(__name__)


@csrf_exempt  # so that a POST is told that it may not, not that it lacks a cookie
@never_cache
@require_safe
def livez(_request: HttpRequest) -> HttpResponse:
    """Answer as long as this process can answer; asks nobody."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@csrf_exempt  # so that a POST is told that it may not, not that it lacks a cookie
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when promises can be kept, else 503 with the reasons."""
    found = health.look()
    body = {
        "status": "green" if found.green else "red",
        "reasons": found.reasons,
        "clock_late_seconds": found.late,
        "clock_skew_seconds": found.skew,
        "database": connection.vendor,
        "version": settings.VERSION,
    }
    return JsonResponse(body, status=200 if found.green else 503)


@csrf_exempt  # so that a POST is told that it may not, not that it lacks a cookie
@never_cache
@require_safe
def metrics_page(_request: HttpRequest) -> HttpResponse:
    """Answer in Prometheus's text format: what was counted, and what is due right now."""
    body = metrics.render() + _gauges()
    return HttpResponse(body, content_type="text/plain; version=0.0.4; charset=utf-8")


def _gauges() -> bytes:
    registry = CollectorRegistry()
    up = Gauge("tocsin_database_up", "Whether the database answered", registry=registry)
    found = health.look()
    up.set(found.late is not None)
    if found.late is None:
        return generate_latest(registry)
    Gauge("tocsin_clock_late_seconds", "How long the oldest due row waits", registry=registry).set(found.late)
    Gauge("tocsin_clock_skew_seconds", "Database's clock minus ours", registry=registry).set(found.skew or 0)
    try:
        _due_rows(registry, clock.now())
    except (DatabaseError, InterfaceError) as error:
        logger.warning("due rows cannot be counted", extra={"error": type(error).__name__})
    return generate_latest(registry)


def _due_rows(registry: CollectorRegistry, now: datetime) -> None:
    due = Gauge("tocsin_due_rows", "Rows that are due now", ["clock"], registry=registry)
    for path, rows in clock.due_rows(now).items():
        due.labels(path).set(rows)
