from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from alerts import services
from alerts.models import Alert, LogEntry, Source
from oncall.models import User, Webhook
from paging import clock
from paging.models import Notification
from tests.dialects.oncall.conftest import NOW, Api, envelope
from tests.fakes.http_sink import HttpSink

STAMP = "2030-01-07T09:00:00Z"


@pytest.fixture
def site(settings: Any) -> Iterator[HttpSink]:
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with HttpSink() as running:
        yield running


@pytest.fixture
def alert(admin: User) -> Alert:
    made: Alert = services.create_alert(
        title="Disk full", description="", destinations=[], by=None, source=Source.MONITOR, now=NOW
    )[0]
    return made


@pytest.fixture
def fire(site: HttpSink, alert: Alert) -> Callable[..., Webhook]:
    """Let an escalation policy call a webhook."""

    def make(**fields: Any) -> Webhook:
        name = f"hook{Webhook.objects.count()}"
        hook = Webhook.objects.create(**{"name": name, "url": site.url, **fields})
        call(hook, alert)
        return hook

    return make


def call(hook: Webhook, alert: Alert, *, minutes: int = 0) -> None:
    at = NOW + timedelta(minutes=minutes)
    LogEntry.objects.create(alert=alert, at=at, kind=LogEntry.Kind.WEBHOOK, detail={"webhook": hook.pk}, announce_at=at)
    while clock.tick(at) or clock.deliver(lambda: at, pulse=lambda: None):
        pass


def path(hook: Webhook) -> str:
    return f"webhooks/WH{hook.public_id}/responses"


def test_a_call_is_answered_with_what_was_sent_and_what_came_back(api: Api, fire: Any, site: HttpSink) -> None:
    hook = fire(headers='{"X-Title": "{{ alert_group.title }}"}', authorization_header="Bearer secret")
    (row,) = api.get(path(hook))["results"]
    headers, body, event = (json.loads(row[key]) for key in ("request_headers", "request_data", "event_data"))
    assert api.get(path(hook)) == envelope(
        {
            "timestamp": STAMP,
            "url": site.url,
            "request_trigger": "escalation",
            "request_headers": row["request_headers"],
            "request_data": row["request_data"],
            "status_code": 200,
            "content": '{"ok": true}',
            "event_data": row["request_data"],
        }
    )
    assert headers == {
        "User-Agent": "Tocsin",
        "X-Title": "Disk full",
        "Authorization": "****************",
        "Content-Type": "application/json",
        "Idempotency-Key": Notification.objects.get().dedup,
    }
    assert body == event
    assert event["alert_group"]["title"] == "Disk full"


def test_the_event_is_there_even_where_it_was_not_sent(api: Api, fire: Any) -> None:
    for hook in (fire(forward_all=False, data="short"), fire(http_method="GET")):
        (row,) = api.get(path(hook))["results"]
        assert row["request_data"] in ("short", "")
        assert json.loads(row["event_data"])["alert_group"]["title"] == "Disk full"


def test_a_refusal_is_a_response_and_a_dead_server_is_none(api: Api, fire: Any, site: HttpSink, alert: Alert) -> None:
    site.answers = [(404, {}, b"nobody here")]
    hook = fire()
    Webhook.objects.filter(pk=hook.pk).update(url="http://127.0.0.1:9/")
    call(hook, alert, minutes=1)
    rows = api.get(path(hook))["results"]
    assert [(row["timestamp"], row["status_code"]) for row in rows[-1:]] == [(STAMP, 404)]
    assert rows[-1]["content"] == "nobody here"
    assert rows[0]["status_code"] is None
    assert "ConnectionError" in rows[0]["content"]


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"url": "http://{{ 1 / 0 }}"}, "url"),
        ({"headers": "{{ 1 / 0 }}"}, "request_headers"),
        ({"headers": "no json"}, "request_headers"),
        ({"data": "{{ 1 / 0 }}", "forward_all": False}, "request_data"),
    ],
)
def test_a_template_that_fails_warns_in_its_part(api: Api, fire: Any, fields: dict[str, Any], key: str) -> None:
    (row,) = api.get(path(fire(**fields)))["results"]
    warned = [name for name, value in row.items() if str(value).startswith("Data - Template Warning: ")]
    assert warned == [key]
    assert (row["status_code"], row["content"]) == (None, "")


def test_a_trigger_that_did_not_match_is_no_call(api: Api, fire: Any) -> None:
    assert api.get(path(fire(trigger_template="{{ false }}"))) == envelope()


def test_responses_are_paged_the_newest_first_and_cost_the_same(
    api: Api, fire: Any, alert: Alert, django_assert_num_queries: Any
) -> None:
    hook = fire()
    with django_assert_num_queries(4):
        api.get(path(hook))
    for minutes in (1, 2, 3):
        call(hook, alert, minutes=minutes)
    fire()
    with django_assert_num_queries(4):
        page = api.get(f"{path(hook)}?perpage=3")
    assert [row["timestamp"][14:16] for row in page["results"]] == ["03", "02", "01"]
    assert (page["count"], page["next"]) == (4, f"https://tocsin.example.org/api/v1/{path(hook)}?perpage=3&page=2")


def test_what_housekeeping_forgot_is_empty(api: Api, fire: Any) -> None:
    hook = fire()
    Notification.objects.update(content=None)
    (row,) = api.get(path(hook))["results"]
    assert (row["url"], row["request_headers"], row["request_data"], row["event_data"]) == ("", "", "", "")
    assert (row["status_code"], row["content"]) == (200, '{"ok": true}')


def test_an_unknown_webhook_has_no_responses(api: Api, viewer_api: Api, fire: Any) -> None:
    assert api("GET", "webhooks/WHNOSUCHHOOK/responses").status == 404
    assert viewer_api.get(path(fire()))["count"] == 1
