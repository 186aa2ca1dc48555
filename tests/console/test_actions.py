"""Acting from the console: every deed goes through the one service, says what it did, and only by POST."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from alerts.models import Alert, LogEntry
from oncall.models import User
from tests import builders
from tests.conftest import World
from tests.console.conftest import browser

LIST = "/admin/alerts/alert/"


def fire(world: World, number: int, *steps: Any) -> Alert:
    chain = builders.chain(f"c{number}", *(steps or (world.bob,)))
    return world.fire(builders.integration(to=chain, name=f"i{number}"), alert_uid=f"u{number}")


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def act(user: User, name: str, *alerts: Alert) -> Any:
    form = {"action": name, "_selected_action": [alert.pk for alert in alerts]}
    return browser(user).post(LIST, form)


def press(user: User, name: str, alert: Alert) -> Any:
    return browser(user).post(reverse("admin:alerts_alert_press", args=(alert.pk, name)))


def status(alert: Alert) -> str:
    return Alert.objects.get(pk=alert.pk).status


def test_acknowledging_a_list_counts_those_that_had_ended(world: World) -> None:
    alerts = [fire(world, number) for number in range(4)]
    world.act("resolve", alerts[0])
    answer = act(world.bob, "acknowledge", *alerts)
    assert said(answer) == ["3 acknowledged, 1 was resolved already."]
    assert [status(alert) for alert in alerts] == ["resolved", "acknowledged", "acknowledged", "acknowledged"]


def test_who_acted_and_by_which_door_is_in_the_log(world: World) -> None:
    alert = fire(world, 1)
    act(world.bob, "acknowledge", alert)
    line = LogEntry.objects.get(alert=alert, kind=LogEntry.Kind.ACKNOWLEDGED)
    assert (line.actor, line.source, line.at) == (world.bob, "console", world.start)


@pytest.mark.parametrize(
    ("before", "verb", "after", "words"),
    [
        ([], "acknowledge", "acknowledged", "acknowledged."),
        ([], "resolve", "resolved", "resolved."),
        ([], "silence", "silenced", "silenced for 1 h."),
        (["silence"], "unsilence", "open", "unsilenced."),
        (["acknowledge"], "unacknowledge", "open", "unacknowledged."),
        (["resolve"], "unresolve", "open", "unresolved."),
        (["resolve"], "archive", "archived", "archived."),
    ],
)
def test_each_button_does_what_it_says(before: list[str], verb: str, after: str, words: str, world: World) -> None:
    alert = fire(world, 1)
    for earlier in before:
        press(world.alice, earlier, alert)
    answer = press(world.bob, verb, alert)
    assert answer.status_code == 302
    assert said(answer) == [f"#{alert.pk} {words}"]
    assert status(alert) == after


def test_a_silence_from_the_console_lasts_an_hour(world: World) -> None:
    alert = fire(world, 1)
    press(world.bob, "silence", alert)
    until = Alert.objects.get(pk=alert.pk).silenced_until
    assert until is not None
    assert (until - world.start).total_seconds() == 3600


def test_a_button_pressed_on_a_page_that_is_out_of_date_changes_nothing(world: World) -> None:
    alert = fire(world, 1)
    world.act("resolve", alert)
    answer = press(world.bob, "acknowledge", alert)
    assert status(alert) == "resolved"
    assert LogEntry.objects.filter(alert=alert, kind=LogEntry.Kind.ACKNOWLEDGED).count() == 0
    assert answer.status_code == 403 or said(answer)


def test_a_link_cannot_act(world: World) -> None:
    alert = fire(world, 1)
    answer = browser(world.bob).get(reverse("admin:alerts_alert_press", args=(alert.pk, "resolve")))
    assert answer.status_code == 405
    assert status(alert) == "open"


def test_another_site_cannot_act(world: World) -> None:
    alert = fire(world, 1)
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.bob)
    answer = client.post(reverse("admin:alerts_alert_press", args=(alert.pk, "resolve")))
    assert answer.status_code == 403
    assert status(alert) == "open"


def test_a_viewer_acts_on_nothing(world: World) -> None:
    alert = fire(world, 1)
    vi = builders.person("vi", role="viewer")
    assert press(vi, "resolve", alert).status_code == 403
    act(vi, "resolve", alert)
    assert status(alert) == "open"


def test_the_page_offers_only_what_the_status_allows(world: World) -> None:
    alert = fire(world, 1)
    world.act("acknowledge", alert)
    text = browser(world.bob).get(reverse("admin:alerts_alert_change", args=(alert.pk,))).content.decode()
    verbs = ("acknowledge", "unacknowledge", "resolve", "silence", "archive")
    offered = [name for name in verbs if f"/press/{name}/" in text]
    assert offered == ["unacknowledge", "resolve"]
