"""The envelope of Amazon SNS: whose word it is, and what is in it. Pure: the certificate is handed in."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from base.errors import Invalid

NOTIFICATION, SUBSCRIPTION = "Notification", "SubscriptionConfirmation"
UNSUBSCRIPTION = "UnsubscribeConfirmation"
SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    UNSUBSCRIPTION: ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
HASHES: dict[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303  theirs to choose
AWS_HOST = re.compile(r"sns\.[a-z0-9-]{3,40}\.amazonaws\.com(\.cn)?")

Envelope = dict[str, Any]


def read_envelope(body: bytes) -> Envelope:
    """Return the envelope. Raises Invalid when it is none."""
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("This is no JSON") from None
    if not isinstance(envelope, dict) or envelope.get("Type") not in SIGNED:
        raise Invalid("This is no envelope of Amazon SNS")
    return envelope


def certificate_url(envelope: Envelope) -> str:
    """Return where the certificate lies. Raises Invalid unless that is a host of AWS itself."""
    url = _aws_url(envelope.get("SigningCertURL"))
    if not urlsplit(url).path.endswith(".pem"):
        raise Invalid("The certificate's address is not one of AWS")
    return url


def subscribe_url(envelope: Envelope) -> str:
    """Return what confirms a subscription when it is fetched. Raises Invalid unless it is a host of AWS itself."""
    return _aws_url(envelope.get("SubscribeURL"))


def check_signature(envelope: Envelope, certificate: bytes) -> None:
    """Raise Invalid unless the envelope was signed with the key of the certificate (PEM)."""
    algorithm = HASHES.get(str(envelope.get("SignatureVersion")))
    try:
        key = x509.load_pem_x509_certificate(certificate).public_key()
        signature = base64.b64decode(str(envelope.get("Signature")), validate=True)
        if algorithm is None or not isinstance(key, rsa.RSAPublicKey):
            raise Invalid("The signature is of an unknown kind")
        key.verify(signature, signed_text(envelope), padding.PKCS1v15(), algorithm)
    except (ValueError, binascii.Error, InvalidSignature):
        raise Invalid("The signature is wrong") from None


def signed_text(envelope: Envelope) -> bytes:
    """Return what AWS signs: names and values line by line, without those that are missing."""
    names = SIGNED[envelope["Type"]]
    lines = [f"{name}\n{envelope[name]}\n" for name in names if envelope.get(name) is not None]
    return "".join(lines).encode("utf-8", "replace")


def payload_of(envelope: Envelope) -> Any:
    """Return the message: an object where it is JSON that is one, else `{"message": text}`."""
    text = envelope.get("Message")
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    subject = envelope.get("Subject")
    return {"message": text} | ({"subject": subject} if subject else {})


def _aws_url(url: Any) -> str:
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        usable = parts.scheme == "https" and AWS_HOST.fullmatch(parts.netloc) is not None
    except ValueError:
        usable = False
    if not usable:
        raise Invalid("The address is not one of AWS")
    return str(url)
