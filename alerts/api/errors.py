"""How the PagerTree API says that something is wrong: `{"errors": [{"message": …}]}`, always (spec/pagertree A3)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.core.signals import got_request_exception
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from base import errors

logger = logging.getLogger("django.request")
NOT_FOUND = "There is no such object."
OUR_FAULT = "Something went wrong on our side."
STATUS: list[tuple[type[errors.DomainError], int]] = [
    (errors.NotFound, 404),
    (errors.Forbidden, 403),
    (errors.Conflict, 409),
    (errors.DomainError, 400),
]


class BodyTooLarge(exceptions.APIException):
    """A 413."""

    status_code = 413
    default_detail = "The body is too large."


def handle(exc: Exception, context: dict[str, Any]) -> Response:
    """Give any error this dialect's shape, a bug too."""
    set_rollback()
    match exc:
        case Http404() | ObjectDoesNotExist():
            return body(404, [NOT_FOUND])
        case PermissionDenied():
            return body(403, ["You may not do this."])
        case errors.DomainError():
            status = next(code for kind, code in STATUS if isinstance(exc, kind))
            return body(status, [exc.message])
        case exceptions.APIException():
            return _refusal(exc)
    request = context["request"]
    logger.error("%s %s failed", request.method, request.path, exc_info=exc)
    got_request_exception.send(sender=type(context["view"]), request=request._request)  # noqa: SLF001  as Django would
    return body(500, [OUR_FAULT])


def _refusal(exc: exceptions.APIException) -> Response:
    response = body(exc.status_code, list(messages(exc.detail)))
    if challenge := getattr(exc, "auth_header", None):
        response["WWW-Authenticate"] = challenge
    if wait := getattr(exc, "wait", None):
        response["Retry-After"] = str(int(wait))
    return response


def body(status: int, texts: list[str]) -> Response:
    """Return an answer that says these things."""
    return Response({"errors": [{"message": text} for text in texts]}, status=status)


def messages(detail: Any) -> Iterator[str]:
    """Yield one sentence for every failing field, in the order in which they were checked."""
    if isinstance(detail, dict):
        for field, found in detail.items():
            yield _sentence(field, _first(found))
    elif isinstance(detail, list):
        yield from (_first(found) for found in detail)
    else:
        yield str(detail)


def _sentence(field: str, found: Any) -> str:
    if field == api_settings.NON_FIELD_ERRORS_KEY:
        return str(found)
    if getattr(found, "code", "") in ("required", "null"):
        return f"'{field}' is a required parameter"
    return f"{field}: {found}"


def _first(found: Any) -> Any:
    while isinstance(found, dict | list):
        found = next(iter(found.values() if isinstance(found, dict) else found), "")
    return found
