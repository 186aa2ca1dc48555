"""The console's pages of status pages: who may open and write what, and that writing goes through the services."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import services as alert_services
from alerts.models import Alert, Source
from oncall.models import User
from paging import sample
from statuspage.models import (
    Component,
    CustomDomain,
    Notice,
    NoticeChange,
    NoticeTemplate,
    NoticeUpdate,
    Publication,
    StatusPage,
    Subscriber,
    UpdateTemplate,
)
from statuspage.services import notices, pages, templates
from tests import builders
from tests.stories.publishing import Publishing

MODELS = [
    *(
        Component,
        Notice,
        NoticeChange,
        NoticeTemplate,
        NoticeUpdate,
        Publication,
        StatusPage,
        Subscriber,
        UpdateTemplate,
    )
]


def url(model: Any, name: str, *args: Any) -> str:
    return reverse(f"admin:statuspage_{model._meta.model_name}_{name}", args=args)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def story(db: None) -> Publishing:
    """A page with at least one row of every model."""
    story = Publishing()
    fill(story, 1)
    return story


def fill(story: Publishing, number: int) -> None:
    part = story.component(f"part {number}")
    story.subscriber(f"ann{number}@example.org", part)
    story.incident(f"Slow {number}", comment="Looking.", components=[part.pk], audience="affected")
    story.settle()
    templates.create_template(NoticeTemplate, story.page, {"name": f"t{number}"}, now=story.now)
    templates.create_template(UpdateTemplate, story.page, {"name": f"t{number}"}, now=story.now)
    page = pages.create_page({"name": f"Other {number}"}, now=story.now)
    pages.set_domain(page, f"status{number}.example.org", now=story.now)


@pytest.mark.parametrize("role", ["admin", "editor", "viewer"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_everybody_reads_every_page(story: Publishing, model: Any, role: str) -> None:
    client = browser(builders.person("reader", role=role))
    assert client.get(url(model, "changelist")).status_code == 200
    assert client.get(url(model, "change", model.objects.first().pk)).status_code == 200


@pytest.mark.parametrize(
    ("model", "role", "status"),
    [
        *((model, "viewer", 403) for model in MODELS),
        *((model, "editor", 200) for model in (Notice, NoticeTemplate, UpdateTemplate)),
        *((model, "editor", 403) for model in (Component, StatusPage, Subscriber, Publication)),
        *((model, "admin", 200) for model in (Component, Notice, NoticeTemplate, StatusPage, Subscriber)),
        *((model, "admin", 403) for model in (NoticeChange, NoticeUpdate, Publication)),
    ],
)
def test_rights_are_kept(story: Publishing, model: Any, role: str, status: int) -> None:
    client = browser(builders.person("writer", role=role))
    assert client.get(url(model, "add")).status_code == status


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_list_asks_a_question_per_row(story: Publishing, model: Any) -> None:
    client = browser(story.ada)

    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get(url(model, "changelist")).status_code == 200
        return len(found)

    queries()
    before = queries()
    fill(story, 2)
    fill(story, 3)
    assert queries() == before


def test_a_notice_is_written_and_moved_on(story: Publishing) -> None:
    client = browser(story.ada)
    part = Component.objects.get()
    body = {
        "page": story.page.pk,
        "type": "unplanned",
        "subject": "API is down",
        "components": [part.pk],
        "comment": "We look.",
        "audience": "affected",
        "automated": "on",
        "alerts": [],
    }
    assert client.post(url(Notice, "add"), body).status_code == 302
    made = Notice.objects.get(subject="API is down")
    assert (made.state, list(made.components.all()), made.created_by) == ("investigating", [part], story.ada)
    assert [one.content for one in made.updates.all()] == ["We look."]
    assert made.changes.get().announce_at is not None
    change: dict[str, Any] = {
        "subject": "API is slow",
        "components": [part.pk],
        "comment": "",
        "audience": "nobody",
        "alerts": [],
    }
    for table in ("updates", "changes"):
        change |= {f"{table}-TOTAL_FORMS": 0, f"{table}-INITIAL_FORMS": 0}
    assert client.post(url(Notice, "change", made.pk), change).status_code == 302
    made.refresh_from_db()
    assert (made.subject, made.old_links.count(), made.changes.count()) == ("API is slow", 1, 1)
    assert client.post(url(Notice, "press", made.pk, "resolved")).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.changes.order_by("-pk")[0].audience) == ("resolved", "affected")


def test_planned_work_needs_its_plan(story: Publishing) -> None:
    body = {"page": story.page.pk, "type": "planned", "subject": "x", "audience": "nobody"}
    answer = browser(story.ada).post(url(Notice, "add"), body)
    assert answer.status_code == 200
    assert "Planned work begins, and ends after that." in answer.content.decode()


def test_a_page_gets_its_domain_and_its_password(story: Publishing) -> None:
    client = browser(story.ada)
    body = {
        "name": "Acme",
        "slug": "acme",
        "time_zone": "Europe/Paris",
        "locale": "fr",
        "channels": '["email"]',
        "links": "[]",
        "access": "password",
        "email_domains": "[]",
        "networks": "[]",
        "domain": "Status.Acme.example",
        "new_password": "sesame",
        "brand-TOTAL_FORMS": 1,
        "brand-INITIAL_FORMS": 1,
        "brand-0-id": story.page.brand.pk,
        "brand-0-page": story.page.pk,
        "brand-0-color_state_ok": "#00aa00",
        "brand-0-color_state_warning": "#e67e22",
        "brand-0-color_state_info": "#2980b9",
        "brand-0-color_state_alert": "#f1c40f",
    }
    answer = client.post(url(StatusPage, "change", story.page.pk), body)
    assert answer.status_code == 302, answer.content.decode()
    page = StatusPage.objects.select_related("brand", "custom_domain").get(pk=story.page.pk)
    assert (page.time_zone, page.locale, page.custom_domain.domain) == ("Europe/Paris", "fr", "status.acme.example")
    assert page.brand.color_state_ok == "#00aa00"
    assert page.password
    assert "sesame" not in page.password
    assert client.post(url(StatusPage, "change", story.page.pk), body | {"domain": ""}).status_code == 302
    assert not CustomDomain.objects.filter(page=page).exists()


def test_a_subscriber_is_added_and_removed(story: Publishing) -> None:
    client = browser(story.ada)
    body = {"page": story.page.pk, "email": "eve@example.org", "components": []}
    assert client.post(url(Subscriber, "add"), body).status_code == 302
    made = Subscriber.objects.get(email="eve@example.org")
    assert made.confirmed_at is not None
    assert client.post(url(Subscriber, "delete", made.pk), {"post": "yes"}).status_code == 302
    assert not Subscriber.objects.filter(pk=made.pk).exists()
    assert "Give at least one" in client.post(url(Subscriber, "add"), body | {"email": ""}).content.decode()


# --- joined to the pager --------------------------------------------------------------------------------------------


@pytest.fixture
def alert(story: Publishing) -> Alert:
    """An alert whose route is tied to the page's one component."""
    door = builders.integration(name="monitor")
    part = Component.objects.get()
    part.routes.set(door.routes.all())
    body = {"alert_uid": "u", "title": "secret-host-17", "state": "alerting"}
    return alert_services.receive(door, body, now=story.now).alert


