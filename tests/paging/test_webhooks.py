"""Outgoing webhooks against a real web server on loopback."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from alerts.models import Event, LogEntry
from base import guarded_http
from oncall.models import Webhook
from paging import clock
from paging.models import Attempt, Notification
from tests.paging.conftest import MONDAY


@pytest.fixture
def hook(sink, settings, alert):
    """Call a webhook for a new alert and return what was tried."""
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]

    def call(**fields: Any) -> Attempt:
        webhook = Webhook.objects.create(**{"name": "hook", "url": sink.url, **fields})
        fired = alert("Disk full", events_count=1)
        Event.objects.create(alert=fired, received_at=MONDAY, payload={"host": "eu-7"})
        promise(fired, webhook)
        run(MONDAY)
        return Attempt.objects.latest("pk")

    return call


def promise(alert: Any, webhook: Webhook) -> LogEntry:
    return LogEntry.objects.create(
        alert=alert, at=MONDAY, kind=LogEntry.Kind.WEBHOOK, detail={"webhook": webhook.pk}, announce_at=MONDAY
    )


def run(now: Any) -> None:
    while clock.tick(now) or clock.deliver(lambda: now, pulse=lambda: None):
        pass


def test_everything_is_forwarded_as_json(hook, sink) -> None:
    tried = hook()
    (request,) = sink.requests
    event = json.loads(request.body)
    row = Notification.objects.get()
    assert (request.method, request.path, request.headers["Content-Type"]) == ("POST", "/hook", "application/json")
    assert request.headers["Idempotency-Key"] == row.dedup
    assert event["event"] == {"type": "escalation", "time": "2030-01-07T09:00:00Z"}
    assert event["alert_payload"] == {"host": "eu-7"}
    assert (event["alert_group"]["title"], event["alert_group"]["state"]) == ("Disk full", "firing")
    assert event["alert_group_id"] == event["alert_group"]["id"]
    assert (event["alert_group_acknowledged_by"], event["responses"]) == (None, {})
    assert (tried.outcome, tried.provider, tried.answer) == ("sent", "127.0.0.1", '200\n{"ok": true}')
    assert (row.status, row.run) == ("sent", None)


def test_url_headers_and_body_are_templates(hook, sink) -> None:
    hook(
        url=sink.url + "/{{ alert_payload.host }}",
        http_method="PUT",
        headers='{"X-Title": "{{ alert_group.title }}"}',
        data='{"said": "{{ alert_payload.host }} is down"}',
        forward_all=False,
    )
    (request,) = sink.requests
    assert (request.method, request.path, request.headers["X-Title"]) == ("PUT", "/hook/eu-7", "Disk full")
    assert json.loads(request.body) == {"said": "eu-7 is down"}


def test_text_that_is_no_json_goes_as_it_is(hook, sink) -> None:
    hook(data="{{ alert_payload.host }} är weg", forward_all=False)
    (request,) = sink.requests
    assert request.body.decode() == "eu-7 är weg"
    assert "Content-Type" not in request.headers


def test_a_get_has_no_body(hook, sink) -> None:
    hook(http_method="GET")
    assert (sink.requests[0].method, sink.requests[0].body) == ("GET", b"")


def test_credentials_are_sent_but_not_remembered(hook, sink) -> None:
    hook(username="ann", password="secret", authorization_header="Bearer t0ken")
    assert sink.requests[0].headers["Authorization"] == "Bearer t0ken"
    content = Notification.objects.get().content or {}
    assert content["headers"]["Authorization"] == "*" * 16
    assert "t0ken" not in json.dumps(content)


def test_basic_authentication_needs_both_name_and_password(hook, sink) -> None:
    hook(username="ann", password="secret")
    assert sink.requests[0].headers["Authorization"] == "Basic " + base64.b64encode(b"ann:secret").decode()


def test_half_a_credential_is_none(hook, sink) -> None:
    hook(username="ann")
    assert "Authorization" not in sink.requests[0].headers


@pytest.mark.parametrize(
    ("template", "called"), [("{{ 1 == 1 }}", True), ("1", True), ("no", False), ("{{ 0 }}", False)]
)
def test_the_trigger_template_decides(hook, sink, template, called) -> None:
    tried = hook(trigger_template=template)
    assert (len(sink.requests), tried.outcome) == ((1, "sent") if called else (0, "failed"))


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"headers": "[1]"}, "headers: give a JSON object"),
        ({"headers": "no"}, "headers: 'no' is no JSON"),
        ({"url": "ftp://example.org"}, "url: 'ftp://example.org' is no http or https address"),
    ],
)
def test_what_cannot_be_sent_says_why(hook, sink, fields, answer) -> None:
    tried = hook(**fields)
    assert (tried.outcome, tried.answer, sink.requests) == ("failed", answer, [])


def test_a_broken_template_fails_for_good(hook, sink) -> None:
    tried = hook(url="{{ alert_payload.host.x.y }}")
    assert tried.outcome == "failed"
    assert "Template" in tried.answer


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://2130706433:{port}/"])
def test_private_addresses_are_refused_unless_allowed(hook, sink, settings, url) -> None:
    port = sink.url.split(":")[2].split("/")[0]
    settings.WEBHOOK_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    tried = hook(url=url.format(port=port))
    assert (tried.outcome, sink.requests) == ("failed", [])
    assert "which is not allowed" in tried.answer


def test_our_own_address_is_refused_even_where_its_network_is_allowed(hook, sink, settings) -> None:
    settings.TOCSIN_BASE_URL = sink.url.removesuffix("/hook")
    assert hook().answer == "The address is our own."
    assert sink.requests == []


def test_a_redirect_is_checked_like_the_first_address(hook, sink, settings) -> None:
    sink.answers = [(307, {"Location": "http://169.254.169.254/latest"}, b""), (200, {}, b"")]
    tried = hook()
    assert (tried.outcome, len(sink.requests)) == ("failed", 1)
    assert "169.254.169.254" in tried.answer


def test_a_redirect_to_an_allowed_address_is_followed(hook, sink) -> None:
    sink.answers = [(307, {"Location": sink.url + "/there"}, b""), (200, {}, b"done")]
    assert hook().answer == "200\ndone"
    assert [request.path for request in sink.requests] == ["/hook", "/hook/there"]


def test_a_server_in_trouble_gets_three_retries(hook, sink) -> None:
    sink.answers = [(503, {}, b"busy")]
    hook()
    for seconds in (5, 20, 50, 500):
        run(MONDAY + timedelta(seconds=seconds))
    outcomes = list(Attempt.objects.order_by("pk").values_list("outcome", flat=True))
    assert outcomes == ["retry", "retry", "retry", "failed"]
    assert len(sink.requests) == 4


def test_a_silent_server_is_given_up_after_the_time_out(sink, settings, monkeypatch) -> None:
    import requests  # noqa: PLC0415

    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    sink.delay = 0.5
    with pytest.raises(requests.Timeout):
        guarded_http.call("GET", sink.url, headers={}, body=b"", auth=None, seconds=0.1)


def test_an_endless_answer_is_not_kept(hook, sink) -> None:
    sink.answers = [(200, {}, b"x" * 300_000)]
    assert hook().answer == "200\nThe answer has more than 50000 characters."


def test_a_webhook_hears_what_the_others_answered(hook, sink, alert) -> None:
    hook()
    first = Webhook.objects.get()
    fired = Notification.objects.get().alert
    promise(fired, Webhook.objects.create(name="second", url=sink.url))
    run(MONDAY)
    assert json.loads(sink.requests[1].body)["responses"] == {f"WH{first.public_id}": {"ok": True}}


@pytest.mark.parametrize("change", [{"enabled": False}, {"deleted_at": MONDAY}])
def test_a_webhook_that_is_off_is_not_called_and_that_is_said(hook, sink, alert, change) -> None:
    webhook = Webhook.objects.create(name="off", url=sink.url, **change)
    promise(alert(), webhook)
    run(MONDAY)
    assert sink.requests == []
    assert LogEntry.objects.get(kind="step_failed").text == "Webhook off is switched off."


def test_a_webhook_is_called_even_when_the_alert_was_taken_meanwhile(sink, settings, alert) -> None:
    from alerts import services  # noqa: PLC0415
    from alerts.models import Source  # noqa: PLC0415

    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    fired = alert()
    promise(fired, Webhook.objects.create(name="hook", url=sink.url))
    services.resolve(fired, by=None, source=Source.MONITOR, now=MONDAY)
    run(MONDAY)
    assert len(sink.requests) == 1
