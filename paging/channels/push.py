"""Web Push (RFC 8030, 8291, 8292): an encrypted notification with buttons on a registered device."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings

from base import guarded_http
from oncall.models import ContactMethod
from paging import chat_messages, devices, links
from paging.channels.base import Message, Receipt, SendError, kept
from paging.channels.chat import PASSING, TIMEOUT
from paging.chat_messages import ChatWords
from paging.devices import Subscription
from paging.models import Notification

GONE = (404, 410)  # the subscription was cancelled: the device must be registered again
PAGE_TTL = 3_600  # seconds that the push service keeps it for a device that is off: older pages are told otherwise
NEWS_TTL = 86_400
TITLE_LENGTH, TEXT_LENGTH = 120, 400  # a payload has at most 3,993 bytes, whatever the script
SIGNED_FOR = timedelta(hours=12)  # at most 24 (RFC 8292, section 2)


@dataclass(frozen=True, slots=True)
class Push(Message):
    """One notification on one device."""

    words: ChatWords
    payload: str = field(repr=False, default="")
    subscription: Subscription | None = field(repr=False, default=None)
    private_key: str = field(repr=False, default="")
    headers: tuple[tuple[str, str], ...] = ()
    expires: int = 0  # of the signature

    def content(self) -> dict[str, Any]:
        """Return title and text; the link stays with the device."""
        return {"subject": self.words.title, "text": self.words.text}


class PushChannel:
    """Sends through the push service that the device's browser chose."""

    name = "push"
    contact_kind: str = ContactMethod.Kind.PUSH
    back_off: tuple[int, ...] = (5, 15, 30)
    share: float = 0.5

    def compose(self, notification: Notification, *, now: datetime) -> Push:
        """Return the notification. Raises SendError when the device was taken off the list."""
        method = notification.contact_method
        if method is None or method.kind != ContactMethod.Kind.PUSH:
            raise SendError("The device is not registered any more.", permanent=True, provider=self.name)
        words = chat_messages.chat(notification)
        hour = now.replace(minute=0, second=0, microsecond=0)
        return Push(
            key=notification.dedup,
            keep=bool(notification.user and notification.user.is_sample),
            words=words,
            payload=_payload(notification, words),
            subscription=devices.subscription_of(method) if method.target else None,
            private_key=devices.private_key(),
            headers=_headers(notification),
            expires=int((hour + SIGNED_FOR).timestamp()),
        )

    def send(self, message: Push) -> Receipt:
        """Encrypt it for the device and hand it to the push service."""
        if message.keep:
            return kept(message)
        if message.subscription is None:
            raise SendError("The device is not registered.", permanent=True, provider=self.name, closes=True)
        endpoint = message.subscription.endpoint
        host = urlsplit(endpoint).hostname or ""
        headers, body = _encrypted(message, message.subscription)
        try:
            answer = guarded_http.exchange("POST", endpoint, headers=headers, body=body, seconds=TIMEOUT)
        except guarded_http.RefusedAddress as error:
            raise SendError(str(error), permanent=True, provider=host) from error
        except (requests.RequestException, ValueError) as error:
            # the address of a subscription is a secret, and the text of the error repeats it
            raise SendError(f"{type(error).__name__}: no answer.", permanent=False, provider=host) from None
        if answer.status >= 400:
            raise _refusal(answer, host)
        return Receipt("sent", host, f"{answer.status}: the push service has it.")

    def rest(self) -> None:
        """Nothing is kept open."""


def _refusal(answer: guarded_http.Answer, host: str) -> SendError:
    return SendError(
        f"{answer.status} {answer.text}"[:500],
        permanent=answer.status not in PASSING,
        provider=host,
        retry_after=answer.retry_after,
        closes=answer.status in GONE,
    )


def _headers(notification: Notification) -> tuple[tuple[str, str], ...]:
    """Return how long and how urgently the service tries; of one alert the newest message replaces what waits."""
    page = notification.purpose == Notification.Purpose.PAGE
    found = [("TTL", str(PAGE_TTL if page else NEWS_TTL)), ("Urgency", "high" if page else "normal")]
    if notification.alert is not None:
        found.append(("Topic", notification.alert.public_id))
    return tuple(found)


def _payload(notification: Notification, words: ChatWords) -> str:
    alert = notification.alert
    shown = {
        "title": words.title[:TITLE_LENGTH],
        "body": words.text[:TEXT_LENGTH],
        "url": urlsplit(words.link).path,
        "token": links.token(notification.pk, issued_at=notification.created_at),
        "buttons": words.buttons,
        "important": notification.important,
        "tag": alert.public_id if alert else "test",
    }
    return json.dumps(shown, ensure_ascii=False)


def _encrypted(message: Push, subscription: Subscription) -> tuple[dict[str, str], bytes]:
    """Return headers and body of the request; the words can be read by the device alone."""
    from py_vapid import Vapid02  # noqa: PLC0415  only where messages are sent
    from pywebpush import WebPusher  # noqa: PLC0415

    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    body = WebPusher({"endpoint": subscription.endpoint, "keys": keys}).encode(message.payload.encode())["body"]
    parts = urlsplit(subscription.endpoint)
    claims = {
        "sub": f"mailto:{settings.PUSH_CONTACT}",
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": message.expires,
    }
    signed = Vapid02.from_raw(message.private_key.encode()).sign(claims)
    headers = {"Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream", **dict(message.headers)}
    return {**headers, **signed}, bytes(body)
