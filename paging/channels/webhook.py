"""Outgoing webhooks (spec/oncall-config-api 14, Delivery)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from django.core.serializers.json import DjangoJSONEncoder

from alerts.rendering import RenderingError, render
from base import guarded_http
from oncall.models import Webhook
from paging.channels.base import Message, Receipt, SendError, kept
from paging.models import Notification
from paging.webhook_event import event

TIMEOUT = 4.0  # seconds, in all
WITH_BODY = (Webhook.Method.POST, Webhook.Method.PUT, Webhook.Method.PATCH)
PASSING = (408, 425, 429, 500, 502, 503, 504)
MASK = "*" * 16
NOT_TRIGGERED = "The trigger template says"


@dataclass(frozen=True, slots=True)
class Call(Message):
    """One HTTP request."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    auth: tuple[str, str] | None = None
    event: str = ""  # what its templates were given, where that is not the body itself

    def content(self) -> dict[str, Any]:
        """Return the request, its credentials masked."""
        secret = {"authorization", "proxy-authorization", "cookie"}
        shown = {name: MASK if name.lower() in secret else value for name, value in self.headers.items()}
        kept = {"event": self.event} if self.event else {}
        return {"method": self.method, "url": self.url, "headers": shown, "body": self.body, **kept}


class WebhookChannel:
    """Calls webhooks; a slow one takes at most half of the threads."""

    name = "webhook"
    contact_kind = ""
    back_off: tuple[int, ...] = (5, 15, 30)  # three retries
    share: float = 0.5

    def compose(self, notification: Notification, *, now: datetime) -> Call:
        """Return the request. Raises SendError when it must not be sent, with the reason."""
        webhook, alert = notification.webhook, notification.alert
        if webhook is None or alert is None or webhook.deleted_at or not webhook.enabled:
            raise SendError("The webhook is switched off or deleted.", permanent=True)
        at = notification.log_entry.at if notification.log_entry else notification.created_at
        facts = event(alert, webhook, at=at, because=notification.log_entry)
        return request_of(notification, webhook, facts, now)

    def send(self, message: Call) -> Receipt:
        """Call, and return the answer's status and text whatever they are, unless trying again may help."""
        if message.keep:
            return kept(message)
        host = urlsplit(message.url).hostname or ""
        try:
            status, text = guarded_http.call(
                message.method,
                message.url,
                headers=message.headers,
                body=message.body.encode(),
                auth=message.auth,
                seconds=TIMEOUT,
            )
        except guarded_http.RefusedAddress as error:
            raise SendError(str(error), permanent=True, provider=host) from error
        except (requests.Timeout, requests.ConnectionError) as error:
            raise SendError(f"{type(error).__name__}: {error}"[:500], permanent=False, provider=host) from error
        except (requests.RequestException, ValueError) as error:
            raise SendError(f"{type(error).__name__}: {error}"[:500], permanent=True, provider=host) from error
        if status >= 400:
            raise SendError(f"{status}\n{text}", permanent=status not in PASSING, provider=host)
        return Receipt("sent", host, f"{status}\n{text}")

    def rest(self) -> None:
        """Nothing is kept open."""


def request_of(notification: Notification, webhook: Webhook, facts: dict[str, Any], now: datetime) -> Call:
    """Return the request that a webhook makes of an event. Raises SendError where it must not be sent."""
    if condition := webhook.trigger_template:
        said = _rendered("trigger_template", condition, facts, now)
        if said.strip().lower() not in ("true", "1"):
            raise SendError(f"{NOT_TRIGGERED} {said[:100]!r}: not called.", permanent=True)
    url = _rendered("url", webhook.url, facts, now).strip()
    if urlsplit(url).scheme not in ("http", "https"):
        raise SendError(f"url: {url[:200]!r} is no http or https address", permanent=True)
    headers = _headers(webhook, facts, now)
    body = _body(webhook, facts, now, headers) if webhook.http_method in WITH_BODY else ""
    headers.setdefault("Idempotency-Key", notification.dedup)
    told = "" if body and webhook.forward_all else json.dumps(facts, cls=DjangoJSONEncoder)
    both = webhook.username and webhook.password and not webhook.authorization_header
    return Call(
        key=notification.dedup,
        keep=bool(notification.alert and notification.alert.integration.is_sample),
        method=webhook.http_method,
        url=url,
        headers=headers,
        body=body,
        auth=(webhook.username or "", webhook.password or "") if both else None,
        event=told,
    )


def _rendered(part: str, template: str, facts: dict[str, Any], now: datetime) -> str:
    try:
        return render(template, facts, now=now)
    except RenderingError as error:
        raise SendError(f"{part}: {error}", permanent=True) from error


def _headers(webhook: Webhook, facts: dict[str, Any], now: datetime) -> dict[str, str]:
    headers = {"User-Agent": "Tocsin"}
    if webhook.headers:
        rendered = _rendered("headers", webhook.headers, facts, now)
        try:
            own = json.loads(rendered)
        except ValueError as error:
            raise SendError(f"headers: {rendered[:200]!r} is no JSON", permanent=True) from error
        if not isinstance(own, dict):
            raise SendError("headers: give a JSON object", permanent=True)
        headers |= {str(name): str(value) for name, value in own.items()}
    if webhook.authorization_header:
        headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        headers["Authorization"] = webhook.authorization_header
    return headers


def _body(webhook: Webhook, facts: dict[str, Any], now: datetime, headers: dict[str, str]) -> str:
    """Return everything as JSON, or the rendered template: as JSON where it parses, else as it is."""
    if webhook.forward_all:
        text, is_json = json.dumps(facts, cls=DjangoJSONEncoder), True
    else:
        text = _rendered("data", webhook.data or "", facts, now)
        try:
            text, is_json = json.dumps(json.loads(text)), True
        except ValueError:
            is_json = False
    if is_json and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    return text
