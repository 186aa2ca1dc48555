"""What an admin does to heartbeats and maintenance from an integration's own page."""

from __future__ import annotations

import pytest
from django.urls import reverse

from alerts.models import Heartbeat, Integration, Maintenance
from oncall.models import User
from tests import builders
from tests.console.conftest import browser


@pytest.fixture
def door(db: None) -> Integration:
    return builders.integration("webhook", name="Shop")


def press(user: User, door: Integration, name: str) -> str:
    url = reverse("admin:alerts_integration_press", args=(door.pk, name))
    return browser(user).post(url, follow=True).content.decode()


def page(user: User, door: Integration) -> str:
    return browser(user).get(reverse("admin:alerts_integration_change", args=(door.pk,))).content.decode()


def test_a_heartbeat_is_switched_on_and_off(admin: User, door: Integration) -> None:
    assert "Expect heartbeats" in page(admin, door)
    assert "A heartbeat is expected at least every 10 min." in press(admin, door, "arm")
    assert Heartbeat.objects.get().status == "alive"
    assert "No heartbeat is expected." in press(admin, door, "disarm")
    assert Heartbeat.objects.get().status == "off"


def test_a_type_without_a_heartbeat_offers_none(admin: User) -> None:
    assert "heartbeats" not in page(admin, builders.integration("sentry")).split("t-panel")[-1]


@pytest.mark.parametrize("mode", ["maintenance", "debug"])
def test_a_maintenance_is_started_and_ended(admin: User, door: Integration, mode: str) -> None:
    assert "New alerts ask nobody for an hour." in press(admin, door, f"start_{mode}")
    row = Maintenance.objects.get()
    assert (row.mode, row.started_by) == (mode, admin)
    assert "The maintenance is over." in press(admin, door, "stop_maintenance")
    row.refresh_from_db()
    assert row.ended_at is not None


def test_an_editor_has_none_of_these_buttons(editor: User, door: Integration) -> None:
    for name in ("arm", "start_maintenance", "start_debug"):
        press(editor, door, name)
    assert not Heartbeat.objects.exists()
    assert not Maintenance.objects.exists()


def test_the_address_for_mails_is_for_those_who_may_edit(
    admin: User, viewer: User, settings: pytest.FixtureRequest
) -> None:
    settings.TOCSIN_INBOUND_EMAIL_DOMAIN = "alerts.example.org"  # type: ignore[attr-defined]
    door = builders.integration("inbound_email")
    assert f"{door.token}@alerts.example.org" in page(admin, door)
    assert door.token not in page(viewer, door)
