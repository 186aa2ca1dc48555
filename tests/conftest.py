"""The World: three people, a movable clock and a record of who was asked and told when."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from alerts import clock as alerts_clock
from alerts import services
from alerts.models import Alert, Assignment, Integration, LogEntry, Source
from oncall.models import EscalationChain, User
from statuspage import public, public_clock
from tests import builders


def m(minutes: float) -> timedelta:
    """Minutes since the World began."""
    return timedelta(minutes=minutes)


class World:
    """A Monday morning at nine. Time moves only when told to, and leaps from promise to promise."""

    def __init__(self) -> None:
        self.start = self.now = builders.START
        self.alice = builders.person("alice", role="admin")
        self.bob = builders.person("bob")
        self.carol = builders.person("carol")

    def pass_time(self, span: timedelta) -> None:
        """Let the alerts' clock keep every promise that falls due within the span, each at its exact instant."""
        end = self.now + span
        self.settle()
        while (due := alerts_clock.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.settle()
        self.now = end

    def settle(self) -> None:
        """Keep every promise that is due now; each new assignment counts as planned with one message at once."""
        while alerts_clock.tick(self.now) or self._plan():
            pass

    def _plan(self) -> bool:
        rows = Assignment.objects.filter(due_at__lte=self.now)
        planned = dict(rows.values_list("pk", "asked_at"))
        services.assignments_planned(planned)
        return bool(planned)

    def sleep(self, span: timedelta) -> None:
        """Let time pass while every process is down."""
        self.now += span

    def fire(self, integration: Integration, **payload: Any) -> Alert:
        """Receive a payload of a formatted webhook."""
        body = {"alert_uid": "disk-1", "title": "Disk is full", "state": "alerting"} | payload
        return services.receive(integration, body, now=self.now).alert

    def alert(self, *steps: Any, **chain: Any) -> Alert:
        """An alert that is escalated by a chain of these steps, see builders.chain."""
        return self.fire(builders.integration(to=self.chain(*steps, **chain)))

    def chain(self, *steps: Any, **fields: Any) -> EscalationChain:
        """A chain of these steps."""
        return builders.chain(f"chain {EscalationChain.objects.count()}", *steps, **fields)

    @property
    def asked(self) -> list[tuple[timedelta, str]]:
        """Who was asked when, in order."""
        rows = Assignment.objects.order_by("asked_at", "pk").values_list("asked_at", "user__username")
        return [(at - self.start, name) for at, name in rows]

    def kinds(self, alert: Alert) -> list[str]:
        """The kinds of the alert's log, in order."""
        return list(LogEntry.objects.filter(alert=alert).order_by("pk").values_list("kind", flat=True))

    def act(self, verb: str, alert: Alert, by: User | None = None, **more: Any) -> Any:
        """Call a verb of the services at this instant through the console."""
        who = by or self.alice
        return getattr(services, verb)(alert, by=who, source=Source.CONSOLE, now=self.now, **more)


@pytest.fixture(autouse=True)
def _batches_of_a_fast_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine makes ticks smaller; a test must not depend on that."""
    monkeypatch.setattr("base.batches.perf_counter", lambda: 0.0)


@pytest.fixture(autouse=True)
def _a_shelf_of_its_own(settings: Any, tmp_path: Path) -> None:
    """Finished status pages lie in files: one test must not find those of another."""
    settings.STATUSPAGE_DIR = tmp_path / "statuspages"
    public.forget()
    public_clock.forget()


@pytest.fixture
def world(db: None) -> World:
    """The World on a database of its own."""
    return World()


@pytest.fixture
def row_locks(transactional_db: None) -> None:
    """A database on which several connections can hold row locks; others cannot run the race."""
    if not connection.features.has_select_for_update_skip_locked:
        pytest.skip("needs row locks: make test-postgres")


@pytest.fixture
def now() -> datetime:
    """The instant at which every story begins."""
    return builders.START
