"""The devices that receive Web Push: the installation's key, and registering what a browser subscribed to."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction

from base import guarded_http
from base.errors import Invalid
from oncall.addresses import mark
from oncall.models import ContactMethod, Organization, User

MARK_LENGTH = 12
LONGEST_ENDPOINT = 1000
LONGEST_LABEL = 60
POINT_LENGTH, SECRET_LENGTH = 65, 16  # bytes (RFC 8291, section 3.1)
BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("OPR", "Opera"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser gives out: where to send, and the keys to encrypt with."""

    endpoint: str
    p256dh: str
    auth: str


def private_key() -> str:
    """Return the installation's VAPID key (base64url, 32 bytes), made at first use and the same for ever after."""
    organization = Organization.load()
    if organization.push_key:
        return organization.push_key
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    # Two processes may be first at once: the one whose row it becomes decides.
    Organization.objects.filter(pk=organization.pk, push_key="").update(push_key=_encode(number.to_bytes(32, "big")))
    return Organization.objects.values_list("push_key", flat=True).get(pk=organization.pk)


def public_key() -> str:
    """Return what browsers subscribe with: the public half, an uncompressed point in base64url."""
    secret = int.from_bytes(_decode(private_key()), "big")
    point = ec.derive_private_key(secret, ec.SECP256R1()).public_key()
    return _encode(point.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint))


def read(body: Any) -> Subscription:
    """Return the subscription in what a browser's PushSubscription writes as JSON. Raises Invalid."""
    keys = body.get("keys") if isinstance(body, dict) else None
    if not isinstance(keys, dict):
        raise Invalid("Give a subscription: endpoint, keys.p256dh and keys.auth.", field="keys")
    endpoint, p256dh, auth = body.get("endpoint"), keys.get("p256dh"), keys.get("auth")
    if not isinstance(endpoint, str) or not _may_be_called(endpoint):
        raise Invalid("endpoint: give the https address of a push service.", field="endpoint")
    point = _decode(p256dh) if isinstance(p256dh, str) else b""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise Invalid("keys.p256dh: give a point on the curve P-256, 65 bytes in base64url.", field="keys") from error
    if not isinstance(auth, str) or len(_decode(auth)) != SECRET_LENGTH or len(point) != POINT_LENGTH:
        raise Invalid("keys.auth: give 16 bytes in base64url.", field="keys")
    return Subscription(endpoint, str(p256dh), auth)


@transaction.atomic
def register(user: User, subscription: Subscription, *, agent: str, now: datetime) -> ContactMethod:
    """Make a device a verified contact method; it belongs to who registered it last."""
    own = f"({mark(subscription.endpoint, MARK_LENGTH)})"
    rows = ContactMethod.objects.filter(kind=ContactMethod.Kind.PUSH, address__endswith=own)
    rows.exclude(user=user).delete()
    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    target = json.dumps({"endpoint": subscription.endpoint, "keys": keys})
    if found := rows.filter(user=user).first():
        found.target, found.verified_at = target, now
        found.save(update_fields=["target", "verified_at"])
        return found
    address = f"{label(agent)} {own}"
    return ContactMethod.objects.create(
        user=user, kind=ContactMethod.Kind.PUSH, address=address, target=target, verified_at=now
    )


def forget(user: User, endpoint: str) -> bool:
    """Delete a device of the person; tell whether there was one."""
    own = f"({mark(endpoint, MARK_LENGTH)})"
    rows = ContactMethod.objects.filter(user=user, kind=ContactMethod.Kind.PUSH, address__endswith=own)
    return bool(rows.delete()[0])


def subscription_of(method: ContactMethod) -> Subscription:
    """Return where a device is reached. Raises ValueError and KeyError when the row holds none."""
    kept = json.loads(method.target)
    return Subscription(kept["endpoint"], kept["keys"]["p256dh"], kept["keys"]["auth"])


def label(agent: str) -> str:
    """Return `Chrome on Android` for what a browser calls itself."""
    browser = next((name for sign, name in BROWSERS if sign in agent), "Browser")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return (f"{browser} on {system}" if system else browser)[:LONGEST_LABEL]


def _may_be_called(endpoint: str) -> bool:
    try:
        parts = urlsplit(endpoint)
        if len(endpoint) > LONGEST_ENDPOINT or not parts.hostname or (parts.port or 1) <= 0:
            return False
        if parts.scheme != "http":
            return parts.scheme == "https"
        return guarded_http.is_allowed(ipaddress.ip_address(parts.hostname), settings.WEBHOOK_ALLOWED_NETWORKS)
    except ValueError:
        return False


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    """Return the bytes; none for what is no base64url."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
