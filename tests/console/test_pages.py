"""Every page opens for whom it is meant, and for nobody else."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from django.contrib import admin as site
from django.urls import reverse

from alerts import services
from alerts.models import Alert, Maintenance, Route, Source
from oncall.models import ApiKey, Availability, ContactMethod, NotificationRule, QuietHours, ShiftSwap, User, UserGroup
from oncall.services import keys
from paging.models import Moment, MomentDoor, Notification, Page, Reply
from tests import builders
from tests.console.conftest import browser

ROLES = ("admin", "editor", "viewer")
PAGES = sorted(
    f"{model._meta.app_label}.{model._meta.model_name}"
    for model in site.site._registry
    if model._meta.app_label in ("oncall", "alerts", "paging")
)
READ_ONLY = {
    "alerts.alert",
    "alerts.assignment",
    "alerts.escalation",
    "alerts.event",
    "alerts.heartbeat",
    "alerts.logentry",
    "alerts.maintenance",
    "oncall.availability",
    "paging.attempt",
    "paging.moment",
    "paging.notification",
    "paging.page",
    "paging.reply",
}
ONE_ROW = {"oncall.organization"}
EDITORS_ADD = {"oncall.apikey", "oncall.contactmethod", "oncall.notificationrule", "oncall.oncallshift"} | {
    "oncall.quiethours",
    "oncall.schedule",
    "oncall.shiftswap",
}


def may_add(role: str, page: str) -> bool:
    if page in READ_ONLY | ONE_ROW or role == "viewer":
        return False
    return role == "admin" or page in EDITORS_ADD


def may_open(role: str, page: str) -> bool:
    return not (role == "viewer" and page in {"oncall.apikey", "paging.momentdoor"})


def url(page: str, name: str, *args: Any) -> str:
    return reverse(f"admin:{page.replace('.', '_')}_{name}", args=args)


@pytest.fixture
def filled(loaded: None, editor: User) -> None:
    """At least one row of every model; those that belong to a person are the editor's."""
    keys.issue_key(editor, now=builders.START)
    builders.webhook("hook", "https://hooks.example.org/T0KEN", password="hush", authorization_header="Bearer hush")
    asked = Notification.objects.exclude(user=None).first()
    assert asked is not None
    Reply.objects.create(
        notification=asked, user=editor, verb="acknowledge", via="link", at=builders.START, took_effect=True
    )
    schedule = builders.always_on_call("always", editor)
    ShiftSwap.objects.create(
        schedule=schedule,
        beneficiary=editor,
        starts_at=builders.START,
        ends_at=builders.START.replace(hour=20),
        created_at=builders.START,
        updated_at=builders.START,
    )
    requests_of(editor)
    door = builders.integration("webhook", name="kept alive")
    services.ping(door, now=builders.START)
    mode, hour = Maintenance.Mode.MAINTENANCE, timedelta(hours=1)
    services.start_maintenance(door, mode=mode, duration=hour, by=editor, source=Source.CONSOLE, now=builders.START)
    UserGroup.objects.create(name="Everybody", handle="everybody").members.add(editor)


def requests_of(user: User) -> None:
    """One request, one moment, its door and one absence."""
    page = Page.objects.create(kind="person", body="{}", user=user, created_at=builders.START, due_at=builders.START)
    team = builders.team("moments")
    MomentDoor.objects.create(team=team)
    stamps = {"created_at": builders.START, "occurred_at": builders.START}
    Moment.objects.create(team=team, page=page, name="Deploy", type="alert", **stamps)
    QuietHours.objects.create(user=user, starts=time(22), ends=time(7))
    absence = {"starts_at": builders.START, "ends_at": builders.START.replace(hour=20)}
    Availability.objects.create(user=user, name="Away", created_at=builders.START, updated_at=builders.START, **absence)


@pytest.mark.parametrize("role", ROLES)
def test_every_list_opens_for_whom_it_is_meant(role: str, filled: None, request: pytest.FixtureRequest) -> None:
    client = browser(request.getfixturevalue(role))
    found = {page: client.get(url(page, "changelist")).status_code for page in PAGES}
    assert found == {page: 200 if may_open(role, page) else 403 for page in PAGES}


