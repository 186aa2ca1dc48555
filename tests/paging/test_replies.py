"""The link in a mail: GET changes nothing, POST acts, and twice is harmless."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alerts import services
from alerts.models import LogEntry, Source
from oncall.models import User
from paging import links
from paging.models import Notification, Reply
from tests.paging.conftest import MONDAY, minutes


@pytest.fixture
def asked(room, person, alert, ask):
    """Alice and Bob are asked; return the alert, both people and Alice's link."""
    fired, alice, bob = alert(), person("Alice"), person("Bob")
    ask(fired, alice)
    ask(fired, bob)
    room.tick()
    return fired, alice, bob, link_of(alice)


def link_of(user: User) -> str:
    row = Notification.objects.get(user=user)
    return f"/r/{links.token(row.pk, issued_at=row.created_at)}"


@pytest.fixture(autouse=True)
def three_minutes_later(at) -> None:
    at(MONDAY + minutes(3))


def test_looking_shows_the_alert_and_changes_nothing(client, asked) -> None:
    fired, _, _, link = asked
    before = LogEntry.objects.count()
    page = client.get(link)
    text = page.content.decode()
    fired.refresh_from_db()
    assert (page.status_code, fired.status, LogEntry.objects.count(), Reply.objects.count()) == (200, "open", before, 0)
    assert "DiskFull (eu-7): disk /var is 97 % full" in text
    assert "3 min ago" in text
    assert "97 % of 400 GB used" in text
    assert "Also told: Bob." in text
    assert [word for word in ("Acknowledge</button>", "Resolve</button>", "Not me</button>") if word in text] == [
        "Acknowledge</button>",
        "Resolve</button>",
        "Not me</button>",
    ]


def test_the_page_is_small_private_and_needs_nothing_from_elsewhere(client, asked) -> None:
    page = client.get(asked[3])
    text = page.content.decode()
    assert len(page.content) < 20_000
    assert "<script" not in text
    assert "src=" not in text
    assert "min-height:56px" in text
    assert "prefers-color-scheme:dark" in text
    assert (page["Referrer-Policy"], page["Cache-Control"]) == ("no-referrer", "no-store")
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert not page.cookies


@pytest.mark.parametrize(
    ("verb", "status", "kind"),
    [
        ("acknowledge", "acknowledged", "acknowledged"),
        ("resolve", "resolved", "resolved"),
        ("reject", "open", "rejected"),
    ],
)
def test_each_button_does_what_it_says_in_the_name_of_the_person(client, asked, verb, status, kind) -> None:
    fired, alice, _, link = asked
    assert client.post(link, {"verb": verb}).status_code == 200
    fired.refresh_from_db()
    line = LogEntry.objects.get(kind=kind)
    reply = Reply.objects.get()
    assert fired.status == status
    assert (line.actor, line.source) == (alice, Source.LINK)
    assert (reply.user, reply.verb, reply.took_effect, reply.at) == (alice, verb, True, MONDAY + minutes(3))


@pytest.mark.parametrize("verb", ["acknowledge", "resolve", "reject"])
def test_pressing_twice_is_harmless(client, asked, verb) -> None:
    link = asked[3]
    client.post(link, {"verb": verb})
    before = LogEntry.objects.count()
    again = client.post(link, {"verb": verb})
    assert again.status_code == 200
    assert LogEntry.objects.count() == before
    assert list(Reply.objects.values_list("took_effect", flat=True)) == [True, False]


def test_what_somebody_else_did_is_said_plainly(client, asked) -> None:
    fired, _, bob, link = asked
    services.acknowledge(fired, by=bob, source=Source.CONSOLE, now=MONDAY + minutes(3) - timedelta(seconds=40))
    assert "Bob acknowledged this 40 s ago." in client.get(link).content.decode()
    answer = client.post(link, {"verb": "acknowledge"})
    assert "Bob acknowledged this 40 s ago." in answer.content.decode()
    fired.refresh_from_db()
    assert fired.acknowledged_by == bob


def test_who_is_not_asked_any_more_cannot_pass_it_on(client, asked) -> None:
    fired, _, _, link = asked
    fired.assignments.update(answer="closed")
    assert "Not me</button>" not in client.get(link).content.decode()
    answer = client.post(link, {"verb": "reject"})
    assert "You are not being asked to take this alert." in answer.content.decode()
    assert Reply.objects.get().took_effect is False


def test_an_unknown_verb_is_refused(client, asked) -> None:
    for form in ({"verb": "delete"}, {}):
        assert client.post(asked[3], form).status_code == 400
    asked[0].refresh_from_db()
    assert (asked[0].status, Reply.objects.count()) == ("open", 0)


def test_a_link_holds_for_seven_days_to_the_second(client, asked, at) -> None:
    at(MONDAY + timedelta(days=7, seconds=-1))
    assert client.get(asked[3]).status_code == 200
    at(MONDAY + timedelta(days=7))
    assert client.get(asked[3]).status_code == 410
    assert client.post(asked[3], {"verb": "resolve"}).status_code == 410
    asked[0].refresh_from_db()
    assert asked[0].status == "open"


def test_a_forged_link_leads_nowhere(client, asked) -> None:
    _, _, bob, link = asked
    bobs = Notification.objects.get(user=bob).pk
    pk, expires, signature = link.removeprefix("/r/").split(".")
    forgeries = [
        f"{bobs:x}.{expires}.{signature}",
        f"{pk}.{int(expires, 16) + 1:x}.{signature}",
        "x",
        "a.b.c",
        link[3:-1],
    ]
    for forgery in forgeries:
        assert client.get(f"/r/{forgery}").status_code == 404
        assert client.post(f"/r/{forgery}", {"verb": "acknowledge"}).status_code == 404


def test_a_link_acts_for_its_own_person_only(client, asked) -> None:
    fired, _, bob, _ = asked
    client.post(link_of(bob), {"verb": "acknowledge"})
    fired.refresh_from_db()
    assert fired.acknowledged_by == bob


@pytest.mark.parametrize("change", [{"is_active": False}, {"role": "viewer"}])
def test_the_link_of_somebody_who_left_is_closed(client, asked, change) -> None:
    fired, alice, _, link = asked
    User.objects.filter(pk=alice.pk).update(**change)
    assert client.get(link).status_code == 410
    assert client.post(link, {"verb": "acknowledge"}).status_code == 410
    fired.refresh_from_db()
    assert fired.status == "open"


def test_the_link_of_an_alert_that_was_deleted_is_closed(client, asked) -> None:
    Notification.objects.all().delete()
    assert client.get(asked[3]).status_code == 410


def test_both_slash_forms_work_without_cookies_or_a_csrf_token(client, asked) -> None:
    from django.test import Client  # noqa: PLC0415

    strict = Client(enforce_csrf_checks=True)
    assert strict.get(f"{asked[3]}/").status_code == 200
    assert strict.post(f"{asked[3]}/", {"verb": "acknowledge"}).status_code == 200
    assert strict.put(asked[3]).status_code == 405


def test_the_page_escapes_what_a_monitor_wrote(client, room, person, alert, ask) -> None:
    alice = person("Alice")
    ask(alert("<script>alert(1)</script>", description="<img src=x>"), alice)
    room.tick()
    text = client.get(link_of(alice)).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script" not in text
    assert "<img" not in text
