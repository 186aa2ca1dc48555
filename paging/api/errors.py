"""How the Hotpot API says that something is wrong: `{"error": "<words of the status>"}` (spec/hotpot-paging-api A2)."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.core.signals import got_request_exception
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from base import errors

logger = logging.getLogger("django.request")
WORDS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Payload Too Large",
    429: "Too Many Requests",
}
OUR_FAULT = "Internal Server Error"


class BodyTooLarge(exceptions.APIException):
    """A 413."""

    status_code = 413


def handle(exc: Exception, context: dict[str, Any]) -> Response:
    """Give any error this dialect's shape, a bug too."""
    set_rollback()
    match exc:
        case Http404() | ObjectDoesNotExist() | errors.NotFound():
            return _body(404)
        case PermissionDenied() | errors.Forbidden():
            return _body(403)
        case errors.DomainError():
            return _body(400)
        case exceptions.APIException():
            return _refusal(exc)
    request = context["request"]
    logger.error("%s %s failed", request.method, request.path, exc_info=exc)
    got_request_exception.send(sender=type(context["view"]), request=request._request)  # noqa: SLF001  as Django would
    return Response({"error": OUR_FAULT}, status=500)


def _refusal(exc: exceptions.APIException) -> Response:
    response = _body(exc.status_code)
    if challenge := getattr(exc, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    if wait := getattr(exc, "wait", None):
        response["Retry-After"] = str(int(wait))
    return response


def _body(status: int) -> Response:
    return Response({"error": WORDS.get(status, WORDS[400])}, status=status)
