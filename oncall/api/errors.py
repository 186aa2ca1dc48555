"""How the OnCall API says that something is wrong (spec/oncall-config-api 1.3)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from base import errors

NOT_FOUND = "Not found."
WAIT_UNKNOWN = 350  # seconds


class Refused(exceptions.APIException):
    """A 400 whose body is exactly what is given, where the API answers a bare string instead of a list."""

    status_code = 400


class BodyTooLarge(exceptions.APIException):
    """A 413."""

    status_code = 413
    default_detail = "Request body too large."


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Give an error of the domain or of the framework this dialect's shape; None for a bug."""
    if isinstance(exc, Http404 | errors.NotFound):
        exc = exceptions.NotFound(NOT_FOUND)
    elif isinstance(exc, errors.Forbidden):
        exc = exceptions.PermissionDenied(exc.message)
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    elif isinstance(exc, errors.DomainError):
        exc = Refused(_refusal(exc, context.get("view")))
    response = exception_handler(exc, context)
    if isinstance(exc, exceptions.Throttled) and response is not None:
        response["RateLimit-Reset"] = str(getattr(exc, "wait", None) or WAIT_UNKNOWN)
    return response


def _refusal(error: errors.DomainError, view: Any) -> dict[str, Any]:
    if error.code == "unique" and (text := getattr(view, "unique_text", "")):
        return {api_settings.NON_FIELD_ERRORS_KEY: [text]}
    if isinstance(error, errors.Invalid) and error.field:
        return {error.field: [error.message]}
    return {"detail": error.message}


def unknown_route(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Answer an address of this dialect that does not exist."""
    return JsonResponse({"detail": NOT_FOUND}, status=404)
