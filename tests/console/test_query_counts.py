"""No list asks a question per row: each takes its known number of queries, and no more when there are more rows."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib import admin as site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import services
from alerts.models import Maintenance, Source
from oncall.models import ShiftSwap, User, UserGroup
from oncall.services import keys
from paging.models import Attempt, Notification, Reply
from tests import builders
from tests.console.conftest import browser

BASELINE = Path(__file__).with_name("query_counts.json")
PAGES = sorted(
    f"{model._meta.app_label}.{model._meta.model_name}"
    for model in site.site._registry
    if model._meta.app_label in ("oncall", "alerts", "paging")
)


def count(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse(f"admin:{page.replace('.', '_')}_changelist")).status_code == 200
    return len(queries)


def grow(number: int) -> None:
    """Add a row of everything that can be added."""
    user = builders.person(f"grown{number}")
    keys.issue_key(user, now=builders.START)
    schedule = builders.always_on_call(f"always {number}", user)
    chain = builders.chain(f"chain {number}", user, schedule)
    team = builders.team(f"team-{number}", user, schedule=schedule, escalation_chain=chain, backstop=user)
    builders.webhook(f"hook {number}", "https://example.org/", team=team)
    UserGroup.objects.create(name=f"group {number}", handle=f"group-{number}").members.add(user)
    when = {"starts_at": builders.START, "ends_at": builders.START.replace(hour=20)}
    made = {"created_at": builders.START, "updated_at": builders.START}
    ShiftSwap.objects.create(schedule=schedule, beneficiary=user, benefactor=user, **when, **made)
    door = builders.integration(to=chain, name=f"door {number}", team=team)
    body = {"alert_uid": f"uid-{number}", "title": f"Grown {number}", "state": "alerting"}
    alert = services.receive(door, body, now=builders.START).alert
    services.advance_now(alert.escalations.all(), now=builders.START)
    services.acknowledge(alert, by=user, source="console", now=builders.START)  # type: ignore[arg-type]
    services.ping(door, now=builders.START)
    hour = timedelta(hours=1)
    services.start_maintenance(
        door, mode=Maintenance.Mode.DEBUG, duration=hour, by=user, source=Source.CONSOLE, now=builders.START
    )
    told = Notification.objects.create(
        alert=alert, user=user, channel="email", address="x", dedup=f"g{number}", status="sent", **_sent()
    )
    Attempt.objects.create(notification=told, number=1, at=builders.START, outcome="sent")
    Reply.objects.create(
        notification=told, user=user, verb="acknowledge", via="link", at=builders.START, took_effect=True
    )


def _sent() -> dict[str, object]:
    return {"created_at": builders.START, "sent_at": builders.START}


def test_the_queries_of_every_list_are_known(loaded: None, admin: User) -> None:
    grow(0)
    client = browser(admin)
    client.get("/admin/")
    assert {page: count(client, page) for page in PAGES} == json.loads(BASELINE.read_text())


@pytest.mark.parametrize("page", PAGES)
def test_more_rows_take_no_more_queries(page: str, admin: User) -> None:
    grow(0)
    client = browser(admin)
    client.get("/admin/")
    few = count(client, page)
    for number in range(1, 4):
        grow(number)
    assert count(client, page) == few


def test_the_first_page_takes_the_same_queries_however_much_there_is(admin: User) -> None:
    grow(0)
    client = browser(admin)
    client.get("/admin/")
    with CaptureQueriesContext(connection) as few:
        client.get("/admin/")
    for number in range(1, 4):
        grow(number)
    with CaptureQueriesContext(connection) as more:
        client.get("/admin/")
    assert (len(few), len(more)) == (45, 45)
