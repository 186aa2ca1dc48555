"""Amazon SNS: only what AWS has signed is believed."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from alerts import tasks
from alerts.api.grafana import sns as edge
from alerts.ingest import sns
from alerts.models import Alert, Integration
from base import guarded_http
from tests import builders
from tests.alerts.recordings import CLOUDWATCH
from tests.conftest import World
from tests.dialects.oncall_runtime.conftest import Monitor

CERTIFICATE = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-01.pem"
SUBSCRIBE = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn&Token=2336412f37"


@lru_cache(maxsize=1)
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@lru_cache(maxsize=1)
def certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key().public_key())
    made = made.serial_number(1).not_valid_before(datetime(2029, 1, 1, tzinfo=UTC))
    signed = made.not_valid_after(datetime(2031, 1, 1, tzinfo=UTC)).sign(key(), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM)


def envelope(message: Any, kind: str = "Notification", version: str = "1", **more: Any) -> dict[str, Any]:
    body = {
        "Type": kind,
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms",
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": "2030-01-07T09:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE,
    } | more
    digest = hashes.SHA1() if version == "1" else hashes.SHA256()  # noqa: S303  as AWS does
    signature = key().sign(sns.signed_text(body), padding.PKCS1v15(), digest)
    return body | {"Signature": base64.b64encode(signature).decode()}


@pytest.fixture(autouse=True)
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand in for AWS: hand out the certificate, and note what was asked for."""
    urls: list[str] = []

    def fetch(url: str, **_: Any) -> guarded_http.Answer:
        urls.append(url)
        return guarded_http.Answer(200, {}, certificate(), "utf-8", True)

    monkeypatch.setattr(guarded_http, "fetch", fetch)
    edge.certificate.cache_clear()
    return urls


@pytest.fixture
def post(world: World, monitor: Callable[[Integration], Monitor]) -> Callable[[Any], Any]:
    door = monitor(builders.integration("amazon_sns", to=world.chain(world.alice)))
    return lambda body: door.send(json.dumps(body), "text/plain; charset=UTF-8")


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_signed_alarm_is_an_alert(post: Any, version: str) -> None:
    answer = post(envelope(CLOUDWATCH, version=version, Subject='ALARM: "db1 CPU"'))
    assert (answer.status, answer.body) == (200, "Ok.")
    assert Alert.objects.get().title == "db1 CPU"
    assert Alert.objects.get().events.get().payload == CLOUDWATCH


def test_its_end_resolves_it(post: Any) -> None:
    post(envelope(CLOUDWATCH))
    post(envelope(CLOUDWATCH | {"NewStateValue": "OK"}))
    assert Alert.objects.get().status == "resolved"


def test_a_text_is_an_alert_of_its_own(post: Any) -> None:
    post(envelope("The queue is full"))
    assert Alert.objects.get().events.get().payload == {"message": "The queue is full"}


def test_a_certificate_is_fetched_once(post: Any, fetched: list[str]) -> None:
    for _ in range(3):
        post(envelope(CLOUDWATCH))
    assert fetched == [CERTIFICATE]


@pytest.mark.parametrize(
    "change",
    [
        {"Message": "Another"},
        {"Signature": "AAAA"},
        {"Signature": "no base64"},
        {"Signature": None},
        {"SignatureVersion": "3"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem"},
        {"SigningCertURL": "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem"},
        {"SigningCertURL": "http://sns.eu-west-1.amazonaws.com/x.pem"},
        {"SigningCertURL": "https://user@sns.eu-west-1.amazonaws.com/x.pem"},
        {"SigningCertURL": "https://sns.eu-west-1.amazonaws.com/?x"},
        {"SigningCertURL": None},
        {"Type": "Something"},
    ],
)
def test_what_aws_has_not_signed_is_refused(post: Any, change: dict[str, Any]) -> None:
    answer = post(envelope(CLOUDWATCH) | change)
    assert (answer.status, answer.body) == (400, {})
    assert not Alert.objects.exists()


@pytest.mark.parametrize("body", [[], "x", {}, {"alert_uid": "1"}])
def test_what_is_no_envelope_is_refused(post: Any, body: Any) -> None:
    assert post(body).status == 400


def test_without_the_certificate_aws_is_asked_to_send_again(post: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise requests.ConnectionError("down")

    monkeypatch.setattr(guarded_http, "fetch", fail)
    answer = post(envelope(CLOUDWATCH))
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    monkeypatch.undo()


@pytest.mark.django_db(transaction=True)
def test_a_subscription_is_confirmed_by_a_task(post: Any, fetched: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    queued: list[tuple[str, str]] = []
    monkeypatch.setattr(edge, "async_task", lambda name, url: queued.append((name, url)))
    body = envelope("You have chosen to subscribe", sns.SUBSCRIPTION, Token="2336412f37", SubscribeURL=SUBSCRIBE)
    assert post(body).status == 200
    assert not Alert.objects.exists()
    assert queued == [("alerts.tasks.confirm_subscription", SUBSCRIBE)]
    assert tasks.confirm_subscription(SUBSCRIBE) == 200
    assert fetched == [CERTIFICATE, SUBSCRIBE]


def test_a_subscription_leads_nowhere_else(post: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "async_task", lambda *_: pytest.fail("queued"))
    body = envelope("x", sns.SUBSCRIPTION, Token="t", SubscribeURL="https://evil.example/?Action=ConfirmSubscription")
    assert post(body).status == 400


def test_the_end_of_a_subscription_is_noted_and_changes_nothing(post: Any) -> None:
    assert post(envelope("x", sns.UNSUBSCRIPTION, Token="t", SubscribeURL=SUBSCRIBE)).status == 200
    assert not Alert.objects.exists()


def test_a_confirmation_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = guarded_http.Answer(500, {}, b"", "utf-8", True)
    monkeypatch.setattr(guarded_http, "fetch", lambda *_, **__: answer)
    with pytest.raises(RuntimeError, match="500"):
        tasks.confirm_subscription(SUBSCRIBE)
