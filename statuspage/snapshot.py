"""Everything that a public page shows, as one value: what is rendered, exported and served when the database is down.

Nothing internal may enter here: no names of people, no payloads, no logs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext_noop

from statuspage.history import Day

HEADLINES = {  # by state of the page; translated where it is shown
    "operational": gettext_noop("All systems are go!"),
    "degraded": gettext_noop("Some systems are having problems."),
    "under_maintenance": gettext_noop("Maintenance is underway."),
}


@dataclass(frozen=True, slots=True)
class UpdateSnapshot:
    """One comment. `html` is safe to be shown as it is."""

    pk: int
    content: str
    html: str
    state: str
    should_publish: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NoticeSnapshot:
    """One notice. Updates are oldest first; `components` are (key, name) in tree order."""

    pk: int
    type: str
    state: str
    timeline_state: str
    subject: str
    synopsis: str | None
    path: str
    url: str
    began_at: datetime | None
    ended_at: datetime | None
    begins_at: datetime | None
    ends_at: datetime | None
    created_at: datetime
    updated_at: datetime
    tags: tuple[str, ...]
    components: tuple[tuple[int, str], ...]
    updates: tuple[UpdateSnapshot, ...]
    review_html: str
    review_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it is going on now."""
        return self.timeline_state == "present"

    @property
    def latest_update(self) -> UpdateSnapshot | None:
        """The newest comment."""
        return self.updates[-1] if self.updates else None


@dataclass(frozen=True, slots=True)
class ComponentSnapshot:
    """One component with everything below it. `state`: operational, degraded, partially-degraded, under_maintenance."""

    pk: int
    name: str
    description: str | None
    position: int
    parent: int | None
    depth: int
    state: str
    days: tuple[Day, ...]
    uptime: Decimal | None
    uptime_30: Decimal | None
    created_at: datetime
    updated_at: datetime
    children: tuple[ComponentSnapshot, ...]

    def walk(self) -> Iterator[ComponentSnapshot]:
        """Yield this and everything below, depth first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class BrandSnapshot:
    """Colours by their name in the API; which pictures there are, with their type."""

    colors: tuple[tuple[str, str], ...]
    logo_type: str
    favicon_type: str
    updated_at: datetime

    def color(self, name: str) -> str:
        """Return one colour, such as `state_ok`."""
        return dict(self.colors)[f"color_{name}"]


@dataclass(frozen=True, slots=True)
class PastDay:
    """The closed notices that ended on one day, newest first."""

    on: date
    notices: tuple[NoticeSnapshot, ...]


@dataclass(frozen=True, slots=True)
class PageSnapshot:
    """One page at one instant."""

    pk: int
    page_id: str
    slug: str
    name: str
    url: str
    locale: str
    time_zone: str
    support_email: str | None
    support_telephone: str | None
    support_url: str | None
    visible_to_search: bool
    meta_title: str | None
    meta_description: str | None
    links: tuple[tuple[str, str], ...]
    copyright: str
    channels: tuple[str, ...]
    is_private: bool
    brand: BrandSnapshot
    created_at: datetime
    updated_at: datetime

    version: int
    as_of: datetime
    next_transition_at: datetime
    state: str
    components: tuple[ComponentSnapshot, ...]  # the roots
    present: tuple[NoticeSnapshot, ...]  # newest first
    future: tuple[NoticeSnapshot, ...]  # by begins_at
    past: tuple[NoticeSnapshot, ...]  # every closed notice that is loaded, by ended_at, newest first
    past_days: tuple[PastDay, ...]  # of the last seven days, newest first; days without a notice are there too
    uptime: Decimal | None

    @property
    def headline(self) -> str:
        """The state in one sentence, in English: to be translated where it is shown."""
        return HEADLINES[self.state]

    @property
    def notices(self) -> tuple[NoticeSnapshot, ...]:
        """Every notice, newest first."""
        every = (*self.present, *self.future, *self.past)
        return tuple(sorted(every, key=lambda one: (one.created_at, one.pk), reverse=True))

    def all_components(self) -> Iterator[ComponentSnapshot]:
        """Yield every component, depth first."""
        for root in self.components:
            yield from root.walk()

    def notice(self, pk: int) -> NoticeSnapshot | None:
        """Return one notice."""
        return next((one for one in self.notices if one.pk == pk), None)
