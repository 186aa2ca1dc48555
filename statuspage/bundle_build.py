"""Turn a snapshot into the files of a bundle: pages, feeds, JSON, badge and assets."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from statuspage import feeds, public_json, public_words
from statuspage.bundle import Item, etag_of
from statuspage.public_assets import Asset, badge, stylesheet
from statuspage.public_schema import schema
from statuspage.services.subscribers import BY_THEMSELVES
from statuspage.snapshot import ComponentSnapshot, NoticeSnapshot, PageSnapshot, PastDay

HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
EVERYTHING = "api/v1/everything.json"


@dataclass(frozen=True, slots=True)
class Month:
    """What ended in one month, or goes on since then."""

    first: date
    notices: tuple[NoticeSnapshot, ...]
    days: tuple[PastDay, ...]

    @property
    def path(self) -> str:
        """Return its place in links, such as `2030/january`."""
        return f"{self.first.year:04d}/{MONTHS[self.first.month - 1]}"


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as templates want it: everything of it, and its updates in either order."""

    notice: NoticeSnapshot

    def __getattr__(self, name: str) -> Any:
        return getattr(self.notice, name)

    @property
    def newest_first(self) -> tuple[Any, ...]:
        """The updates, newest first."""
        return self.notice.updates[::-1]


@lru_cache(maxsize=1)
def edition() -> str:
    """Return what changes when this program writes pages differently: its templates, styles, words and version."""
    digest = hashlib.blake2b(settings.VERSION.encode(), digest_size=8)
    base = Path(settings.BASE_DIR)
    for folder in ("templates/statuspage", "static/statuspage", "locale"):
        for path in sorted((base / folder).rglob("*")):
            if path.is_file() and path.suffix != ".po":
                digest.update(path.read_bytes())
    for path in sorted((base / "statuspage").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


class Builder:
    """Builds the files of one page at one instant."""

    def __init__(self, page: PageSnapshot, logo: Asset | None, favicon: Asset | None) -> None:
        self.page = page
        self.language = public_words.language(page.locale)
        self.css = stylesheet(page.brand)
        self.js = _static("status.js", "text/javascript; charset=utf-8")
        self.logo = logo
        self.favicon = favicon or _static("icon.svg", "image/svg+xml")
        self.title = page.meta_title or _("%(name)s status") % {"name": page.name}
        self.description = page.meta_description or public_words.headline(page)
        self.months = months(page)
        # what every page shows around its content: all but what changes with the hour
        frame = replace(page, components=(), present=(), future=(), past=(), past_days=(), version=0, state="")
        frame = replace(frame, as_of=page.created_at, next_transition_at=page.created_at, updated_at=page.created_at)
        assets = (self.css.path, self.js.path, logo and logo.path, self.favicon.path)
        self.frame_key = _key(edition(), replace(frame, uptime=None), assets, self.title, page.meta_description)

    def items(self) -> Iterator[Item]:
        """Yield every file of the bundle, the page itself first."""
        page = self.page
        still = replace(page, as_of=page.created_at, next_transition_at=page.created_at, version=0)
        yield self._html("index.html", "index.html", (still,), self._index)
        for one in page.notices:
            path = f"notices/{one.path}/index.html"
            yield self._html(path, "notice.html", (one,), partial(self._notice, one))
        yield from self._history()
        for part in page.all_components():
            path = f"components/{part.pk}/metrics/index.html"
            subjects = [(one.pk, one.path, one.subject) for one in page.notices]
            known = (replace(part, children=()), subjects)
            yield self._html(path, "component.html", known, partial(self._component, part))
        words = (page.state, public_words.headline(page))
        yield self._html("api/index.html", "api.html", words, lambda: {"headline": words[1], "title": _("API")})
        yield self._html("embed/index.html", "embed.html", words, lambda: {"headline": words[1]})
        yield from self._feeds()
        yield from self._machine()
        for asset in (self.css, self.js, self.favicon, self.logo):
            if asset is not None:
                yield _item(asset)

    def _html(self, path: str, template: str, depends: Any, more: Callable[[], dict[str, Any]]) -> Item:
        depth = path.count("/")
        return Item(path, HTML, _key(self.frame_key, depends), lambda: self._render(template, path, depth, more()))

    def _render(self, template: str, path: str, depth: int, more: dict[str, Any]) -> bytes:
        root = "../" * depth
        place = path.removesuffix("index.html")
        context = {
            "page": self.page,
            "lang": self.language,
            "formats": public_words.FORMATS[self.language],
            "root": root,
            "home": root or "./",
            "updates_href": f"{root}#updates" if root else "#updates",
            "canonical": f"{self.page.url}/{place}",
            "title": self.title,
            "description": self.description,
            "css": self.css.path,
            "js": self.js.path,
            "favicon": self.favicon.path,
            "logo": self.logo.path if self.logo else "",
            "by_themselves": not self.page.is_private and bool({*BY_THEMSELVES} & {*self.page.channels}),
        } | more
        if more.get("title"):
            context["title"] = f"{more['title']} · {self.title}"
        return render_to_string(f"statuspage/{template}", context).encode()

    def _index(self) -> dict[str, Any]:
        page = replace(
            self.page,
            present=tuple(Told(one) for one in self.page.present),  # type: ignore[misc]
            future=tuple(Told(one) for one in self.page.future),  # type: ignore[misc]
        )
        return {
            "page": page,
            "headline": public_words.headline(self.page),
            "since": public_words.since(self.page),
            "past_days": [day for day in self.page.past_days if day.notices],
        }

    def _notice(self, one: NoticeSnapshot) -> dict[str, Any]:
        words = (one.synopsis or "").strip().replace("\n", " ")
        more = {"notice": Told(one), "title": one.subject, "canonical": one.url}
        return more | ({"description": words[:200]} if words else {})

    def _history(self) -> Iterator[Item]:
        listed = [(month.first, len(month.notices)) for month in self.months]
        yield self._html(
            "history/index.html", "history.html", listed, lambda: {"months": self.months, "title": _("History")}
        )
        for place, month in enumerate(self.months):
            later = self.months[place - 1] if place else None
            earlier = self.months[place + 1] if place + 1 < len(self.months) else None
            more = {"month": month, "later": later, "earlier": earlier, "title": month.path}
            known = (month, later and later.path, earlier and earlier.path)
            yield self._html(f"history/{month.path}/index.html", "month.html", known, partial(dict, more))

    def _component(self, part: ComponentSnapshot) -> dict[str, Any]:
        known = {one.pk: one for one in self.page.notices}
        told = [
            (day, [known[pk] for pk in day.notices if pk in known])
            for day in reversed(part.days)
            if day.state not in ("operational", "unknown")
        ]
        return {"part": part, "told": told, "title": part.name}

    def _feeds(self) -> Iterator[Item]:
        page = self.page
        frame = {"title": self.title, "description": page.meta_description or self.title, "language": self.language}
        key = _key(edition(), page.notices, page.url, page.created_at, frame)
        yield Item("feed.rss", "application/rss+xml; charset=utf-8", key, lambda: feeds.rss(page, **frame))
        yield Item("feed.atom", "application/atom+xml; charset=utf-8", key, lambda: feeds.atom(page, **frame))
        json = "application/feed+json; charset=utf-8"
        yield Item("feed.json", json, key, lambda: orjson.dumps(feeds.json_feed(page, **frame)))
        title = self.title
        yield Item("calendar.ics", "text/calendar; charset=utf-8", key, lambda: feeds.calendar(page, title=title))

    def _machine(self) -> Iterator[Item]:
        """Yield what programs read. The whole is what the running page answers questions from."""
        told = public_json.everything(self.page)
        files = {
            EVERYTHING: told,
            "api/v1/status.json": told["status"],
            "api/v1/components.json": {"components": told["components"], "meta": _meta(told["components"])},
            "api/v1/notices.json": {"notices": told["notices"], "meta": _meta(told["notices"])},
            "api/v1/openapi.json": schema(self.page),
        }
        for path, value in files.items():
            content = orjson.dumps(value)
            yield Item(path, JSON, etag_of(content), partial(bytes, content))
        picture = badge(self.page)
        yield Item("badge.svg", "image/svg+xml; charset=utf-8", _key(picture), lambda: picture)
        yield _item(replace(_static("badge.js", "text/javascript; charset=utf-8"), path="badge.js"))
        allowed = self.page.visible_to_search
        robots = f"User-agent: *\n{'Allow: /' if allowed else 'Disallow: /'}\n".encode()
        yield Item("robots.txt", "text/plain; charset=utf-8", _key(robots), lambda: robots)


def months(page: PageSnapshot) -> list[Month]:
    """Group every notice by the month and day on which it ended, or began if it goes on; newest first."""
    zone = ZoneInfo(page.time_zone)
    by_day: dict[date, list[NoticeSnapshot]] = defaultdict(list)
    for one in page.notices:
        if one.timeline_state != "future":
            at = one.ended_at or one.began_at or one.created_at
            by_day[at.astimezone(zone).date()].append(one)
    by_month: dict[date, list[PastDay]] = defaultdict(list)
    for on in sorted(by_day, reverse=True):
        by_month[on.replace(day=1)].append(PastDay(on, tuple(by_day[on])))
    return [
        Month(first, tuple(one for day in days for one in day.notices), tuple(days)) for first, days in by_month.items()
    ]


def _meta(rows: list[Any]) -> dict[str, Any]:
    return {"count": len(rows), "total_count": len(rows), "next_page": None}


@lru_cache(maxsize=8)
def _static(name: str, type_: str) -> Asset:
    folder = "tocsin" if name == "icon.svg" else "statuspage"
    found = finders.find(f"{folder}/{name}")
    path = Path(found) if found else Path(settings.STATIC_ROOT) / folder / name
    return Asset.of(name, type_, path.read_bytes())


def _item(asset: Asset) -> Item:
    return Item(asset.path, asset.type, asset.path, lambda: asset.content)


def _key(*parts: Any) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()
