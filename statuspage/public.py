"""Keep each page's bundle current, and find it without the database when there is none to ask.

Three things make a bundle current: the service that changed something writes it after its commit; whoever reads asks
the database at most once in a while and catches up; the clock writes what changes by itself. Any one of them suffices.
"""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction

from base import clock
from statuspage import bundle as bundles
from statuspage import selectors
from statuspage.bundle import Bundle, Heading, Shelf
from statuspage.bundle_build import Builder, edition
from statuspage.models import CustomDomain, NoticeLink, StatusPage
from statuspage.public_access import rules_of
from statuspage.public_assets import pictures
from statuspage.public_memory import memory as _memory
from statuspage.public_words import spoken

logger = logging.getLogger(__name__)

OUTAGE_SECONDS = 3.0  # after a failure the database is left alone that long: no reader waits for it
WAIT_SECONDS = 1.0  # an answer that takes longer is waited for by one reader alone
CONFIRM_SECONDS = 10.0
HOSTS = "hosts.json"


@dataclass(frozen=True, slots=True)
class Copy:
    """A bundle as it is to be served: `as_of` is set when the database could not confirm that it is current."""

    bundle: Bundle
    as_of: datetime | None


def forget() -> None:
    """Forget what this process remembers, as a new one would."""
    _memory.clear()
    shelf.cache_clear()


@lru_cache(maxsize=1)
def shelf() -> Shelf:
    """Return the folder with the bundles."""
    return Shelf(Path(settings.STATUSPAGE_DIR))


def copy_of(slug: str, now: datetime) -> Copy | None:
    """Return a page's bundle, current if the database answers; None when there is no such page."""
    held = _load(slug)
    if held is not None and _is_confirmed(slug) and _may_serve(held, now):
        return Copy(held, None)
    if not is_answering() or (held is not None and _is_waited_for(slug)):
        return _as_it_was(held)
    _memory.asked[slug] = time.monotonic() + settings.STATUSPAGE_PROBE_SECONDS  # the others need not ask too
    _memory.asking[slug] = time.monotonic()
    try:
        current = _ask(slug, held, now)
    except (DatabaseError, InterfaceError) as error:
        _fall_silent(error)
        return _as_it_was(held)
    finally:
        _memory.asking.pop(slug, None)
    if current is None:
        _memory.asked.pop(slug, None)
        return None
    return Copy(current, None)


def _as_it_was(held: Bundle | None) -> Copy | None:
    return Copy(held, shelf().confirmed_at(held)) if held else None


def page_of_host(host: str) -> str | None:
    """Return the slug of the page whose custom domain this is, from the mirror when the database is down."""
    mirror = _mirror()
    if host in mirror or not is_answering() or time.monotonic() < _memory.hosts_until:
        return mirror.get(host)
    _memory.hosts_until = time.monotonic() + settings.STATUSPAGE_PROBE_SECONDS
    try:
        return mirror_hosts().get(host)
    except (DatabaseError, InterfaceError) as error:
        _fall_silent(error)
        return None


def mirror_hosts() -> dict[str, str]:
    """Write down which host shows which page, for when the database is down."""
    hosts = selectors.hosts()
    if hosts != _mirror():
        bundles.write_file(shelf().root / HOSTS, json.dumps(hosts, sort_keys=True).encode())
    return hosts


def publish_after_commit(page_pk: int) -> None:
    """Write a page's bundle once what changed is committed; a failure is made good by the next reader or tick."""
    transaction.on_commit(partial(_publish, page_pk), robust=True)


def withdraw_after_commit(slug: str) -> None:
    """Take a page that is deleted off the shelf and out of the export, once that is committed."""
    transaction.on_commit(partial(_withdraw, slug), robust=True)


def publish(page: StatusPage, now: datetime) -> Bundle:
    """Write a page's bundle unless another process has just done it, and export it where that is configured."""
    with shelf().lock(page.slug):
        held = shelf().load(page.slug)
        if held is not None and _is_current(held, page, now):
            return held
        made = _render(page, now)
    _export(made)
    return made


def refresh(now: datetime) -> int:
    """Write the bundle of every page that needs it, and take away those of pages that are gone; return how many."""
    done = 0
    wanted = set()
    for page in StatusPage.objects.select_related("brand", "custom_domain").order_by("pk"):
        wanted.add(page.slug)
        held = _load(page.slug)
        if held is None or not _is_current(held, page, now):
            done += _try_to_publish(page, now)
    for slug in set(shelf().slugs()) - wanted:
        _remove(slug)
        done += 1
    mirror_hosts()
    return done