@pytest.mark.parametrize("role", ROLES)
def test_only_who_may_make_a_row_opens_its_form(role: str, filled: None, request: pytest.FixtureRequest) -> None:
    client = browser(request.getfixturevalue(role))
    found = {page: client.get(url(page, "add")).status_code for page in PAGES}
    assert found == {page: 200 if may_add(role, page) else 403 for page in PAGES}


@pytest.mark.parametrize("role", ROLES)
def test_every_row_opens_for_whom_it_is_meant(role: str, filled: None, request: pytest.FixtureRequest) -> None:
    client = browser(request.getfixturevalue(role))
    found, expected = {}, {}
    for model in site.site._registry:
        page = f"{model._meta.app_label}.{model._meta.model_name}"
        if page not in PAGES:
            continue
        row = model._default_manager.order_by("pk").first()
        assert row is not None, page
        found[page] = client.get(url(page, "change", row.pk)).status_code
        # Somebody else's keys are not even there for an editor; the first key is the editor's own.
        expected[page] = 200 if may_open(role, page) else 403
    assert found == expected


@pytest.mark.parametrize("page", ["django_q.schedule", "django_q.ormq", "django_q.failure", "django_q.success"])
def test_the_task_queue_is_shown(page: str, admin: User) -> None:
    assert browser(admin).get(url(page, "changelist")).status_code == 200


def test_nobody_is_let_in_without_signing_in(client: Any, loaded: None) -> None:
    answer = client.get(url("alerts.alert", "changelist"))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


def test_an_unknown_alert_is_a_way_back_and_no_error(admin: User) -> None:
    assert browser(admin).get("/admin/alerts/alert/nonsense/change/").status_code == 302


def test_the_first_page_says_what_is_firing_who_is_on_call_and_what_was_kept(loaded: None, admin: User) -> None:
    text = browser(admin).get("/admin/").content.decode()
    assert "No mail server is set up" in text
    assert "manage.py sample remove" in text
    assert "DiskFull (eu-7)" in text
    assert "Tomás Herrera" in text  # Platform, from nine o'clock on
    assert "Wei Zhang" in text  # Payments


def test_the_first_page_of_an_empty_installation_is_calm(settings: Any, admin: User) -> None:
    settings.EMAIL_CONFIGURED = True
    text = browser(admin).get("/admin/").content.decode()
    assert "Nothing is firing." in text
    assert "No mail server" not in text
    assert "sample remove" not in text


def test_the_page_of_an_alert_tells_what_was_and_what_comes(loaded: None, viewer: User) -> None:
    alert = Alert.objects.get(title="DiskFull (eu-7)")
    text = browser(viewer).get(url("alerts.alert", "change", alert.pk)).content.decode()
    assert "E-mail to Maya Lindqvist: kept" in text
    assert "Notify whoever is on call next: Platform on call" in text
    assert "09:11:00" in text  # fired at 08:56, the first wait lasts 15 minutes
    assert "Acknowledge" not in text


def test_the_default_route_cannot_be_removed(loaded: None, admin: User) -> None:
    route = Route.objects.filter(is_default=True).first()
    assert route is not None
    assert browser(admin).post(url("alerts.route", "delete", route.pk), {"post": "yes"}).status_code == 403
    assert Route.objects.filter(pk=route.pk).exists()


def test_an_editor_changes_nobody_elses_rules_or_addresses(editor: User, admin: User) -> None:
    client = browser(editor)
    for model in (ContactMethod, NotificationRule):
        page = f"oncall.{model._meta.model_name}"
        theirs = model._default_manager.filter(user=admin).first()
        mine = model._default_manager.filter(user=editor).first()
        assert theirs is not None
        assert mine is not None
        assert client.post(url(page, "change", theirs.pk), {}).status_code == 403
        assert client.post(url(page, "delete", theirs.pk), {"post": "yes"}).status_code == 403
        assert client.post(url(page, "delete", mine.pk), {"post": "yes"}).status_code == 302


def test_an_editor_sees_no_key_of_anybody_else(editor: User, admin: User) -> None:
    key, _ = keys.issue_key(admin, name="deploy robot", now=builders.START)
    client = browser(editor)
    assert "deploy robot" not in client.get(url("oncall.apikey", "changelist")).content.decode()
    assert client.get(url("oncall.apikey", "change", key.pk)).status_code == 302
    assert client.post(url("oncall.apikey", "press", key.pk, "revoke_key")).status_code == 404
    assert ApiKey.objects.get(pk=key.pk).revoked_at is None
