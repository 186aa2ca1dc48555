"""A status page in a story: its clock moves only when told to, and leaps from promise to promise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core import mail

from oncall.models import User
from statuspage import clock
from statuspage.models import Component, Notice, StatusPage, Subscriber
from statuspage.schedule import Parts
from statuspage.services import components, notices, pages, subscribers
from statuspage.services.notices import Draft
from tests import builders


class Publishing:
    """A page called Acme on a Monday morning at nine."""

    def __init__(self) -> None:
        self.start = self.now = builders.START
        self.ada: User = builders.person("ada", role="admin")
        self.page: StatusPage = pages.create_page({"name": "Acme", "slug": "acme"}, now=self.now)

    def pass_time(self, span: timedelta) -> None:
        """Let the clock keep every promise that falls due within the span, each at its exact instant."""
        end = self.now + span
        self.settle()
        while (due := clock.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.settle()
        self.now = end

    def settle(self) -> None:
        """Keep every promise that is due now."""
        while clock.tick(self.now) or clock.deliver(lambda: self.now, pulse=lambda: None):
            pass

    def sleep(self, span: timedelta) -> None:
        """Let time pass while every process is down."""
        self.now += span

    def component(self, name: str, parent: Component | None = None) -> Component:
        """A component of the page."""
        values = {"name": name, "parent_id": parent.pk if parent else None}
        return components.create_component(self.page, values, now=self.now)

    def subscriber(self, email: str, *chosen: Component) -> Subscriber:
        """Somebody who is told by mail."""
        return subscribers.add_subscriber(self.page, {"email": email}, [one.pk for one in chosen], now=self.now)

    def incident(self, subject: str = "API is slow", **words: Any) -> Notice:
        """An unplanned notice."""
        return notices.create_notice(self.page, "unplanned", Draft(subject, **words), by=self.ada, now=self.now)

    def plan(self, begins: timedelta, length: timedelta, **words: Any) -> Notice:
        """A planned notice that begins so long from now."""
        parts = Parts(begins_at=self.now + begins, length=length)
        draft = Draft("DNS Maintenance", plan=parts, **words)
        return notices.create_notice(self.page, "planned", draft, by=self.ada, now=self.now)

    def change(self, notice: Notice, **words: Any) -> Notice:
        """Change a notice."""
        return notices.update_notice(notice, Draft(**words), by=self.ada, now=self.now)

    def course(self, notice: Notice) -> list[tuple[timedelta, str]]:
        """What became of a notice and when, since the story began."""
        rows = notice.changes.order_by("at", "pk")
        return [(row.at - self.start, row.state) for row in rows if row.state != row.previous_state]

    @property
    def mails(self) -> list[tuple[str, str]]:
        """Who was written to, and the subjects."""
        return [(message.to[0], str(message.subject)) for message in mail.outbox]


def at(minutes: float) -> datetime:
    """An instant of the story."""
    return builders.START + timedelta(minutes=minutes)