def next_change() -> datetime | None:
    """Return when the first page changes though nobody changes it; None when there is no page."""
    held = (_load(slug) for slug in shelf().slugs())
    return min((one.fresh_until for one in held if one is not None), default=None)


def _withdraw(slug: str) -> None:
    _remove(slug)
    mirror_hosts()


def _publish(page_pk: int) -> None:
    page = StatusPage.objects.select_related("brand", "custom_domain").filter(pk=page_pk).first()
    if page is not None:
        publish(page, clock.now())
        mirror_hosts()


def _try_to_publish(page: StatusPage, now: datetime) -> int:
    """Write a page; a page that cannot be written does not keep the others from it."""
    try:
        publish(page, now)
    except Exception:
        logger.exception("the status page %s could not be written", page.slug)
        return 0
    return 1


def _load(slug: str) -> Bundle | None:
    stamp = shelf().stamp(slug)
    known = _memory.bundles.get(slug)
    if known is not None and known[0] == stamp and stamp:
        return known[1]
    found = shelf().load(slug) if stamp else None
    if found is None:
        _memory.bundles.pop(slug, None)
        return None
    _memory.bundles[slug] = (stamp, found)
    return found


def _ask(slug: str, held: Bundle | None, now: datetime) -> Bundle | None:
    """Compare with the database, and catch up. Raises what the database raises."""
    page = selectors.find_page(slug)
    if page is None:
        if held is not None:
            _remove(slug)
        return None
    if held is None or not _is_current(held, page, now):
        made = publish(page, now)
        held = _load(slug) or made
    _confirm(slug, held, now)
    return held


def _is_current(held: Bundle, page: StatusPage, now: datetime) -> bool:
    return held.is_current(page.version, now) and held.heading.edition == edition() and _is_known(held, page)


def _is_known(held: Bundle, page: StatusPage) -> bool:
    """Return whether it is this page's, and not that of another which had the name before."""
    return held.heading.page_id == page.page_id and held.heading.access == rules_of(page).stored()


def _may_serve(held: Bundle, now: datetime) -> bool:
    return now < held.fresh_until and held.heading.edition == edition()


def _is_confirmed(slug: str) -> bool:
    return time.monotonic() < _memory.asked.get(slug, 0.0)


def is_answering() -> bool:
    """Return whether the database answered when it was last asked."""
    return time.monotonic() >= _memory.silent_until


def _is_waited_for(slug: str) -> bool:
    """Return whether the database is silent without failing: one reader waits for it, the others do not."""
    since = _memory.asking.get(slug)
    return since is not None and time.monotonic() - since > WAIT_SECONDS


def _fall_silent(error: Exception) -> None:
    _memory.silent_until = time.monotonic() + OUTAGE_SECONDS
    _memory.asked.clear()
    logger.warning("the database does not answer; status pages are served as they were: %s", type(error).__name__)


def _confirm(slug: str, held: Bundle, now: datetime) -> None:
    if time.monotonic() >= _memory.confirmed.get(slug, 0.0):
        _memory.confirmed[slug] = time.monotonic() + CONFIRM_SECONDS
        shelf().confirm(held, now)


def _render(page: StatusPage, now: datetime) -> Bundle:
    snapshot = selectors.page_snapshot(page, now)
    rules = rules_of(page)
    heading = Heading(
        slug=page.slug,
        page_id=page.page_id,
        version=snapshot.version,
        edition=edition(),
        rendered_at=now.isoformat(),
        fresh_until=snapshot.next_transition_at.isoformat(),
        host=CustomDomain.of(page),
        locale=page.locale,
        private=page.is_private,
        access=rules.stored(),
        redirects=_redirects(page),
    )
    with spoken(page.locale, page.time_zone):
        builder = Builder(snapshot, **pictures(page.brand))
        return shelf().write(heading, builder.items())


def _redirects(page: StatusPage) -> dict[str, str]:
    """Return old tokens with the path of the notice that each of them means today."""
    old = NoticeLink.objects.filter(notice__page=page).select_related("notice")
    return {link.token: link.notice.path for link in old}


def _export(made: Bundle) -> None:
    if target := settings.STATUSPAGE_EXPORT_DIR:
        try:
            bundles.export(made, Path(target))
        except OSError:
            logger.exception("the status page could not be exported to %s", target)


def _remove(slug: str) -> None:
    shelf().remove(slug)
    _memory.bundles.pop(slug, None)
    _memory.asked.pop(slug, None)
    if target := settings.STATUSPAGE_EXPORT_DIR:
        bundles.withdraw(slug, Path(target))


def _mirror() -> dict[str, str]:
    try:
        found = json.loads((shelf().root / HOSTS).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
