"""What a monitor hears when its payload is not taken in (spec/oncall-runtime-api 1.2)."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError, DataError, InterfaceError
from django.http import HttpResponse, HttpResponseBase
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from alerts.services.limits import Backlogged
from base import metrics
from base.errors import DomainError

logger = logging.getLogger(__name__)

RETRY_AFTER = "5"  # seconds; monitors repeat by themselves, and a database is back or is not
UNKNOWN_KEY = "Integration key was not found. Permission denied."
TOO_LARGE = "Request body too large."
NOT_STORABLE = "The payload cannot be stored."
UNAVAILABLE = "The alert could not be stored. Send it again."
FAILED = "The alert could not be processed. Send it again."


class Refused(Exception):
    """An answer in plain text, or in the type that the wire has for it."""

    def __init__(self, text: str, *, status: int = 400, content_type: str = "text/plain; charset=utf-8") -> None:
        super().__init__(text)
        self.text = text
        self.status = status
        self.content_type = content_type


def unknown_key() -> Refused:
    """Return the answer to a token that opens nothing."""
    return Refused(UNKNOWN_KEY, status=403, content_type="text/html; charset=utf-8")


def too_large() -> exceptions.APIException:
    """Return the answer to a body beyond the limit."""
    return _json(413, TOO_LARGE)


def answer(exc: Exception, context: dict[str, Any]) -> HttpResponseBase:
    """Give every failure its answer: none shows its insides, and none that a monitor may repeat is a 4xx."""
    response = _answer(exc, context)
    integration = getattr(context["view"], "integration", None)
    outcome = "refused" if response.status_code < 500 else "failed"
    metrics.ingest_events.labels(integration.type if integration else "unknown", outcome).inc()
    return response


def _answer(exc: Exception, context: dict[str, Any]) -> HttpResponseBase:
    if isinstance(exc, Backlogged):
        headers = {"Retry-After": str(exc.retry_after)}
        return HttpResponse(exc.message, status=429, content_type="text/plain; charset=utf-8", headers=headers)
    if isinstance(exc, Refused):
        return HttpResponse(exc.text, status=exc.status, content_type=exc.content_type)
    known = exception_handler(_translated(exc), context)
    if known is None:
        logger.error("a payload could not be processed", exc_info=exc)
        known = Response({"detail": FAILED}, status=500)
    if known.status_code == 503:
        logger.error("a payload could not be stored", exc_info=exc)
        known["Retry-After"] = RETRY_AFTER
    return known


def _translated(exc: Exception) -> Exception:
    match exc:
        case DomainError():
            return _json(400, exc.message)
        case DataError():
            return _json(400, NOT_STORABLE)
        case DatabaseError() | InterfaceError():
            return _json(503, UNAVAILABLE)
        case SuspiciousOperation():  # more form fields than anybody sends
            return _json(400, str(exc))
    return exc


def _json(status: int, detail: str) -> exceptions.APIException:
    error = exceptions.APIException(detail)
    error.status_code = status
    return error
