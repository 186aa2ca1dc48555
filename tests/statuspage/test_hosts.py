"""A custom domain serves one page and nothing else; unknown hosts are refused."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from statuspage import public
from statuspage.models import StatusPage
from statuspage.services import pages as services
from tests.builders import START
from tests.statuspage import pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HOST = "status.acme.example"


@pytest.fixture
def acme() -> StatusPage:
    page = pages.page()
    pages.incident(page, "Payments fail", pages.component(page, "API"))
    services.set_domain(page, HOST, now=START)
    return page


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"Host": HOST})


@pytest.mark.parametrize("host", [HOST, HOST.upper(), f"{HOST}:8443", f"{HOST}."])
def test_the_page_is_at_the_root_of_its_own_host(acme: StatusPage, host: str) -> None:
    response = Client(headers={"Host": host}).get("/")
    assert response.status_code == 200
    assert b"API is degraded" in response.content
    assert response["X-Content-Type-Options"] == "nosniff"


def test_its_json_and_feeds_are_there_too(acme: StatusPage, visitor: Client) -> None:
    assert visitor.get("/api/v1/status").json()["page"]["url"] == f"https://{HOST}"
    assert b"Payments fail" in visitor.get("/feed.rss").content
    notice = acme.notices.get()
    assert visitor.get(f"/notices/{notice.path}").status_code == 200
    old = notice.path
    pages.say(notice, subject="Cards fail", at=START)
    moved = visitor.get(f"/notices/{old}")
    assert (moved.status_code, moved["Location"].startswith("/notices/")) == (301, True)


@pytest.mark.parametrize(
    "path",
    [
        "/admin/",
        "/admin/login/",
        "/v1/pages",
        "/api/v1/alert_groups",
        "/healthz",
        "/status/acme/",
        "/static/tocsin/icon.svg",
    ],
)
def test_nothing_else_is_served_there(acme: StatusPage, visitor: Client, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_the_page_stays_at_the_main_host(acme: StatusPage, client: Client) -> None:
    assert client.get("/status/acme/").status_code == 200


@pytest.mark.parametrize("host", ["other.example", "", "bad host", "status.acme.example.evil.example"])
def test_an_unknown_host_is_refused(acme: StatusPage, host: str) -> None:
    response = Client(headers={"Host": host}).get("/")
    assert response.status_code == 400


def test_the_host_is_known_while_the_database_is_down(acme: StatusPage, visitor: Client) -> None:
    visitor.get("/")
    public.forget()

    def refuse(*_: Any) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        response = visitor.get("/")
        assert response.status_code == 200
        assert b"As of 2030-01-07 09:00 UTC." in response.content
        assert Client(headers={"Host": "other.example"}).get("/").status_code == 400


def test_a_domain_that_was_taken_away_is_refused(acme: StatusPage, visitor: Client) -> None:
    assert visitor.get("/").status_code == 200
    services.remove_domain(acme)
    public.refresh(START)
    assert visitor.get("/").status_code == 400
