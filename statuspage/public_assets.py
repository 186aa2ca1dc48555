"""What a page looks like: its style sheet with the brand's colours, its pictures, its badge."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from statuspage import public_colours
from statuspage.models import Brand
from statuspage.public_words import headline
from statuspage.snapshot import BrandSnapshot, PageSnapshot

SUFFIXES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/svg+xml": "svg",
    "image/x-icon": "ico",
    "image/vnd.microsoft.icon": "ico",
}
BADGE_COLOURS = {"operational": "#17714a", "degraded": "#9a5400", "under_maintenance": "#2458b8"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file whose name changes with its content, so that it may be kept for ever."""

    path: str
    type: str
    content: bytes

    @classmethod
    def of(cls, name: str, type_: str, content: bytes) -> Asset:
        """Return the asset under its lasting name."""
        stem, _, suffix = name.rpartition(".")
        digest = hashlib.blake2b(content, digest_size=6).hexdigest()
        return cls(f"assets/{stem}-{digest}.{suffix}", type_, content)


def pictures(brand: Brand) -> dict[str, Asset | None]:
    """Return logo and favicon; None for one that is missing or of a type that no browser shows."""
    return {
        "logo": _picture("logo", brand.logo, brand.logo_type),
        "favicon": _picture("favicon", brand.favicon, brand.favicon_type),
    }


def _picture(name: str, content: Any, type_: str) -> Asset | None:
    if not content or type_ not in SUFFIXES:
        return None
    return Asset.of(f"{name}.{SUFFIXES[type_]}", type_, bytes(content))


def stylesheet(brand: BrandSnapshot) -> Asset:
    """Return the style sheet; colours that the brand changed come first in it, those nobody could read do not."""
    changed = {name: value for name, value in brand.colors if value != _default(name)}
    chosen, _ = public_colours.tokens(changed)
    dark = {token: value for token, value in chosen.items() if _is_for_dark(token, value)}
    added = _rules("light", chosen) + _rules("dark", dark)
    return Asset.of("status.css", "text/css; charset=utf-8", _sheet() + added.encode())


def _rules(scheme: str, tokens: dict[str, str]) -> str:
    if not tokens:
        return ""
    said = ";".join(f"{token}:{value}" for token, value in tokens.items())
    return f"@media screen and (prefers-color-scheme:{scheme}){{:root{{{said}}}}}"


def _is_for_dark(token: str, value: str) -> bool:
    """In the dark the surfaces are ours: only what can be read on them, or brings its own surface, is taken."""
    own = token.startswith("--nav")
    return own or (
        token in ("--good", "--warn", "--bad", "--info", "--link")
        and public_colours.unreadable(token, value, {"page": public_colours.DARK["page"]}) is None
    )


def _default(name: str) -> str:
    return str(getattr(Brand(), name))


@lru_cache(maxsize=1)
def _sheet() -> bytes:
    found = finders.find("statuspage/status.css")
    path = Path(found) if found else Path(settings.STATIC_ROOT) / "statuspage/status.css"
    return b"\n".join(line.strip() for line in path.read_bytes().splitlines() if line.strip()) + b"\n"


def badge(page: PageSnapshot) -> bytes:
    """Return a badge as SVG, wide enough for its words whatever the font."""
    name, label = _short(page.name, 40), _short(headline(page), 60)
    left, right = _width(name), _width(label)
    context = {
        "name": name,
        "label": label,
        "colour": BADGE_COLOURS[page.state],
        "left_text": left,
        "right_text": right,
        "left_bar": left + 12,
        "right_at": left + 24,
        "width": left + right + 32,
    }
    return render_to_string("statuspage/badge.svg", context).strip().encode()


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _width(text: str) -> int:
    return sum(11 if ord(letter) > 0x2E80 else 6 for letter in text)
