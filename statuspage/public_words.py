"""The sentences and formats that a page's language decides. Called with that language and zone switched on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from statuspage.snapshot import ComponentSnapshot, PageSnapshot

FORMATS = {  # what a day, a month and an instant look like; ISO where the language is not one of ours
    "en": {"day": "j F Y", "month": "F Y", "instant": "j M Y, H:i"},
    "de": {"day": "j. F Y", "month": "F Y", "instant": "j. M Y, H:i"},
    "fr": {"day": "j F Y", "month": "F Y", "instant": "j M Y, H:i"},
    "es": {"day": "j \\d\\e F \\d\\e Y", "month": "F \\d\\e Y", "instant": "j M Y, H:i"},
    "ja": {"day": "Y年n月j日", "month": "Y年n月", "instant": "Y年n月j日 H:i"},
}
NAMED_AT_MOST = 2


def language(locale: str) -> str:
    """Return the language a page is shown in: its own, or English where there is no catalogue for it."""
    short = locale.lower().replace("_", "-").partition("-")[0]
    return short if short in FORMATS else "en"


@contextmanager
def spoken(locale: str, zone: str) -> Iterator[None]:
    """Switch to the language and zone of a page."""
    try:
        found = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        found = ZoneInfo("UTC")
    with translation.override(language(locale)), timezone.override(found):
        yield


def headline(page: PageSnapshot) -> str:
    """Return the state of the page in one sentence, which names what is hit where that is short."""
    if page.state == "operational":
        return _("All systems are operational")
    hit = [part.name for part in _hit(page)]
    count = len(hit)
    if page.state == "under_maintenance":
        if not hit or count > NAMED_AT_MOST:
            return _("Maintenance is underway")
        return ngettext("%(names)s is under maintenance", "%(names)s are under maintenance", count) % {
            "names": _(" and ").join(hit)
        }
    if not hit:
        return _("Some systems are degraded")
    if count > NAMED_AT_MOST:
        return ngettext("%(n)d component is degraded", "%(n)d components are degraded", count) % {"n": count}
    return ngettext("%(names)s is degraded", "%(names)s are degraded", count) % {"names": _(" and ").join(hit)}


def _hit(page: PageSnapshot) -> Iterator[ComponentSnapshot]:
    """Yield the uppermost components that have the page's state as a whole."""

    def walk(parts: tuple[ComponentSnapshot, ...]) -> Iterator[ComponentSnapshot]:
        for part in parts:
            # maintenance of a part shows on what is above it too; a degraded part only makes that "partly degraded"
            whole = page.state == "degraded" or all(child.state == page.state for child in part.children)
            if part.state == page.state and whole:
                yield part
            else:
                yield from walk(part.children)

    return walk(page.components)


def since(page: PageSnapshot) -> datetime | None:
    """Return since when the page has been in its state; None when nothing was ever reported."""
    if page.state == "operational":
        ended = [one.ended_at for one in page.past if one.ended_at and one.state not in ("cancelled", "false_alarm")]
        return max(ended, default=None)
    wanted = "unplanned" if page.state == "degraded" else "planned"
    return min((one.began_at for one in page.present if one.began_at and one.type == wanted), default=None)


@lru_cache(maxsize=8)
def available() -> tuple[tuple[str, str], ...]:
    """Return the languages that a page can be shown in, each with its own name."""
    return tuple((code, name) for code, name in settings.LANGUAGES if code in FORMATS)
