"""A push service and the browser behind it: it checks the signature, and decrypts what was sent as a device does."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from tests.fakes.http_sink import HttpSink, Request


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class PushService(HttpSink):
    """One device is subscribed. `status` is what the service answers."""

    status: int = 201
    more: dict[str, str] = field(default_factory=dict)
    secret: bytes = b"sixteen bytes !!"
    own_key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def reply(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        return self.status, self.more, b"" if self.status < 400 else b"no"

    @property
    def endpoint(self) -> str:
        return self.url.replace("/hook", "/wpush/v2/device-1")

    def subscription(self) -> dict[str, Any]:
        """Return what the browser gives out."""
        form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        point = self.own_key.public_key().public_bytes(*form)
        keys = {"p256dh": encode(point), "auth": encode(self.secret)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def shown(self, number: int = -1) -> dict[str, Any]:
        """Return what the device reads in a message. Raises ECEException when it cannot."""
        request = self.requests[number]
        assert request.headers["Content-Encoding"] == "aes128gcm"
        plain = http_ece.decrypt(request.body, private_key=self.own_key, auth_secret=self.secret, version="aes128gcm")
        found: dict[str, Any] = json.loads(plain)
        return found

    def claims(self, public_key: str, number: int = -1) -> dict[str, Any]:
        """Return what the sender signed, with the key that the browser subscribed with."""
        scheme, _, rest = self.requests[number].headers["Authorization"].partition(" ")
        token, key = (part.split("=", 1)[1] for part in rest.split(","))
        assert (scheme, key) == ("vapid", public_key)
        head, claims, _ = token.split(".")
        assert Vapid02.verify(self.requests[number].headers["Authorization"])
        assert json.loads(decode(head))["alg"] == "ES256"
        found: dict[str, Any] = json.loads(decode(claims))
        return found
