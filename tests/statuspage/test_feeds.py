"""What readers and calendars get."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from icalendar import Calendar

from statuspage.models import StatusPage
from statuspage.services import pages as services
from tests.builders import START
from tests.statuspage import pages

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def acme() -> StatusPage:
    page = pages.page()
    notice = pages.incident(page, "Payments & <cards> fail", comment="We **look**.", at=START - timedelta(hours=1))
    pages.say(notice, "Over.", state="resolved", at=START)
    pages.planned(page, "Upgrade", START + timedelta(days=1), pages.component(page, "API"))
    return page


def titles(content: bytes) -> list[str | None]:
    return [one.findtext("title") for one in ET.fromstring(content).iter("item")]  # noqa: S314  our own


def test_rss_has_one_entry_per_update_newest_first(client: Client, acme: StatusPage) -> None:
    response = client.get("/status/acme/feed.rss")
    assert response["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert sorted(map(str, titles(response.content)[:2])) == [
        "[Resolved] Payments & <cards> fail",
        "[Scheduled] Upgrade",
    ]
    assert titles(response.content)[2] == "[Investigating] Payments & <cards> fail"


def test_atom_entries_lead_to_their_update_and_keep_their_ids(client: Client, acme: StatusPage) -> None:
    def entries() -> dict[str, str]:
        root = ET.fromstring(client.get("/status/acme/feed.atom").content)  # noqa: S314  our own
        found = root.findall(f"{ATOM}entry")
        return {str(e.findtext(f"{ATOM}id")): str(e.find(f"{ATOM}link").attrib["href"]) for e in found}  # type: ignore[union-attr]

    before = entries()
    assert len(before) == 3
    assert all("/#update-" in link for link in before.values())
    services.set_domain(acme, "status.acme.example", now=START)
    after = entries()
    assert after.keys() == before.keys()
    assert all(link.startswith("https://status.acme.example/notices/") for link in after.values())


def test_the_json_feed_carries_html_and_instants(client: Client, acme: StatusPage) -> None:
    feed = client.get("/status/acme/feed.json").json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    oldest = feed["items"][-1]
    assert oldest["content_html"] == "<p>We <strong>look</strong>.</p>\n"
    assert oldest["date_published"] == "2030-01-07T08:00:00.000Z"


def test_the_calendar_holds_planned_work_alone(client: Client, acme: StatusPage) -> None:
    found: Any = Calendar.from_ical(client.get("/status/acme/calendar.ics").content)
    (event,) = found.walk("VEVENT")
    assert event["summary"] == "Upgrade"
    assert event.decoded("dtstart") == START + timedelta(days=1)
    assert event.decoded("dtend") == START + timedelta(days=1, hours=1)
    assert event["status"] == "CONFIRMED"


def test_cancelled_work_is_cancelled_in_calendars(client: Client, acme: StatusPage) -> None:
    notice = acme.notices.get(subject="Upgrade")
    pages.say(notice, state="cancelled", at=START)
    assert b"STATUS:CANCELLED" in client.get("/status/acme/calendar.ics").content


def test_a_feed_of_a_thousand_updates_is_cut(client: Client) -> None:
    page = pages.page()
    notice = pages.incident(page, "Long story")
    for n in range(60):
        pages.say(notice, f"Update {n}", at=START + timedelta(seconds=n + 1))
    found = titles(client.get("/status/acme/feed.rss").content)
    assert len(found) == 50


def test_a_feed_does_not_change_while_nothing_does(client: Client, acme: StatusPage, clock: Any) -> None:
    before = client.get("/status/acme/feed.atom")
    clock.shift(timedelta(hours=16))  # a midnight later the page is another, the feed is not
    assert client.get("/status/acme/feed.atom")["ETag"] == before["ETag"]
