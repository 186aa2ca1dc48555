"""A private page tells those outside nothing, whatever they ask for."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.db import OperationalError, connection
from django.test import Client

from statuspage import public, public_access, public_door, public_mail
from statuspage.models import StatusPage
from statuspage.services import pages as services
from tests.builders import START
from tests.statuspage import pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
SECRETS = (b"Acme", b"Payments", b"Vault", b"acme.example")


def private(**fields: Any) -> StatusPage:
    page = pages.page(support_email="help@acme.example", **fields)
    pages.incident(page, "Payments fail", pages.component(page, "Vault"))
    return page


@pytest.fixture
def locked() -> StatusPage:
    return private(access="password", password=make_password("open sesame"))


def paths(page: StatusPage) -> list[str]:
    bundle = public.publish(page, START)
    style = re.compile(r"assets/status-.*\.css")
    return [path for path in bundle.files if not style.fullmatch(path)]


def unlock(client: Client, password: str = "open sesame") -> Any:  # noqa: S107  of a story
    return client.post("/status/acme/unlock", {"password": password})


def test_nothing_of_the_page_is_told_outside(client: Client, locked: StatusPage) -> None:
    found = paths(locked)
    assert len(found) > 15
    extra = ["", "api/v1/status", "api/v1/notices", "api/v1/components", "notices/0000000000000000", "nothing"]
    for path in [*found, *extra]:
        response = client.get(f"/status/acme/{path}")
        for_programs = path.startswith(("api/v1/", "feed.", "badge.", "calendar."))  # they know how to answer a 401
        assert response.status_code == (401 if for_programs else 403), path
        assert not [word for word in SECRETS if word in response.content], path
        assert response["Cache-Control"] == "private, no-cache"
        assert "Access-Control-Allow-Origin" not in response.headers


def test_the_password_opens_the_page_and_its_feeds(client: Client, locked: StatusPage) -> None:
    answer = unlock(client)
    assert (answer.status_code, answer["Location"]) == (303, "/status/acme/")
    cookie = answer.cookies[f"tocsin_page_{locked.page_id}"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/status/acme/", True, "Lax")
    page = client.get("/status/acme/")
    assert b"Payments fail" in page.content
    assert (page["Cache-Control"], page["Vary"]) == ("private, no-cache", "Cookie, Authorization")
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert b"Payments fail" in client.get("/status/acme/feed.atom").content
    assert client.get("/status/acme/api/v1/status").json()["page"]["name"] == "Acme"


@pytest.mark.parametrize("password", ["", "wrong", "OPEN SESAME"])
def test_a_wrong_password_opens_nothing(client: Client, locked: StatusPage, password: str) -> None:
    answer = unlock(client, password)
    assert answer.status_code == 403
    assert not answer.cookies
    assert client.get("/status/acme/").status_code == 403


def test_a_private_page_without_a_password_is_open_to_nobody(client: Client) -> None:
    private(access="password", password="")
    assert unlock(client, "").status_code == 403


def test_another_password_ends_the_cookies_of_the_old_one(client: Client, locked: StatusPage) -> None:
    unlock(client)
    services.update_page(locked, {"password": make_password("new words")}, now=START)
    assert client.get("/status/acme/").status_code == 403


def test_the_cookie_of_one_page_opens_no_other(client: Client, locked: StatusPage) -> None:
    other = pages.page("Zeta", access="password", password=make_password("another"))
    cookie = unlock(client).cookies[f"tocsin_page_{locked.page_id}"].value
    client.cookies[f"tocsin_page_{other.page_id}"] = cookie
    assert client.get("/status/zeta/").status_code == 403


def test_a_feed_reader_sends_the_password_with_each_request(client: Client, locked: StatusPage) -> None:
    refused = client.get("/status/acme/feed.rss")
    assert refused["WWW-Authenticate"].startswith("Basic ")
    for word, status in (("open sesame", 200), ("wrong", 401)):
        value = base64.b64encode(f"reader:{word}".encode()).decode()
        answer = client.get("/status/acme/feed.rss", headers={"Authorization": f"Basic {value}"})
        assert answer.status_code == status
    assert client.get("/status/acme/feed.rss", headers={"Authorization": "Basic ?"}).status_code == 401


def test_guessing_is_slowed_down(client: Client, locked: StatusPage) -> None:
    answers = [unlock(client, f"guess {n}").status_code for n in range(11)]
    assert answers == [403] * 10 + [429]
    assert unlock(client).status_code == 429


def test_guessing_by_header_is_slowed_down_too(client: Client, locked: StatusPage) -> None:
    def ask(word: str) -> int:
        value = base64.b64encode(f"reader:{word}".encode()).decode()
        return client.get("/status/acme/feed.rss", headers={"Authorization": f"Basic {value}"}).status_code

    assert ask("open sesame") == 200
    assert [ask(f"guess {n}") for n in range(20)] == [401] * 20
    assert ask("open sesame") == 200  # it was proved before
    public_access.forget()
    assert ask("open sesame") == 401


def test_the_rules_hold_while_the_database_is_down(client: Client, locked: StatusPage) -> None:
    unlock(client)
    stranger = Client()

    def refuse(*_: Any) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        assert stranger.get("/status/acme/").status_code == 403
        assert stranger.post("/status/acme/unlock", {"password": "wrong"}).status_code == 403
        assert b"Payments fail" in client.get("/status/acme/").content
        assert stranger.post("/status/acme/unlock", {"password": "open sesame"}).status_code == 303


def test_a_private_page_is_never_exported(locked: StatusPage, settings: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    settings.STATUSPAGE_EXPORT_DIR = str(out)
    services.update_page(locked, {"access": "public"}, now=START)
    public.refresh(START)
    assert (out / "acme/index.html").is_file()
    services.update_page(locked, {"access": "password"}, now=START)
    public.refresh(START)
    assert not (out / "acme").exists()
    assert not [path for path in out.rglob("*") if path.is_file()]


def test_a_mailed_link_lets_those_of_the_domain_in(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.EMAIL_CONFIGURED = True
    private(access="email_domain", email_domains=["acme.example"], locale="de")
    monkeypatch.setattr(public_door, "async_task", lambda _, *words: public_mail.send_link(*words))
    known = client.post("/status/acme/unlock", {"email": "Ann@Acme.example"})
    unknown = client.post("/status/acme/unlock", {"email": "ann@acme.example.evil.example"})
    assert known.content == unknown.content
    assert [message.to for message in mail.outbox] == [["Ann@Acme.example"]]
    assert mail.outbox[0].subject == "Ihr Link zu Acme"
    link = re.search(r"http://testserver(\S+)", str(mail.outbox[0].body))
    assert link
    assert client.get("/status/acme/").status_code == 403
    assert client.get(link[1]).status_code == 303
    assert b"Payments fail" in client.get("/status/acme/").content


def test_a_mailed_link_ends_after_half_an_hour(client: Client, clock: Any) -> None:
    page = private(access="email_domain", email_domains=["acme.example"])
    token = public_access.new_link(public_access.rules_of(page))
    clock.shift(1801)
    assert client.get(f"/status/acme/enter/{token}").status_code == 403
    assert client.get("/status/acme/enter/nonsense").status_code == 403


@pytest.mark.parametrize(
    ("address", "status"),
    [("10.1.2.3", 200), ("::ffff:10.1.2.3", 200), ("10.2.0.1", 403), ("2001:db8::7", 200), ("nonsense", 403)],
)
def test_a_page_for_a_network_is_read_from_there_alone(client: Client, address: str, status: int) -> None:
    private(access="network", networks=["10.1.0.0/16", "2001:db8::/32", "broken"])
    assert client.get("/status/acme/", REMOTE_ADDR=address).status_code == status


def test_only_a_trusted_proxy_is_believed(client: Client, settings: Any) -> None:
    private(access="network", networks=["10.1.0.0/16"])
    claim = {"X-Forwarded-For": "10.1.2.3"}
    assert client.get("/status/acme/", REMOTE_ADDR="203.0.113.9", headers=claim).status_code == 403
    assert client.get("/status/acme/", REMOTE_ADDR="127.0.0.1", headers=claim).status_code == 200
    spoofed = {"X-Forwarded-For": "10.1.2.3, 203.0.113.9"}
    assert client.get("/status/acme/", REMOTE_ADDR="127.0.0.1", headers=spoofed).status_code == 403
