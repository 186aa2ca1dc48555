"""Every status code of spec/oncall-runtime-api 1.2, in its order (S21), and what it costs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DataError, InterfaceError, OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts import services
from alerts.models import Alert, Event, Integration
from base import metrics
from tests import builders
from tests.conftest import World, m
from tests.dialects.oncall_runtime.conftest import Monitor

Monitors = Callable[[Integration], Monitor]
BODY = {"alert_uid": "disk-1", "title": "Disk is full", "state": "alerting"}
FORBIDDEN = "Integration key was not found. Permission denied."
MULTIPART = "multipart/form-data; boundary=X"


@pytest.fixture
def door(world: World) -> Integration:
    return builders.integration(to=world.chain(world.alice, m(5), world.bob))


@pytest.fixture
def post(door: Integration, monitor: Monitors) -> Monitor:
    return monitor(door)


def part(name: str, text: str, more: str = "") -> str:
    return f'--X\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{text}\r\n--X--\r\n'


def test_an_accepted_payload_is_stored_and_named_in_a_header(post: Monitor) -> None:
    answer = post(BODY)
    alert = Alert.objects.get()
    assert (answer.status, answer.body) == (200, "Ok.")
    assert answer.headers["X-Tocsin-Alert-Id"] == f"I{alert.public_id}"
    assert answer.headers["Content-Type"] == "application/json"
    assert (alert.title, alert.status, alert.events.get().payload) == ("Disk is full", "open", BODY)


@pytest.mark.parametrize("prefix", ["", "/oncall"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_both_slash_forms_and_both_bases_are_accepted_without_a_redirect(
    post: Monitor, prefix: str, slash: str
) -> None:
    path = f"{prefix}{post.path.rstrip('/')}{slash}"
    assert post(BODY, path=path).status == 200
    assert Event.objects.count() == 1


@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
@pytest.mark.parametrize("token", ["x" * 25, "%00", "a-b", "ü", "x" * 300])
def test_an_unknown_token_is_a_403_whatever_else_is_wrong(post: Monitor, token: str, method: str) -> None:
    path = f"/integrations/v1/webhook/{token}/"
    answer = post.send("{", "text/plain", path, method)
    assert (answer.status, answer.body) == (403, FORBIDDEN)
    assert answer.headers["Content-Type"].startswith("text/html")


def test_the_token_of_a_deleted_integration_is_a_403(world: World, door: Integration, post: Monitor) -> None:
    services.delete_integration(door, now=world.now)
    assert post(BODY).body == FORBIDDEN


def test_the_token_of_the_internal_integration_is_a_403(world: World, monitor: Monitors) -> None:
    assert monitor(services.direct_paging(now=world.now))(BODY).body == FORBIDDEN


@pytest.mark.parametrize("slug", ["webhook", "alertmanager", "grafana_alerting", "anything"])
def test_a_key_for_another_type_is_a_400(post: Monitor, slug: str) -> None:
    answer = post(BODY, path=post.path.replace("formatted_webhook", slug))
    wanted = "This url is for integration with Formatted webhook.Key is for Formatted webhook"
    assert (answer.status, answer.body) == (400, wanted)
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("slug", "status"), [("alertmanager", 400), ("grafana_alerting", 400), ("webhook", 415), ("zabbix", 415)]
)
def test_an_alertmanager_address_checks_the_type_before_the_body_and_others_after_it(
    post: Monitor, slug: str, status: int
) -> None:
    answer = post.send("hello", "text/plain", post.path.replace("formatted_webhook", slug))
    assert answer.status == status


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", ""])
def test_other_types_of_body_are_a_415(post: Monitor, content_type: str) -> None:
    answer = post.send("hello", content_type)
    assert (answer.status, answer.body) == (415, {"detail": f'Unsupported media type "{content_type}" in request.'})


@pytest.mark.parametrize("raw", ["{", "nonsense", '{"a": NaN}', "[" * 5000, b'{"a": "\xff"}'])
def test_malformed_json_is_a_400(post: Monitor, raw: str | bytes) -> None:
    answer = post.send(raw)
    assert answer.status == 400
    assert answer.body["detail"].startswith("JSON parse error - ")
    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        (b'\xef\xbb\xbf{"title": "a"}', "a"),
        (b'{"title": "cut \\ud83d"}', "cut \ufffd"),
        (b'{"title": "nul \\u0000"}', "nul \ufffd"),
        (b'{"title": "big", "n": 1e400}', "big"),
    ],
)
def test_json_that_is_only_strange_is_taken_in(post: Monitor, raw: bytes, title: str) -> None:
    assert post.send(raw).status == 200
    assert Alert.objects.get().title == title


def test_a_payload_of_null_is_a_400(post: Monitor) -> None:
    answer = post.send("null")
    assert (answer.status, answer.body) == (400, "Payload is required")


def test_a_file_is_a_400(post: Monitor) -> None:
    answer = post.send(part("file", "x", '; filename="a.txt"'), MULTIPART)
    assert (answer.status, answer.body) == (400, "File uploads are not allowed")
    assert not Alert.objects.exists()


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_an_empty_body_is_an_empty_payload(post: Monitor, content_type: str) -> None:
    assert post.send("", content_type).body == "Ok."
    assert Event.objects.get().payload == {}


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        ("title=Disk+is+full&alert_uid=disk-1", "application/x-www-form-urlencoded"),
        (part("title", "Disk is full"), MULTIPART),
    ],
)
def test_form_fields_are_a_payload(post: Monitor, raw: str, content_type: str) -> None:
    assert post.send(raw, content_type).status == 200
    assert Alert.objects.get().title == "Disk is full"


def test_a_form_with_too_many_fields_is_a_400(post: Monitor) -> None:
    answer = post.send("&".join(f"f{n}=1" for n in range(1001)), "application/x-www-form-urlencoded")
    assert answer.status == 400
    assert "DATA_UPLOAD_MAX_NUMBER_FIELDS" in answer.body["detail"]


@pytest.mark.parametrize("body", [[], ["a"], "text", 7, True])
def test_a_webhook_takes_any_json(world: World, monitor: Monitors, body: Any) -> None:
    assert monitor(builders.integration("webhook"))(body).status == 200
    assert Event.objects.get().payload == body


@pytest.mark.parametrize("kind", ["alertmanager", "grafana_alerting"])
@pytest.mark.parametrize("body", [[], ["a"], "text", 7, True])
def test_an_alertmanager_that_sends_no_object_hears_400(world: World, monitor: Monitors, kind: str, body: Any) -> None:
    answer = monitor(builders.integration(kind))(body)
    assert (answer.status, list(answer.body)) == (400, ["detail"])
    assert not Alert.objects.exists()


def test_an_alertmanager_payload_is_kept_whole_with_its_members_counted(world: World, monitor: Monitors) -> None:
    body = {"groupKey": "k", "status": "firing", "alerts": [{"status": "firing"}, {"status": "resolved"}]}
    assert monitor(builders.integration("alertmanager"))(body).status == 200
    assert Event.objects.get().payload == body | {"numFiring": 1, "numResolved": 1}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_a_405(post: Monitor, method: str) -> None:
    answer = post.send("", method=method)
    assert (answer.status, answer.body) == (405, {"detail": f'Method "{method}" not allowed.'})


def test_a_browser_sees_how_to_use_the_address(door: Integration, post: Monitor) -> None:
    answer = post.send("", method="GET", headers={"Accept": "text/html"})
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert door.link is not None
    assert door.link in answer.body
    assert not Alert.objects.exists()
    assert post.send("", method="HEAD").status == 200


@pytest.mark.parametrize("accept", ["text/html", "text/plain", "image/png"])
def test_what_a_monitor_would_like_to_read_does_not_keep_its_alert_out(post: Monitor, accept: str) -> None:
    assert post(BODY, headers={"Accept": accept}).body == "Ok."


LIMIT = 5 * 1024 * 1024


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 413)])
def test_a_body_may_have_five_mebibytes(post: Monitor, size: int, status: int) -> None:
    frame = json.dumps({"title": ""})
    answer = post.send(json.dumps({"title": "x" * (size - len(frame))}))
    assert answer.status == status
    assert Event.objects.exists() is (status == 200)
    if status == 413:
        assert answer.body == {"detail": "Request body too large."}


@pytest.mark.parametrize("fault", [OperationalError("the database is gone"), InterfaceError("connection closed")])
@pytest.mark.parametrize(
    "place", ["alerts.api.grafana.inbound.InboundViewSet.get_queryset", "alerts.services.receive_all"]
)
def test_a_database_that_is_down_is_a_503_that_asks_to_send_again(
    post: Monitor, monkeypatch: pytest.MonkeyPatch, place: str, fault: Exception
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise fault

    monkeypatch.setattr(place, fail)
    answer = post(BODY)
    assert (answer.status, answer.body) == (503, {"detail": "The alert could not be stored. Send it again."})
    assert answer.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("fault", "status", "detail"),
    [
        (RuntimeError("a secret"), 500, "The alert could not be processed. Send it again."),
        (DataError("a secret"), 400, "The payload cannot be stored."),
    ],
)
def test_a_failure_shows_nothing_of_its_insides(
    post: Monitor, monkeypatch: pytest.MonkeyPatch, fault: Exception, status: int, detail: str
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise fault

    monkeypatch.setattr("alerts.services.receive_all", fail)
    answer = post(BODY)
    assert (answer.status, answer.body) == (status, {"detail": detail})


def test_a_failure_at_the_last_moment_stores_nothing_and_says_so(
    post: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("disk full")

    monkeypatch.setattr(services.receive.__globals__["moves"], "resolve", fail)
    assert post(BODY | {"state": "ok"}).status == 503
    assert not Alert.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_answer_comes_after_the_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    post = Monitor(builders.integration(), Client())
    seen: list[bool] = []
    counted = metrics.ingest_events.labels

    def count(*labels: str) -> Any:
        seen.append(connection.in_atomic_block)
        return counted(*labels)

    monkeypatch.setattr(metrics.ingest_events, "labels", count)
    assert post(BODY).status == 200
    assert seen == [False]


def counted(outcome: str, kind: str = "formatted_webhook") -> float:
    return float(metrics.ingest_events.labels(kind, outcome)._value.get())


def test_what_became_of_a_payload_is_counted(post: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {each: counted(each) for each in ("opened", "joined", "refused", "failed")}
    post(BODY)
    post(BODY)
    post.send("{")
    monkeypatch.setattr("alerts.services.receive_all", lambda *args, **kwargs: 1 / 0)
    post(BODY)
    assert {each: counted(each) - count for each, count in before.items()} == dict.fromkeys(before, 1)


NEW, JOINED, RESOLVED = 14, 7, 15


@pytest.mark.parametrize("before", [0, 3])
def test_the_number_of_queries_is_fixed(post: Monitor, before: int) -> None:
    for number in range(before):
        post(BODY | {"alert_uid": f"other-{number}"})

    def queries(body: Any) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert post(body).status == 200
        return len(seen)

    counts = (queries(BODY), queries(BODY), queries(BODY | {"state": "ok"}))
    assert counts == (NEW, JOINED, RESOLVED)
