"""A team's public on-call calendar."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from oncall.models import ContactMethod, LoginTry, Team
from oncall.services.team_calendars import save_calendar
from tests import builders
from tests.dialects.pagertree.conftest import Api

NOW = builders.START


@pytest.fixture
def team(db: None) -> Team:
    bob = builders.person("bob")
    bob.name = "Bob <b>Stone</b>"
    bob.save()
    ContactMethod.objects.create(user=bob, kind="phone", address="+15550100", verified_at=NOW)
    return builders.team("ops", bob, schedule=builders.always_on_call("days", bob), time_zone="Europe/Paris")


def read(team: Team, client: Client | None = None, *, at: Any = NOW, **form: str) -> Any:
    path = f"/on-call/{team.calendar.token}/"
    with time_machine.travel(at, tick=False):
        return (client or Client()).post(path, form) if form else (client or Client()).get(path)


def test_the_page_says_who_is_on_call_in_the_teams_own_time(team: Team) -> None:
    save_calendar(team)
    page = read(team)
    assert page.status_code == 200
    text = page.content.decode()
    assert "Mon 7 January 2030, 10:00" in text
    assert "Bob &lt;b&gt;Stone&lt;/b&gt;" in text
    assert "+15550100" not in text
    assert "bob@example.org" not in text
    assert page["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize(
    ("shows", "seen"),
    [(["email"], "bob@example.org"), (["phone"], "+15550100"), (["username"], ">bob<"), (["time_zone"], ">UTC<")],
)
def test_the_team_chooses_what_is_shown(team: Team, shows: list[str], seen: str) -> None:
    save_calendar(team, shows=shows)
    text = read(team).content.decode()
    assert seen in text
    assert "Stone" not in text


def test_a_password_guards_it_for_twelve_hours_or_until_it_changes(team: Team) -> None:
    save_calendar(team, password="open sesame")
    client = Client()
    assert "Stone" not in read(team, client).content.decode()
    wrong = read(team, client, password="guess")
    assert (wrong.status_code, "This is not the password." in wrong.content.decode()) == (403, True)
    assert "Stone" in read(team, client, password="open sesame").content.decode()
    assert "Stone" in read(team, client, at=NOW + timedelta(hours=12)).content.decode()
    client.cookies["tocsin_calendar"]["max-age"] = ""
    assert "Stone" not in read(team, client, at=NOW + timedelta(hours=12, seconds=1)).content.decode()
    save_calendar(team, password="another")
    assert "Stone" not in read(team, client).content.decode()
    save_calendar(team, password="")
    assert "Stone" in read(team).content.decode()


def test_guessing_the_password_is_slowed_down(team: Team) -> None:
    save_calendar(team, password="open sesame")
    for _ in range(5):
        read(team, password="guess")
    assert "too many tries" in read(team, password="open sesame").content.decode()
    assert LoginTry.objects.count() > 0


def test_what_is_switched_off_or_unknown_is_not_there(team: Team) -> None:
    save_calendar(team, enabled=False)
    assert read(team).status_code == 404
    assert Client().get("/on-call/nothing/").status_code == 404


def test_a_team_without_a_schedule_says_that_nobody_is_on_call(db: None) -> None:
    team = builders.team("empty")
    save_calendar(team)
    assert "Nobody is on call." in read(team).content.decode()


def test_it_is_set_up_through_the_api(world: Any) -> None:
    alice, row = Api(world, world.alice), builders.team("crew", world.bob)
    path = f"/team/tem_{row.public_id}/calendar"
    none: dict[str, Any] = {"enabled": False, "url": None, "fields_shown": [], "has_password": False}
    assert alice.get(path) == none
    made = alice("PUT", path, {"fields_shown": ["name", "email"], "password": "x"}).body
    assert made | {"url": ""} == {"enabled": True, "url": "", "fields_shown": ["name", "email"], "has_password": True}
    assert made["url"] == f"http://127.0.0.1:8000/on-call/{Team.objects.get(pk=row.pk).calendar.token}/"
    assert alice("PUT", path, {"enabled": False}).body["enabled"] is False
    alice.refused(400, "PUT", path, {"fields_shown": ["shoe_size"]})
    Api(world, world.bob).refused(403, "PUT", path, {"enabled": True})
