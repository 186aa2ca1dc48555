"""What Amazon SNS posts: checked with AWS's own certificate before anything of it is believed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import requests
from django.db import transaction
from django_q.tasks import async_task
from rest_framework.exceptions import APIException

from alerts.api.grafana.refusals import Refused
from alerts.ingest import sns
from base import guarded_http
from base.errors import Invalid

SECONDS = 4.0
MOST = 20_000  # bytes of a certificate


class NoCertificate(APIException):
    """AWS cannot be reached at the moment: it sends again after a 503, and not after a 400."""

    status_code = 503
    default_detail = "The certificate could not be fetched. Send it again."


def message_of(body: bytes) -> Any:
    """Return the payload of a genuine notification, None for what only concerns the subscription.

    Raises Refused for what is not from AWS, NoCertificate when that cannot be found out now."""
    try:
        envelope = sns.read_envelope(body)
        sns.check_signature(envelope, certificate(sns.certificate_url(envelope)))
        if envelope["Type"] == sns.NOTIFICATION:
            return sns.payload_of(envelope)
        if envelope["Type"] == sns.SUBSCRIPTION:
            confirm(sns.subscribe_url(envelope))
    except Invalid as exc:
        raise Refused("{}", content_type="application/json") from exc
    return None


def confirm(url: str) -> None:
    """Have the subscription confirmed by a task: it may take its time, and is tried again."""
    transaction.on_commit(lambda: async_task("alerts.tasks.confirm_subscription", url))


@lru_cache(maxsize=16)
def certificate(url: str) -> bytes:
    """Return a certificate of AWS; each is fetched once. Raises NoCertificate."""
    try:
        answer = guarded_http.fetch(url, headers={}, allowed=[], seconds=SECONDS, limit=MOST)
    except (requests.RequestException, guarded_http.RefusedAddress) as exc:
        raise NoCertificate from exc
    if answer.status != 200:
        raise NoCertificate
    return answer.body
