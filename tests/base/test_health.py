from __future__ import annotations

import time
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client

from base import clock, health, views

pytestmark = [pytest.mark.django_db, pytest.mark.urls("base.urls")]


@pytest.fixture(autouse=True)
def examined_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second connection would not see this test's transaction."""
    monkeypatch.setattr(health, "look", health.examine)


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch):
    def _late(seconds: float) -> None:
        monkeypatch.setattr(clock, "lateness", lambda now: timedelta(seconds=seconds))

    _late(0)
    return _late


def test_alive_is_answered_without_the_database(client: Client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/livez").content == b"ok\n"


def test_health_is_green_up_to_ten_seconds(client: Client, late):
    late(10)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["status"], answer.json()["reasons"]) == (200, "green", [])
    assert answer.json()["clock_late_seconds"] == 10


def test_health_is_red_above_ten_seconds_and_says_why(client: Client, late):
    late(10.001)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["the clock is 10.001 seconds late"])


def test_health_is_red_without_a_database(client: Client, monkeypatch):
    def away() -> list[str]:
        raise OperationalError("password=SESAME")

    monkeypatch.setattr(health, "missing_migrations", away)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["the database cannot be used (OperationalError)"])
    assert b"SESAME" not in answer.content


def test_health_is_red_while_a_migration_is_missing(client: Client, monkeypatch, late):
    known = health.known_migrations()
    monkeypatch.setattr(health, "known_migrations", lambda: (*known, ("zebra", "0001_initial")))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["reasons"]) == (
        503,
        ["1 migrations are missing, the first is zebra.0001_initial"],
    )


def test_a_database_that_keeps_silent_holds_nobody_up(monkeypatch):
    monkeypatch.undo()
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(health, "examine", lambda: time.sleep(0.5))
    monkeypatch.setattr(
        health, "connection", type("Remote", (), {"vendor": "postgresql", "close": lambda self: None})()
    )
    assert [health.look().reasons for _ in range(2)] == [["the database has not answered for 0.05 seconds"]] * 2
    pool = health._pool
    assert pool is not None
    assert len(pool._threads) == 1


@pytest.mark.parametrize("path", ["/livez", "/healthz/", "/metrics"])
def test_the_machine_room_is_only_looked_at(client: Client, path):
    assert client.post(path).status_code == 405


def test_metrics_tell_how_late_the_clock_is_and_what_is_due(client: Client, late, monkeypatch):
    late(4)
    monkeypatch.setattr(clock, "due_rows", lambda now: {"alerts.clock": 7})
    page = client.get("/metrics").content.decode()
    assert "tocsin_clock_late_seconds 4.0" in page
    assert 'tocsin_due_rows{clock="alerts.clock"} 7.0' in page


def test_metrics_are_answered_while_the_database_is_away(monkeypatch):
    monkeypatch.setattr(health, "look", lambda: health.Health(reasons=["away"]))
    request = HttpRequest()
    request.method = "GET"
    assert b"tocsin_database_up 0.0" in views.metrics_page(request).content
