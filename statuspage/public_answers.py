"""Which file or answer of a bundle an address means, and how it says that it may be out of date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from django.utils.html import format_html
from django.utils.translation import gettext as _

from statuspage import public_json, public_words
from statuspage.bundle import Bundle, etag_of
from statuspage.bundle_build import EVERYTHING, HTML, JSON
from statuspage.links import TOKEN_LENGTH
from statuspage.public_json import Json, Unknown

API = "api/v1/"
_NOTICE = re.compile(r"(?:notices|history/\d{4}/[a-z]+)/([a-z0-9]{16})(?:-[^/]*)?\Z")
_SUBTITLE = re.compile(rb"</(?:description|subtitle)>")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: content, or a way to where it is now."""

    status: int
    type: str
    content: bytes = b""
    etag: str = ""
    location: str = ""  # relative to the root of the page
    lasting: bool = False  # the name changes with the content


def find(bundle: Bundle, path: str, asked: Mapping[str, str]) -> Answer:
    """Return the answer for a path below the root of the page, such as `` or `notices/…/`."""
    bare = path.strip("/")
    if f"{bare}/".startswith(API) and bare not in bundle.files:
        return api(bundle, bare[len(API) :], asked)
    for name in (path, f"{bare}/index.html" if bare else "index.html"):
        if (found := _file(bundle, name, path)) is not None:
            return found
    if (place := _moved(bundle, bare)) is not None:
        return Answer(301, HTML, location=place)
    return Answer(404, HTML)


def stylesheet_of(bundle: Bundle) -> str:
    """Return the path of the page's style sheet."""
    return next((name for name in bundle.files if name.startswith("assets/status-") and name.endswith(".css")), "")


def api(bundle: Bundle, question: str, asked: Mapping[str, str]) -> Answer:
    """Return the answer to a question of the page's own JSON API."""
    told = _everything(str(bundle.folder), bundle.files[EVERYTHING].etag)
    try:
        found = _ask(told, question.removesuffix(".json").strip("/").split("/"), asked)
    except Unknown as error:
        return _json({"error": "bad_request", "error_description": f"{error}."}, 400)
    if found is None:
        return not_found()
    return _json(found)


def not_found() -> Answer:
    """Say in JSON that there is no such thing."""
    return _json({"error": "not_found", "error_description": "There is nothing at this address."}, 404)


def refused(status: int, text: str) -> Answer:
    """Say in JSON why something is not done."""
    names = {401: "unauthorized", 403: "forbidden", 405: "method_not_allowed", 503: "unavailable"}
    return _json({"error": names[status], "error_description": text}, status)


def stamped(answer: Answer, at: datetime, locale: str) -> Answer:
    """Return the answer with the instant at which it was last known to be true, wherever its form has a place."""
    stamp = public_json.instant(at) or ""
    content = answer.content
    if answer.type == HTML:
        with public_words.spoken(locale, "UTC"):
            text = _("As of %(at)s. Newer changes cannot be shown at the moment.")
            said = format_html(
                '<p class="as-of" role="status"><time datetime="{}">{}</time></p>',
                stamp,
                text % {"at": f"{at:%Y-%m-%d %H:%M} UTC"},
            )
        content = content.replace(b"<!--as-of-->", said.encode(), 1)
    elif answer.type.startswith(("application/rss", "application/atom")):
        content = _SUBTITLE.sub(lambda found: f" (as of {stamp})".encode() + found[0], content, count=1)
    elif answer.type.startswith("text/calendar"):
        content = content.replace(
            b"VERSION:2.0\r\n", b"VERSION:2.0\r\nX-WR-CALDESC:As of " + stamp.encode() + b"\r\n", 1
        )
    elif "json" in answer.type and content.startswith(b"{"):
        content = orjson.dumps(orjson.loads(content) | {"as_of": stamp, "stale": True})
    return Answer(answer.status, answer.type, content, etag_of(content), answer.location)


def _file(bundle: Bundle, name: str, path: str) -> Answer | None:
    entry = bundle.files.get(name)
    content = bundle.read(name) if entry else None
    if entry is None or content is None:
        return None
    if entry.type == HTML and path and not path.endswith("/"):
        return _shifted(content, path)
    return Answer(200, entry.type, content, entry.etag, lasting=name.startswith("assets/"))


def _shifted(content: bytes, path: str) -> Answer:
    """Return a page for its address without the final slash: its links are relative to the one with it."""
    last = path.rpartition("/")[2]
    content = content.replace(b"<head>", format_html('<head><base href="{}/">', last).encode(), 1)
    return Answer(200, HTML, content, etag_of(content))


def _moved(bundle: Bundle, bare: str) -> str | None:
    """Return where the notice of an old link is today."""
    found = _NOTICE.match(bare)
    if found is None:
        return None
    token = found[1]
    path = bundle.heading.redirects.get(token) or _tokens(str(bundle.folder), tuple(bundle.files)).get(token)
    return f"notices/{path}" if path else None


@lru_cache(maxsize=32)
def _tokens(folder: str, files: tuple[str, ...]) -> dict[str, str]:
    paths = [name.split("/")[1] for name in files if name.startswith("notices/")]
    return {path[:TOKEN_LENGTH]: path for path in paths}


@lru_cache(maxsize=32)
def _everything(folder: str, etag: str) -> Json:
    """Return all that is told, parsed once per bundle."""
    told: Json = orjson.loads((Path(folder) / EVERYTHING).read_bytes())
    return told


def _ask(told: Json, words: list[str], asked: Mapping[str, str]) -> Json | None:
    base = f"{told['status']['page']['url']}/{API}".rstrip("/")
    match words:
        case ["status"]:
            status: Json = told["status"]
            return status
        case ["components"]:
            return public_json.answer_components(told["components"], asked, base)
        case ["notices"]:
            return public_json.answer_notices(told["notices"], asked, base)
        case ["components", key]:
            return _one("component", told["components"], key)
        case ["notices", key]:
            return _one("notice", told["notices"], key)
        case ["components", key, "metrics"]:
            found = told["metrics"].get(key)
            return public_json.answer_metrics(found, asked) if found else None
    return None


def _one(name: str, rows: list[Any], key: str) -> Json | None:
    return next(({name: row} for row in rows if str(row["id"]) == key), None)


def _json(value: Json, status: int = 200) -> Answer:
    content = orjson.dumps(value)
    return Answer(status, JSON, content, etag_of(content))
