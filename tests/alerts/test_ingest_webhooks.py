from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.ingest import Signal, prepare, read
from tests.alerts.payloads import FORMATTED

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)


def signal_of(slug: str, body: Any) -> Signal:
    return read(slug, prepare(slug, body), {}, now=NOW)


def test_any_body_becomes_an_alert_that_shows_it() -> None:
    assert signal_of("webhook", {"b": "ü", "a": [1]}) == Signal(
        dedup_key='{"a":[1],"b":"\\u00fc"}',
        title="Incident",
        message='```\n{\n    "a": [\n        1\n    ],\n    "b": "ü"\n}\n```',
        image_url=None,
        source_url=None,
        resolves=False,
        acknowledges=False,
        started_at=None,
        ended_at=None,
        urgency=None,
    )


def test_the_same_body_is_the_same_alert_whatever_its_order() -> None:
    one, other = (
        signal_of("webhook", {"a": 1, "b": {"c": 2, "d": 3}}),
        signal_of("webhook", {"b": {"d": 3, "c": 2}, "a": 1}),
    )
    assert one.dedup_key == other.dedup_key
    assert one.dedup_key != signal_of("webhook", {"a": 1, "b": {"c": 2, "d": 4}}).dedup_key


def test_bodies_that_differ_only_in_their_state_are_one_alert() -> None:
    firing, resolved = ({"host": "db1", "check": "disk", "state": state, "status": state} for state in ("bad", "ok"))
    assert signal_of("webhook", firing).dedup_key == signal_of("webhook", resolved).dedup_key
    assert signal_of("webhook", firing).dedup_key == '{"check":"disk","host":"db1"}'
    inner = {"host": "db1", "disk": {"state": "bad"}}
    assert signal_of("webhook", inner).dedup_key != signal_of("webhook", inner | {"disk": {"state": "ok"}}).dedup_key


def test_a_body_that_is_nothing_but_a_state_is_told_apart_by_it() -> None:
    assert signal_of("webhook", {"status": "disk full"}).dedup_key == '{"status":"disk full"}'


def test_long_bodies_that_differ_at_the_end_are_two_alerts() -> None:
    one, other = (signal_of("webhook", {"text": "x" * 100_000 + end}).dedup_key for end in "12")
    assert one != other
    assert one is not None
    assert one.startswith("sha256:")


def test_a_heartbeat_of_our_own_groups_by_its_uid() -> None:
    beat = {"is_oncall_heartbeat": True, "alert_uid": "heartbeat-1", "state": "alerting"}
    assert signal_of("webhook", beat).dedup_key == "heartbeat-1"
    assert signal_of("webhook", beat | {"state": "ok"}).dedup_key == "heartbeat-1"


@pytest.mark.parametrize("slug", ["webhook", "formatted_webhook"])
@pytest.mark.parametrize(
    ("state", "resolves"),
    [
        ("ok", True),
        ("OK", True),
        ("Ok", True),
        ("alerting", False),
        ("", False),
        (None, False),
        (["ok"], False),
        (1, False),
    ],
)
def test_the_state_ok_resolves(slug: str, state: Any, resolves: bool) -> None:
    assert signal_of(slug, {"state": state}).resolves is resolves


def test_a_webhook_links_to_its_url() -> None:
    assert signal_of("webhook", {"url": "https://x.example/1"}).source_url == "https://x.example/1"


@pytest.mark.parametrize("body", [[], [1], "text", 3, False])
def test_a_webhook_takes_any_json(body: Any) -> None:
    signal = signal_of("webhook", body)
    assert signal.title == "Incident"
    assert signal.dedup_key


def test_a_formatted_body_is_read_field_by_field() -> None:
    assert signal_of("formatted_webhook", FORMATTED) == Signal(
        dedup_key="08d6891a-835c-e661-39fa-96b6a9e26552",
        title="The whole system is down",
        message="Smth happened. **Oh no!**",
        image_url="https://images.example/tree.png",
        source_url="https://monitor.example/alerts/1",
        resolves=False,
        acknowledges=False,
        started_at=None,
        ended_at=None,
        urgency=None,
    )


@pytest.mark.parametrize("body", [{}, [], "text", 3, {"title": None, "alert_uid": None, "message": None}])
def test_a_formatted_body_may_lack_everything(body: Any) -> None:
    signal = signal_of("formatted_webhook", body)
    assert (signal.dedup_key, signal.title, signal.message) == (None, "Alert without a title", "")


def test_a_uid_is_a_key_as_it_stands() -> None:
    assert signal_of("formatted_webhook", {"alert_uid": " a "}).dedup_key == " a "
    assert signal_of("formatted_webhook", {"alert_uid": 0}).dedup_key == "0"
    assert signal_of("formatted_webhook", {"alert_uid": ""}).dedup_key is None
