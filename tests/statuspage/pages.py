"""Make status pages, components and notices in one line each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from statuspage.models import Component, Notice, StatusPage
from statuspage.schedule import Parts
from statuspage.services import components, notices, pages
from statuspage.services.notices import Draft
from tests.builders import START

LONG_AGO = START - timedelta(days=100)


def page(name: str = "Acme", *, at: datetime = LONG_AGO, **fields: Any) -> StatusPage:
    """A page at /status/<name in lower case>/."""
    return pages.create_page({"name": name, "slug": name.lower(), **fields}, now=at)


def component(on: StatusPage, name: str, *, parent: Component | None = None, at: datetime = LONG_AGO) -> Component:
    """A component that has been known for a while."""
    return components.create_component(on, {"name": name, "parent_id": parent and parent.pk}, now=at)


def incident(
    on: StatusPage, subject: str, *parts: Component, comment: str = "We look into it.", at: datetime = START
) -> Notice:
    """An incident that is being investigated."""
    draft = Draft(subject=subject, comment=comment, components=[part.pk for part in parts])
    return notices.create_notice(on, "unplanned", draft, by=None, now=at)


def planned(
    on: StatusPage, subject: str, begins_at: datetime, *parts: Component, length: timedelta = timedelta(hours=1)
) -> Notice:
    """Planned work that follows its schedule."""
    plan = Parts(begins_at=begins_at, ends_at=begins_at + length)
    draft = Draft(subject=subject, comment="Short pauses.", components=[part.pk for part in parts], plan=plan)
    return notices.create_notice(on, "planned", draft, by=None, now=START)


def say(notice: Notice, comment: str = "", *, at: datetime, **more: Any) -> Notice:
    """Go on with a notice: a comment, a state, a subject."""
    return notices.update_notice(notice, Draft(comment=comment, **more), by=None, now=at)
