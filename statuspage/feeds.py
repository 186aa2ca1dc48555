"""Feeds for readers and calendars: RSS, Atom, JSON Feed and iCalendar, out of the snapshot alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils import feedgenerator
from icalendar import Calendar, Event

from statuspage.public_json import instant
from statuspage.snapshot import NoticeSnapshot, PageSnapshot, UpdateSnapshot
from statuspage.templatetags.statuspage import label, prose

ENTRIES = 50
STATUS = {"cancelled": "CANCELLED", "scheduled": "CONFIRMED", "underway": "CONFIRMED", "complete": "CONFIRMED"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One update as a feed shows it; a notice without updates is one entry too."""

    id: str
    title: str
    link: str
    html: str
    text: str
    at: datetime
    updated_at: datetime


def entries(page: PageSnapshot) -> list[Entry]:
    """Return the newest entries, newest first."""
    found = [entry for one in page.notices for entry in _of_notice(page, one)]
    return sorted(found, key=lambda entry: (entry.at, entry.id), reverse=True)[:ENTRIES]


def changed_at(page: PageSnapshot) -> datetime:
    """Return when the feeds' content last changed."""
    return max([page.created_at, *(one.updated_at for one in page.notices)])


def rss(page: PageSnapshot, *, title: str, description: str, language: str) -> bytes:
    """Return the feed as RSS 2.0."""
    return _xml(feedgenerator.Rss201rev2Feed, "feed.rss", page, title, description, language)


def atom(page: PageSnapshot, *, title: str, description: str, language: str) -> bytes:
    """Return the feed as Atom 1.0."""
    return _xml(feedgenerator.Atom1Feed, "feed.atom", page, title, description, language)


def json_feed(page: PageSnapshot, *, title: str, description: str, language: str) -> dict[str, Any]:
    """Return the feed as JSON Feed 1.1."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "description": description,
        "home_page_url": f"{page.url}/",
        "feed_url": f"{page.url}/feed.json",
        "language": language,
        "items": [
            {
                "id": entry.id,
                "url": entry.link,
                "title": entry.title,
                "content_html": entry.html,
                "date_published": instant(entry.at),
                "date_modified": instant(entry.updated_at),
            }
            for entry in entries(page)
        ],
    }


def calendar(page: PageSnapshot, *, title: str) -> bytes:
    """Return planned work as a calendar that others subscribe to."""
    made = Calendar()
    made.add("prodid", "-//Tocsin//status page//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", title)
    made.add("x-published-ttl", "PT15M")
    for one in page.notices:
        if one.type == "planned" and one.begins_at and one.ends_at:
            made.add_component(_event(page, one, one.begins_at, one.ends_at))
    return bytes(made.to_ical())


def _of_notice(page: PageSnapshot, one: NoticeSnapshot) -> list[Entry]:
    if not one.updates:
        title = f"[{label(one.state)}] {one.subject}"
        return [Entry(_id(page, f"notice-{one.pk}"), title, one.url, "", "", one.created_at, one.updated_at)]
    return [_of_update(page, one, update) for update in one.updates]


def _of_update(page: PageSnapshot, one: NoticeSnapshot, update: UpdateSnapshot) -> Entry:
    return Entry(
        id=_id(page, f"update-{update.pk}"),
        title=f"[{label(update.state)}] {one.subject}",
        link=f"{one.url}/#update-{update.pk}",
        html=prose(update.html),
        text=update.content,
        at=update.created_at,
        updated_at=update.updated_at,
    )


def _id(page: PageSnapshot, what: str) -> str:
    """Return an id that stays when the page gets another host name."""
    return f"tag:tocsin,{page.created_at:%Y-%m-%d}:{page.page_id}:{what}"


def _xml(kind: Any, path: str, page: PageSnapshot, title: str, description: str, language: str) -> bytes:
    feed = kind(
        title=title,
        link=f"{page.url}/",
        description=description,
        language=language,
        feed_url=f"{page.url}/{path}",
        feed_guid=_id(page, "feed"),
        subtitle=description,
    )
    feed.latest_post_date = lambda: changed_at(page)
    for entry in entries(page):
        feed.add_item(
            title=entry.title,
            link=entry.link,
            description=entry.html,
            pubdate=entry.at,
            updateddate=entry.updated_at,
            unique_id=entry.id,
            unique_id_is_permalink=False,
        )
    return str(feed.writeString("utf-8")).encode()


def _event(page: PageSnapshot, one: NoticeSnapshot, begins_at: datetime, ends_at: datetime) -> Event:
    event = Event()
    event.add("uid", f"{page.page_id}-{one.pk}@tocsin")  # stays when the page gets another host name
    event.add("dtstamp", one.updated_at.astimezone(UTC))
    event.add("last-modified", one.updated_at.astimezone(UTC))
    event.add("dtstart", begins_at.astimezone(UTC))
    event.add("dtend", ends_at.astimezone(UTC))
    event.add("summary", one.subject)
    if one.synopsis:
        event.add("description", one.synopsis.strip())
    if one.components:
        event.add("location", ", ".join(name for _, name in one.components))
    event.add("url", one.url)
    event.add("status", STATUS.get(one.state, "CONFIRMED"))
    event.add("transp", "TRANSPARENT")
    return event
