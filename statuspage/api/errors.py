"""How the Sorry API says that something is wrong: `{"error", "error_description"}`, and `messages` for a form (A10)."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig
from django.core.signals import got_request_exception
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from base import errors

logger = logging.getLogger("django.request")
NOT_FOUND = "There is no such thing."
INVALID = "Some of what was sent cannot be used."
CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    422: "invalid_resource",
    429: "rate_limited",
    500: "server_error",
}
STATUS: list[tuple[type[errors.DomainError], int]] = [
    (errors.NotFound, 404),
    (errors.Forbidden, 403),
    (errors.Conflict, 409),
    (errors.DomainError, 422),
]


class BodyTooLarge(exceptions.APIException):
    """A 413."""

    status_code = 413
    default_detail = "The body is too large."


class Refused(exceptions.APIException):
    """A 422: every attribute that cannot be used, with what is wrong about it."""

    status_code = 422

    def __init__(self, messages: dict[str, list[str]]) -> None:
        super().__init__(INVALID)
        self.messages = messages


def handle(exc: Exception, context: dict[str, Any]) -> Response:
    """Give any error this dialect's shape, a bug too."""
    set_rollback()
    match exc:
        case Http404() | ObjectDoesNotExist():
            return body(404, NOT_FOUND)
        case PermissionDenied():
            return body(403, "You may not do this.")
        case RequestDataTooBig():
            return body(413, "The body is too large.")
        case Refused():
            return body(422, INVALID, exc.messages)
        case errors.Invalid() if exc.field:
            return body(422, INVALID, {exc.field: [exc.message]})
        case errors.DomainError():
            return body(next(code for kind, code in STATUS if isinstance(exc, kind)), exc.message)
        case exceptions.APIException():
            return _refusal(exc)
    request = context["request"]
    logger.error("%s %s failed", request.method, request.path, exc_info=exc)
    got_request_exception.send(sender=type(context["view"]), request=request._request)  # noqa: SLF001  as Django would
    return body(500, "Something went wrong on our side.")


def _refusal(exc: exceptions.APIException) -> Response:
    response = body(exc.status_code, str(exc.detail))
    if challenge := getattr(exc, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    if (wait := getattr(exc, "wait", None)) is not None:
        response["Retry-After"] = str(max(1, int(wait)))
    return response


def body(status: int, text: str, messages: dict[str, list[str]] | None = None) -> Response:
    """Return an answer that says this."""
    found: dict[str, Any] = {"error": CODES.get(status, "bad_request"), "error_description": text}
    if messages is not None:
        found["messages"] = messages
    return Response(found, status=status)
