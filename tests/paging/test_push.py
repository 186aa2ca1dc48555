"""Web Push: only the device reads it, its buttons answer, and a device that is gone is no dead end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from alerts.models import Source
from oncall.models import ContactMethod, NotificationRule, Organization
from paging import devices, planning
from paging.models import Attempt, Notification, Reply
from tests.fakes.push_service import PushService, decode
from tests.paging.conftest import MONDAY, minutes, statuses

CHROME = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36"
RULES = [NotificationRule.Kind.MOBILE_APP]


@pytest.fixture
def service(settings: Any) -> Iterator[PushService]:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with PushService() as running:
        yield running


@pytest.fixture
def alice(person, service):
    made = person("Alice", rules=RULES, important=[NotificationRule.Kind.MOBILE_APP_CRITICAL])
    devices.register(made, devices.read(service.subscription()), agent=CHROME, now=MONDAY)
    return made


@pytest.fixture
def paged(room, alice, alert, ask, at):
    fired = alert()
    ask(fired, alice)
    room.tick()
    at(MONDAY + minutes(1))
    return fired


def test_the_device_alone_reads_what_was_sent(paged, service) -> None:
    (request,) = service.requests
    assert b"DiskFull" not in request.body
    shown = service.shown()
    assert shown["title"] == "[Firing] DiskFull (eu-7): disk /var is 97 % full"
    assert "97 % of 400 GB used" in shown["body"]
    assert (shown["buttons"], shown["tag"]) == (True, paged.public_id)
    assert shown["url"] == f"/r/{shown['token']}"


def test_the_service_learns_how_urgent_it_is_and_for_how_long(paged, service) -> None:
    headers = service.requests[0].headers
    assert (headers["Urgency"], headers["TTL"], headers["Topic"]) == ("high", "3600", paged.public_id)


def test_what_is_sent_is_signed_with_the_key_that_browsers_subscribed_with(paged, service, settings) -> None:
    claims = service.claims(devices.public_key())
    assert claims["aud"] == service.url.removesuffix("/hook")
    assert claims["sub"] == f"mailto:{settings.PUSH_CONTACT}"
    assert claims["exp"] == int((MONDAY + timedelta(hours=12)).timestamp())


def test_the_key_is_made_once_and_kept(db) -> None:
    assert devices.public_key() == devices.public_key()
    assert decode(Organization.load().push_key) == decode(devices.private_key())
    assert len(decode(devices.public_key())) == 65


def test_a_long_alert_fits_into_a_push_message(room, alice, alert, ask, service) -> None:
    ask(alert("💥" * 500, description="漢" * 5000), alice)
    room.tick()
    assert service.shown()["title"].startswith("[Firing] 💥")
    assert len(service.requests[0].body) <= 4096


def test_the_first_show_on_the_device_proves_that_it_arrived(paged, service, client) -> None:
    method = ContactMethod.objects.get(kind="push")
    assert (method.proven_at, Notification.objects.get().delivered_at) == (None, None)
    token = service.shown()["token"]
    assert client.post(f"/r/{token}/push", {"verb": "shown"}).json() == {"answer": "Noted."}
    method.refresh_from_db()
    assert method.proven_at == Notification.objects.get().delivered_at == MONDAY + minutes(1)
    paged.refresh_from_db()
    assert paged.status == "open"


def test_the_first_proof_of_a_message_stays(paged, service, client, at) -> None:
    token = service.shown()["token"]
    client.post(f"/r/{token}/push", {"verb": "shown"})
    at(MONDAY + minutes(9))
    client.post(f"/r/{token}/push", {"verb": "shown"})
    assert Notification.objects.get().delivered_at == MONDAY + minutes(1)


@pytest.mark.parametrize(("verb", "status"), [("acknowledge", "acknowledged"), ("resolve", "resolved")])
def test_a_button_of_the_notification_answers_for_the_person(paged, service, client, verb, status) -> None:
    answer = client.post(f"/r/{service.shown()['token']}/push", {"verb": verb}).json()
    assert answer["took_effect"] is True
    paged.refresh_from_db()
    assert paged.status == status
    assert Reply.objects.get().via == Source.PUSH


def test_a_button_acts_once_by_post_with_our_token_only(paged, service, client) -> None:
    token = service.shown()["token"]
    assert client.get(f"/r/{token}/push").status_code == 405
    assert client.post(f"/r/{token[:-1]}/push", {"verb": "acknowledge"}).status_code == 404
    assert client.post(f"/r/{token}/push", {"verb": "explode"}).status_code == 400
    paged.refresh_from_db()
    assert paged.status == "open"
    answers = [client.post(f"/r/{token}/push", {"verb": "acknowledge"}).json()["took_effect"] for _ in range(2)]
    assert answers == [True, False]


def test_a_button_is_too_old_when_the_reply_link_is(paged, service, client, at, settings) -> None:
    at(MONDAY + timedelta(days=settings.REPLY_LINK_DAYS))
    assert client.post(f"/r/{service.shown()['token']}/push", {"verb": "acknowledge"}).status_code == 410


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_ended_closes_the_address_and_mail_goes_at_once(
    room, alice, alert, ask, service, status
) -> None:
    service.status = status
    ask(alert(), alice)
    room.tick()
    assert ContactMethod.objects.get(kind="push").verified_at is None
    assert [state for _, state in statuses()] == ["failed", "sent"]
    assert room.arrived == [(minutes(0), "alice@example.org")]
    ask(alert("another"), alice)
    room.tick()
    assert len(service.requests) == 1  # nobody tries a closed address


def test_a_refusal_of_another_sort_leaves_the_address_open(room, alice, alert, ask, service) -> None:
    service.status = 413
    ask(alert(), alice)
    room.tick()
    assert ContactMethod.objects.get(kind="push").verified_at == MONDAY
    assert room.arrived == [(minutes(0), "alice@example.org")]


def test_a_push_service_that_limits_is_asked_again_when_it_says(room, alice, alert, ask, service) -> None:
    service.status, service.more = 429, {"Retry-After": "20"}
    ask(alert(), alice)
    room.tick()
    row = Notification.objects.get()
    assert (row.status, row.due_at) == ("pending", MONDAY + timedelta(seconds=20))


def test_the_address_of_a_device_is_never_written_down(paged, service) -> None:
    kept = [str(row) for model in (Notification, Attempt) for row in model.objects.values()]
    assert not [row for row in kept if "wpush" in row or service.shown()["token"] in row]
    assert str(ContactMethod.objects.get(kind="push").address).startswith("Chrome on Android (")


def test_a_device_that_was_removed_is_not_sent_to(room, alice, alert, ask, service) -> None:
    ask(alert(), alice)
    planning.plan_due(MONDAY)
    ContactMethod.objects.filter(kind="push").delete()
    room.tick()
    assert service.requests == []
    assert room.arrived == [(minutes(0), "alice@example.org")]


def register(client: Any, body: Any, **how: Any) -> Any:
    return client.post("/me/push/", json.dumps(body), content_type="application/json", **how)


def test_a_device_registers_itself_for_who_is_signed_in(client, person, service, at) -> None:
    at(MONDAY)
    alice = person("Alice")
    assert register(client, service.subscription()).status_code == 302  # to the login
    client.force_login(alice)
    responses = [register(client, service.subscription(), headers={"User-Agent": CHROME}) for _ in range(2)]
    assert [response.status_code for response in responses] == [201, 201]
    method = ContactMethod.objects.get(kind="push")
    assert (method.user, method.verified_at) == (alice, MONDAY)
    assert method.address == responses[0].json()["device"]


def test_a_device_belongs_to_who_registered_it_last(client, person, service, at) -> None:
    at(MONDAY)
    for name in ("Alice", "Bob"):
        client.force_login(person(name))
        register(client, service.subscription())
    assert [str(method.user) for method in ContactMethod.objects.filter(kind="push")] == ["Bob"]


def test_a_device_that_ended_is_open_again_after_registering(client, alice, service, at) -> None:
    ContactMethod.objects.filter(kind="push").update(verified_at=None)
    at(MONDAY + minutes(3))
    client.force_login(alice)
    register(client, service.subscription())
    assert ContactMethod.objects.get(kind="push").verified_at == MONDAY + minutes(3)


def test_a_device_is_forgotten_on_request(client, alice, service) -> None:
    client.force_login(alice)
    body = json.dumps({"endpoint": service.endpoint})
    answers = [client.delete("/me/push/", body, content_type="application/json").json() for _ in range(2)]
    assert answers == [{"forgotten": True}, {"forgotten": False}]


def test_a_viewer_and_another_site_cannot_register_a_device(person, service) -> None:
    from django.test import Client  # noqa: PLC0415

    client = Client()
    client.force_login(person("Vera", role="viewer"))
    assert register(client, service.subscription()).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person("Alice"))
    assert register(strict, service.subscription()).status_code == 403
    assert not ContactMethod.objects.filter(kind="push").exists()


@pytest.mark.parametrize(
    "spoil",
    [
        {"endpoint": "ftp://example.org/x"},
        {"endpoint": "http://push.example.org/x"},
        {"endpoint": "http://10.0.0.1/x"},
        {"endpoint": "https://" + "x" * 1000},
        {"endpoint": 7},
        {"keys": None},
        {"keys": {"p256dh": "AAAA", "auth": "c2l4dGVlbiBieXRlcyAhIQ"}},
        {"keys": {"p256dh": "B" + "A" * 86, "auth": "c2l4dGVlbiBieXRlcyAhIQ"}},
    ],
)
def test_what_is_no_subscription_is_refused_with_a_sentence(client, person, service, spoil) -> None:
    client.force_login(person("Alice"))
    response = register(client, service.subscription() | spoil)
    assert response.status_code == 400
    assert response.json()["error"]
    bodies: list[Any] = [[], "x", None, 7]
    for body in bodies:
        assert register(client, body).status_code == 400
    short = service.subscription()
    short["keys"]["auth"] = "AAAA"
    assert "keys.auth" in register(client, short).json()["error"]


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("", "Browser"),
    ],
)
def test_a_device_is_called_by_its_browser_and_system(agent, words) -> None:
    assert devices.label(agent) == words


def test_the_worker_and_the_manifest_are_served_within_their_scope(client) -> None:
    worker = client.get("/me/sw.js")
    assert worker["Content-Type"] == "text/javascript; charset=utf-8"
    assert b"showNotification" in worker.content
    shown = client.get("/me/manifest.webmanifest").json()
    assert (shown["start_url"], shown["scope"], shown["display"]) == ("/me/", "/me/", "standalone")
    assert [icon["sizes"] for icon in shown["icons"]] == ["192x192", "512x512", "any"]
