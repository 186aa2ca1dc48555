"""What the public sees, and what it costs to show it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from statuspage.models import Notice, StatusPage
from statuspage.services.notices import delete_notice
from tests.builders import START
from tests.statuspage import pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
ADDRESS = re.compile(rb'<(?:link|script|img|iframe|use|source)\b[^>]*?(?:href|src)="([^"]+)"')


def read(client: Client, path: str = "/status/acme/") -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def every_page(client: Client) -> dict[str, bytes]:
    """Every HTML page that links lead to from the first one."""
    found: dict[str, bytes] = {}
    waiting = ["/status/acme/"]
    while waiting:
        path = waiting.pop()
        response = client.get(path)
        assert response.status_code == 200, path
        if not response["Content-Type"].startswith("text/html"):
            continue
        found[path] = response.content
        for link in re.findall(rb'<a [^>]*?href="([^"#:]+)"', response.content):
            parts = [*path.strip("/").split("/"), *link.decode().strip("/").split("/")]
            clean: list[str] = []
            for part in parts:
                clean = clean[:-1] if part == ".." else clean if part == "." else [*clean, part]
            target = f"/{'/'.join(clean)}{'/' if link.endswith(b'/') else ''}"
            if target not in found and target not in waiting:
                waiting.append(target)
    return found


@pytest.fixture
def acme() -> StatusPage:
    page = pages.page(copyright="© Acme")
    api = pages.component(page, "API")
    pages.component(page, "Webhooks", parent=api)
    pages.component(page, "Website")
    return page


def test_a_page_without_trouble_says_so_in_its_first_sentence(client: Client, acme: StatusPage) -> None:
    text = read(client)
    assert '<h1 id="now">All systems are operational</h1>' in text
    assert 'class="now operational"' in text


def test_an_incident_is_in_the_first_sentence_by_the_name_of_what_is_hit(client: Client, acme: StatusPage) -> None:
    pages.incident(acme, "Payments fail", acme.components.get(name="Website"))
    text = read(client)
    assert '<h1 id="now">Website is degraded</h1>' in text
    assert text.index("Website is degraded") < text.index("Payments fail") < text.index('id="components"')


def test_a_part_that_is_hit_is_named_and_its_parent_is_partly_degraded(client: Client, acme: StatusPage) -> None:
    pages.incident(acme, "Deliveries wait", acme.components.get(name="Webhooks"))
    text = read(client)
    assert '<h1 id="now">Webhooks is degraded</h1>' in text
    assert "Partly degraded" in text


def test_the_newest_update_of_an_open_notice_is_on_top(client: Client, acme: StatusPage) -> None:
    notice = pages.incident(acme, "Payments fail", comment="First words.")
    pages.say(notice, "Second words.", at=START + timedelta(minutes=5))
    text = read(client)
    assert text.index("Second words.") < text.index("First words.")


def test_a_change_shows_at_the_next_request(client: Client, acme: StatusPage) -> None:
    assert "Payments fail" not in read(client)
    notice = pages.incident(acme, "Payments fail")
    assert "Payments fail" in read(client)
    pages.say(notice, "Over.", state="resolved", at=START)
    assert "All systems are operational" in read(client)


def test_planned_work_begins_on_the_page_though_no_worker_runs(client: Client, acme: StatusPage, clock: Any) -> None:
    pages.planned(acme, "Database upgrade", START + timedelta(hours=1), acme.components.get(name="API"))
    assert "Upcoming maintenance" in read(client)
    assert "All systems are operational" in read(client)
    clock.shift(timedelta(hours=1))
    assert "API is under maintenance" in read(client)
    clock.shift(timedelta(hours=1))
    assert "All systems are operational" in read(client)


def test_every_page_loads_its_own_files_only(client: Client, acme: StatusPage) -> None:
    notice = pages.incident(acme, "Payments fail", *acme.components.all())
    pages.say(notice, "See [this](https://elsewhere.example) ![x](https://elsewhere.example/x.png)", at=START)
    found = every_page(client)
    assert len(found) >= 8
    for path, content in found.items():
        for address in ADDRESS.findall(content):
            foreign = b":" in address or address.startswith(b"//")
            assert not foreign or b'rel="canonical"' in content.split(address)[0][-40:], (path, address)


def test_a_large_page_is_under_100_kilobytes(client: Client, acme: StatusPage) -> None:
    parts = [pages.component(acme, f"Component number {n}") for n in range(20)]
    for n in range(15):
        pages.incident(acme, f"Incident {n}", parts[n], at=START - timedelta(days=n, hours=1))
    assert len(read(client)) < 100_000


def test_what_people_write_cannot_become_markup(client: Client, acme: StatusPage) -> None:
    pages.incident(acme, "<script>alert(1)</script>", comment="<script>alert(2)</script> [x](javascript:alert(3))")
    for content in every_page(client).values():
        assert b"<script>" not in content
        assert b'href="javascript' not in content


def test_headings_in_updates_do_not_disturb_the_outline_of_the_page(client: Client, acme: StatusPage) -> None:
    pages.incident(acme, "Payments fail", comment="# Loud\n\n## Louder")
    text = read(client)
    assert "<p><strong>Loud</strong></p>" in text
    assert text.count("<h1") == 1


def test_a_permanent_link_is_read_with_and_without_its_slash(client: Client, acme: StatusPage) -> None:
    notice = pages.incident(acme, "Payments fail")
    path = f"/status/acme/notices/{notice.path}"
    assert '<base href="' not in read(client, f"{path}/")
    assert f'<head><base href="{notice.path}/">' in read(client, path)


def test_the_link_of_the_notice_is_where_it_is_read(client: Client, acme: StatusPage, settings: Any) -> None:
    notice = pages.incident(acme, "Payments fail")
    link = Notice.objects.get(pk=notice.pk).link
    assert "Payments fail" in read(client, link.removeprefix(settings.TOCSIN_BASE_URL))


def test_an_old_link_leads_to_the_new_one_for_ever(client: Client, acme: StatusPage) -> None:
    notice = pages.incident(acme, "Payments fail")
    first = notice.path
    second = pages.say(notice, subject="Cards fail", at=START).path
    third = pages.say(notice, subject="Invoices fail", at=START).path
    assert len({first, second, third}) == 3
    for old in (first, second):
        response = client.get(f"/status/acme/notices/{old}")
        assert (response.status_code, response["Location"]) == (301, f"/status/acme/notices/{third}")
    month = client.get(f"/status/acme/history/2030/january/{third}")
    assert (month.status_code, month["Location"]) == (301, f"/status/acme/notices/{third}")


def test_the_link_of_a_deleted_notice_leads_nowhere(client: Client, acme: StatusPage) -> None:
    notice = pages.incident(acme, "Payments fail")
    path = f"/status/acme/notices/{notice.path}"
    read(client, path)
    delete_notice(notice)
    assert client.get(path).status_code == 404


def test_past_incidents_are_grouped_by_the_day_of_the_pages_zone(client: Client) -> None:
    page = pages.page(time_zone="Asia/Tokyo")
    notice = pages.incident(page, "Payments fail", at=START - timedelta(days=1))
    pages.say(notice, "Over.", state="resolved", at=START - timedelta(hours=17))  # 16:00 UTC, 1:00 on Monday in Tokyo
    text = read(client)
    assert '<time datetime="2030-01-07">7 January 2030</time>' in text
    assert "7 Jan 2030, 01:00 JST" in text
    assert "Payments fail" in read(client, "/status/acme/history/2030/january/")


def test_a_review_is_shown_once_it_is_published(client: Client, acme: StatusPage) -> None:
    notice = pages.incident(acme, "Payments fail")
    Notice.objects.filter(pk=notice.pk).update(review="A cable.")
    pages.say(notice, "Over.", state="resolved", at=START)
    assert "Post-incident review" not in read(client, f"/status/acme/notices/{notice.path}/")
    Notice.objects.filter(pk=notice.pk).update(review_at=START)
    pages.say(notice, "More.", at=START)
    assert "A cable." in read(client, f"/status/acme/notices/{notice.path}/")


def test_a_reader_who_has_it_already_gets_304_until_something_changes(client: Client, acme: StatusPage) -> None:
    first = client.get("/status/acme/")
    assert first["Cache-Control"].startswith("public, max-age=10")
    again = client.get("/status/acme/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    pages.incident(acme, "Payments fail")
    assert client.get("/status/acme/", headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_styles_are_kept_for_ever_under_a_name_that_changes_with_them(client: Client, acme: StatusPage) -> None:
    style = re.search(r'href="(assets/status-[0-9a-f]+\.css)"', read(client))
    assert style
    assert "immutable" in client.get(f"/status/acme/{style[1]}")["Cache-Control"]


def test_search_engines_are_kept_out_where_the_page_says_so(client: Client) -> None:
    pages.page(visible_to_search=False)
    assert '<meta name="robots" content="noindex, nofollow">' in read(client)
    assert read(client, "/status/acme/robots.txt") == "User-agent: *\nDisallow: /\n"


def test_no_cookie_is_set_and_no_foreign_source_allowed(client: Client, acme: StatusPage) -> None:
    response = client.get("/status/acme/")
    assert not response.cookies
    assert response["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; script-src 'self'")
    assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
    assert "frame-ancestors *" in client.get("/status/acme/embed/")["Content-Security-Policy"]
    assert "X-Frame-Options" not in client.get("/status/acme/embed/").headers


def test_writing_to_a_page_is_refused(client: Client, acme: StatusPage) -> None:
    response = client.post("/status/acme/")
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_a_page_that_does_not_exist_is_not_found(client: Client) -> None:
    assert client.get("/status/nobody/").status_code == 404
    assert client.get("/status/nobody/api/v1/status").json()["error"] == "not_found"


def test_nothing_outside_the_bundle_can_be_read(client: Client, acme: StatusPage) -> None:
    for path in (".manifest.json", "../acme/.manifest.json", "..%2f..%2fhosts.json", "assets/../.manifest.json"):
        assert client.get(f"/status/acme/{path}").status_code == 404


def test_a_finished_page_costs_one_query(client: Client, acme: StatusPage, django_assert_num_queries: Any) -> None:
    client.get("/status/acme/")
    with django_assert_num_queries(1):
        client.get("/status/acme/")


def test_a_page_that_was_just_confirmed_costs_none(
    client: Client, acme: StatusPage, django_assert_num_queries: Any, settings: Any
) -> None:
    settings.STATUSPAGE_PROBE_SECONDS = 60.0
    client.get("/status/acme/")
    with django_assert_num_queries(0):
        client.get("/status/acme/")
        client.get("/status/acme/api/v1/notices")
        client.get("/status/acme/feed.atom")


def test_writing_a_page_asks_each_table_once_however_much_there_is(
    client: Client, acme: StatusPage, django_assert_max_num_queries: Any
) -> None:
    for n in range(12):
        notice = pages.incident(acme, f"Incident {n}", *acme.components.all(), at=START - timedelta(days=n))
        pages.say(notice, "Over.", state="resolved", subject=f"Other {n}", at=START - timedelta(days=n))
    with django_assert_max_num_queries(9):
        client.get("/status/acme/")


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("de", "Alle Systeme funktionieren"),
        ("fr", "Tous les systèmes fonctionnent"),
        ("es", "Todos los sistemas funcionan"),
        ("ja", "すべてのシステムは正常です"),
        ("pt", "All systems are operational"),
    ],
)
def test_a_page_speaks_its_own_language(client: Client, locale: str, words: str) -> None:
    pages.page(locale=locale)
    text = read(client)
    assert words in text
    assert f'<html lang="{locale if locale != "pt" else "en"}">' in text
