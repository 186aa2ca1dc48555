"""A template tried out on a stored payload."""

from __future__ import annotations

from typing import Any

import pytest

from alerts.models import Alert, Integration
from tests import builders
from tests.conftest import World
from tests.dialects.oncall.conftest import Api


@pytest.fixture
def door(world: World) -> Integration:
    return builders.integration(name="Shop")


@pytest.fixture
def alert(world: World, door: Integration) -> Alert:
    world.fire(door, alert_uid="other", title="Other")
    return world.fire(door)


@pytest.fixture
def path(door: Integration) -> str:
    return f"integrations/C{door.public_id}/preview_template"


def preview(api: Api, path: str, name: str, body: str | None, **more: Any) -> Any:
    answer = api("POST", path, {"template_name": name, "template_body": body, **more})
    assert answer.status == 200, answer
    return answer.body


def test_a_template_is_shown_with_the_newest_payload(admin_api: Api, alert: Alert, path: str) -> None:
    shown = preview(admin_api, path, "web_title", "{{ payload.title }}!")
    assert shown == {"preview": "Disk is full!", "error": None, "is_default": False}
    assert Alert.objects.count() == 2


def test_one_that_fails_says_why_and_shows_what_stands_in_for_it(admin_api: Api, alert: Alert, path: str) -> None:
    shown = preview(admin_api, path, "web_title", "{{ payload.a.b }}")
    error = "Template Warning: 'dict object' has no attribute 'a'"
    assert shown == {"preview": "Disk is full", "error": error, "is_default": True}


def test_without_a_text_the_default_is_shown(admin_api: Api, alert: Alert, path: str) -> None:
    shown = preview(admin_api, path, "grouping_key", None)
    assert shown == {"preview": "disk-1", "error": None, "is_default": True}


def test_the_alert_can_be_chosen(world: World, admin_api: Api, alert: Alert, path: str) -> None:
    other = Alert.objects.get(title="Other")
    event = other.events.get()
    for chosen in (f"I{other.public_id}", f"A{event.public_id}"):
        assert preview(admin_api, path, "web_title", "{{ payload.title }}", alert_id=chosen)["preview"] == "Other"


def test_a_payload_can_be_sent_along(admin_api: Api, path: str) -> None:
    assert preview(admin_api, path, "web_title", "{{ payload.x }}", payload={"x": 1})["preview"] == "1"


def test_templates_of_channels_see_what_the_web_says(admin_api: Api, alert: Alert, path: str) -> None:
    body = "{{ integration_name }}: {{ web_title }}"
    assert preview(admin_api, path, "sms_title", body)["preview"] == "Shop: Disk is full"


@pytest.mark.parametrize("alert_id", ["I0", "nonsense", "IAAAAAAAAAAAA", None])
def test_without_a_stored_payload_there_is_nothing_to_try_it_on(admin_api: Api, path: str, alert_id: Any) -> None:
    body = {"template_name": "web_title", "template_body": "x", "alert_id": alert_id}
    assert admin_api.refused("POST", path, body) == {"alert_id": ["There is no stored payload to try it on."]}


def test_another_integrations_payload_is_not_shown(world: World, admin_api: Api, path: str) -> None:
    foreign = world.fire(builders.integration(name="Secret"))
    body = {"template_name": "web_title", "template_body": "x", "alert_id": f"I{foreign.public_id}"}
    assert admin_api("POST", path, body).status == 400


def test_an_unknown_template_is_refused(admin_api: Api, path: str) -> None:
    assert "template_name" in admin_api.refused("POST", path, {"template_name": "x", "template_body": ""})


def test_a_failing_template_is_named_in_the_log_of_its_alerts(world: World, door: Integration) -> None:
    Integration.objects.filter(pk=door.pk).update(templates={"web_title": "{{ payload.a.b }}"})
    door.refresh_from_db()
    alert = world.fire(door)
    text = "The template web_title fails: Template Warning: 'dict object' has no attribute 'a'"
    assert alert.title == "Disk is full"
    assert list(alert.log.filter(kind="note").values_list("text", flat=True)) == [text]