def alert_url(name: str, *args: Any) -> str:
    return reverse(f"admin:alerts_alert_{name}", args=args)


def test_a_notice_about_an_alert_begins_with_its_components_and_none_of_its_words(
    story: Publishing, alert: Alert
) -> None:
    client = browser(story.ada)
    answer = client.post(alert_url("press", alert.pk, "write_notice"))
    assert answer.headers["Location"] == f"{url(Notice, 'add')}?alert={alert.pk}"
    form = client.get(answer.headers["Location"]).context["adminform"].form
    assert (form.initial["components"], form.initial["alerts"]) == ([Component.objects.get()], [alert.pk])
    assert "subject" not in form.initial
    assert "comment" not in form.initial


def test_an_alert_shows_its_notices_and_offers_to_resolve_them(story: Publishing, alert: Alert) -> None:
    client = browser(story.ada)
    words = notices.Draft("Portal is slow", audience="affected")
    notice = notices.open_for_alert(alert, story.page, words, by=story.ada, now=story.now)
    assert list(notice.components.all()) == list(Component.objects.all())
    assert "Portal is slow" in client.get(alert_url("change", alert.pk)).content.decode()
    alert_services.resolve(alert, by=story.ada, source=Source.CONSOLE, now=story.now)
    assert "Resolve the notice too" in client.get(alert_url("change", alert.pk)).content.decode()
    client.post(alert_url("press", alert.pk, "resolve_notice"))
    notice.refresh_from_db()
    assert (notice.state, notice.changes.order_by("-pk")[0].audience) == ("resolved", "affected")
    assert "Resolve the notice too" not in client.get(alert_url("change", alert.pk)).content.decode()


def test_a_notice_is_not_offered_for_resolving_while_another_of_its_alerts_is_open(
    story: Publishing, alert: Alert
) -> None:
    notice = notices.open_for_alert(alert, story.page, notices.Draft("Slow"), by=story.ada, now=story.now)
    other = alert_services.receive(
        builders.integration(name="other"), {"alert_uid": "v", "title": "x", "state": "alerting"}, now=story.now
    ).alert
    notice.alerts.add(other)
    assert notices.to_resolve_with(alert) == []
    alert_services.resolve(other, by=story.ada, source=Source.CONSOLE, now=story.now)
    assert notices.to_resolve_with(alert) == [notice]


def test_the_sample_has_a_status_page_and_leaves_no_trace(db: None) -> None:
    sample.load(builders.START)
    page = StatusPage.objects.get()
    assert {one.state for one in page.notices.all()} == {"resolved", "complete", "investigating", "scheduled"}
    assert page.is_sample
    sample.remove()
    assert (StatusPage.objects.count(), Notice.objects.count(), Publication.objects.count()) == (0, 0, 0)
