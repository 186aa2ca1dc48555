"""The page answers while the database does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from statuspage import public
from tests.builders import START
from tests.statuspage import pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@contextmanager
def outage() -> Iterator[None]:
    """Let every query fail as it does when the server is gone."""

    def refuse(*_: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(refuse):
        yield


@pytest.fixture(autouse=True)
def page() -> Any:
    page = pages.page()
    part = pages.component(page, "API")
    pages.incident(page, "Payments fail", part)
    pages.planned(page, "Upgrade", START + timedelta(days=1), part)
    return page


def test_the_page_is_shown_with_the_instant_it_was_last_known_to_be_true(client: Client) -> None:
    before = client.get("/status/acme/")
    with outage():
        during = client.get("/status/acme/")
    assert during.status_code == 200
    assert "Payments fail" in during.content.decode()
    assert b"As of 2030-01-07 09:00 UTC." in during.content
    assert during["X-As-Of"] == "2030-01-07T09:00:00+00:00"
    assert b"As of" not in before.content
    assert during["ETag"] != before["ETag"]


@pytest.mark.parametrize(
    ("path", "stamp"),
    [
        ("feed.rss", b"(as of 2030-01-07T09:00:00.000Z)"),
        ("feed.atom", b"(as of 2030-01-07T09:00:00.000Z)"),
        ("feed.json", b'"as_of":"2030-01-07T09:00:00.000Z","stale":true'),
        ("calendar.ics", b"X-WR-CALDESC:As of 2030-01-07T09:00:00.000Z"),
        ("api/v1/status", b'"stale":true'),
        ("api/v1/notices", b'"stale":true'),
        ("api/v1/components?filter[parent_id_null]=true", b'"stale":true'),
        ("history/2030/january/", b"As of 2030-01-07"),
        ("badge.svg", b"API is degraded"),
    ],
)
def test_everything_else_is_answered_too(client: Client, path: str, stamp: bytes) -> None:
    client.get("/status/acme/")
    with outage():
        response = client.get(f"/status/acme/{path}")
    assert response.status_code == 200
    assert stamp in response.content
    if "json" in response["Content-Type"]:
        assert json.loads(response.content)


def test_a_new_process_finds_the_page_on_the_disk(client: Client) -> None:
    client.get("/status/acme/")
    public.forget()
    with outage():
        assert client.get("/status/acme/").status_code == 200


def test_the_database_is_left_alone_for_a_while_after_it_failed(client: Client, django_assert_num_queries: Any) -> None:
    client.get("/status/acme/")
    with outage():
        client.get("/status/acme/")
    with django_assert_num_queries(0):
        assert client.get("/status/acme/")["X-As-Of"]


def test_the_page_is_current_again_once_the_database_is_back(
    client: Client, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "OUTAGE_SECONDS", 0.0)
    client.get("/status/acme/")
    with outage():
        assert client.get("/status/acme/")["X-As-Of"]
    pages.incident(page, "Something new")
    after = client.get("/status/acme/")
    assert "Something new" in after.content.decode()
    assert "X-As-Of" not in after.headers


def test_a_page_that_was_never_written_is_unavailable_not_unknown(client: Client) -> None:
    with outage():
        response = client.get("/status/other/")
    assert (response.status_code, response["Retry-After"]) == (503, "10")


def test_a_change_that_was_due_during_the_outage_is_not_invented(client: Client, clock: Any) -> None:
    client.get("/status/acme/")
    clock.shift(timedelta(days=1, minutes=5))
    with outage():
        response = client.get("/status/acme/")
    assert b"As of 2030-01-07 09:00 UTC." in response.content
