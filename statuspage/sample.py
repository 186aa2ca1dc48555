"""A sample status page: components, what happened to them lately, planned work, and somebody who follows it.

Loaded and removed by `manage.py sample` together with everything else (settings.SAMPLES)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from statuspage.models import Component, StatusPage
from statuspage.schedule import Parts
from statuspage.services import components, notices, pages, subscribers
from statuspage.services.notices import Draft

NAME = "Sample status"
COMPONENTS = (("Website", ()), ("API", ("Reads", "Writes")), ("Payments", ("Cards", "Invoices")))


def is_loaded() -> bool:
    """Tell whether the sample page is there."""
    return StatusPage.objects.filter(is_sample=True).exists()


@transaction.atomic
def load(now: datetime) -> int:
    """Make the page as it would be at `now`; return how many notices it has."""
    born = now - timedelta(days=60)
    page = pages.create_page({"name": NAME, "support_email": "help@sample.example", "is_sample": True}, now=born)
    parts = _components(page, born)
    subscribers.add_subscriber(page, {"email": "reader@sample.example"}, now=born)
    _past(page, parts, now)
    _present(page, parts, now)
    return page.notices.count()


def remove() -> None:
    """Take the page away with everything on it."""
    StatusPage.objects.filter(is_sample=True).delete()


def _components(page: StatusPage, now: datetime) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, below in COMPONENTS:
        top: Component = components.create_component(page, {"name": name}, now=now)
        found[name] = top.pk
        for child in below:
            row = components.create_component(page, {"name": child, "parent_id": top.pk}, now=now)
            found[child] = row.pk
    return found


def _past(page: StatusPage, parts: dict[str, int], now: datetime) -> None:
    began = now - timedelta(days=20, hours=3)
    draft = Draft("Card payments fail", comment="We are looking into it.", components=[parts["Cards"]])
    notice = notices.create_notice(page, "unplanned", draft, by=None, now=began)
    for minutes, state, comment in (
        (25, "identified", "A certificate has expired. A new one is on its way."),
        (40, "recovering", "The new certificate is in place; payments go through again."),
        (70, "resolved", "All payments work. We are sorry for the trouble."),
    ):
        step = Draft(state=state, comment=comment)
        notices.update_notice(notice, step, by=None, now=began + timedelta(minutes=minutes))
    began = now - timedelta(days=3)
    plan = Parts(begins_at=began, length=timedelta(hours=1))
    draft = Draft("Database upgrade", comment="Reads stay possible.", components=[parts["Writes"]], plan=plan)
    work = notices.create_notice(page, "planned", draft, by=None, now=began - timedelta(days=2))
    notices.move_on(work, now=began)
    notices.move_on(work, now=began + timedelta(hours=1))


def _present(page: StatusPage, parts: dict[str, int], now: datetime) -> None:
    draft = Draft("Slow answers from the API", comment="Some reads take longer.", components=[parts["Reads"]])
    notices.create_notice(page, "unplanned", draft, by=None, now=now - timedelta(minutes=35))
    plan = Parts(begins_at=now + timedelta(days=2), length=timedelta(hours=2))
    draft = Draft("Move to new servers", comment="The website may be slow.", components=[parts["Website"]], plan=plan)
    notices.create_notice(page, "planned", draft, by=None, now=now - timedelta(hours=4))
