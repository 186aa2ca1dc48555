"""Who hears what became of an alert (spec/pagertree A9, C5, C8)."""

from __future__ import annotations

from typing import Any

import pytest

from alerts import services
from alerts.models import Alert, LogEntry, Router, Source, Stakeholder
from oncall.models import ContactMethod, Organization, Team, User
from paging.models import Notification
from tests import builders
from tests.paging.conftest import MONDAY, minutes


@pytest.fixture
def group(db: None) -> Any:
    """Make stakeholders who are told of these: assigned, acknowledged, resolved, dropped."""

    def make(name: str, *kinds: str, users: tuple[User, ...] = (), **fields: Any) -> Stakeholder:
        flags = {f"on_{kind}": True for kind in kinds}
        row = Stakeholder.objects.create(name=name, created_at=MONDAY, updated_at=MONDAY, **flags, **fields)
        row.users.set(users)
        return row

    return make


@pytest.fixture
def opened(room: Any) -> Any:
    """Open an alert for these destinations and let the clock run."""

    def make(*destinations: str, **fields: Any) -> Alert:
        made = services.create_alert(
            title="Disk is full", destinations=destinations, by=None, source=Source.CONSOLE, now=room.now, **fields
        )[0]
        room.tick()
        return made

    return make


def usr(user: User) -> str:
    return f"usr_{user.public_id}"


def tem(team: Team) -> str:
    return f"tem_{team.public_id}"


def stk(group: Stakeholder) -> str:
    return f"stk_{group.public_id}"


def subjects(room: Any) -> list[tuple[str, str]]:
    return sorted((mail.to, mail.subject.split("]")[0].lstrip("[")) for mail in room.channel.mails)


def drop(alert: Alert, room: Any) -> None:
    """Say that nobody took it, as the clock does."""
    Alert.objects.filter(pk=alert.pk).update(status="dropped", dropped_at=room.now)
    LogEntry.objects.create(alert=alert, at=room.now, kind="dropped", text="Nobody.", announce_at=room.now)
    room.channel.mails.clear()
    room.tick()


def test_who_was_asked_too_hears_who_took_it(room, person, opened) -> None:
    alice, bob = person("Alice"), person("Bob")
    alert = opened(usr(alice), usr(bob))
    room.channel.mails.clear()
    services.acknowledge(alert, by=alice, source=Source.CONSOLE, now=room.now)
    room.tick()
    assert subjects(room) == [("bob@example.org", "Acknowledged")]
    mail = room.channel.mails[0]
    assert mail.text.startswith("Alice has it. See it: http://127.0.0.1:8000/r/")
    assert "You are told because you were asked to take it." in mail.text


def test_who_was_not_told_of_the_alert_yet_does_not_hear_that_it_is_taken(room, person, opened) -> None:
    alice, bob = person("Alice"), person("Bob", rules=(5, "notify_by_email"))
    alert = opened(usr(alice), usr(bob))
    room.channel.mails.clear()
    services.acknowledge(alert, by=alice, source=Source.CONSOLE, now=room.now)
    room.pass_time(minutes(10))
    assert room.channel.mails == []


@pytest.mark.parametrize("kind", ["assigned", "acknowledged", "resolved", "dropped"])
def test_a_group_hears_of_exactly_what_it_subscribed_to(room, person, opened, group, kind) -> None:
    alice = person("Alice")
    board = group("Board", kind, emails=["board@example.org"])
    alert = opened(usr(alice), stakeholders=[stk(board)])
    heard = [mail.subject for mail in room.channel.mails if mail.to == "board@example.org"]
    services.acknowledge(alert, by=alice, source=Source.CONSOLE, now=room.now)
    services.resolve(alert, by=alice, source=Source.CONSOLE, now=room.now)
    room.tick()
    heard = [mail.subject for mail in room.channel.mails if mail.to == "board@example.org"]
    drop(alert, room)
    heard += [mail.subject for mail in room.channel.mails if mail.to == "board@example.org"]
    assert heard == [f"[{kind.title()}] Disk is full"]


def test_a_person_in_two_groups_hears_it_once_and_cannot_act_from_there(room, person, opened, group) -> None:
    vera = person("Vera")
    one = group("One", "acknowledged", users=(vera,), emails=["VERA@example.org", "plain@example.org"])
    two = group("Two", "acknowledged", users=(vera,), emails=["plain@example.org"])
    alice = person("Alice")
    alert = opened(usr(alice), stakeholders=[stk(one), stk(two)])
    room.channel.mails.clear()
    services.acknowledge(alert, by=alice, source=Source.CONSOLE, now=room.now)
    room.tick()
    assert subjects(room) == [("plain@example.org", "Acknowledged"), ("vera@example.org", "Acknowledged")]
    for mail in room.channel.mails:
        assert "/r/" not in mail.text + mail.html
        assert "You are told as a stakeholder: One." in mail.text
    plain = next(mail for mail in room.channel.mails if mail.to == "plain@example.org")
    assert "Console" not in plain.text + plain.html
    assert set(Notification.objects.filter(reason="stakeholder").values_list("stakeholder", flat=True)) == {one.pk}


def test_nobody_hears_of_an_alert_that_found_nobody_or_is_only_recorded(room, opened, group) -> None:
    board = group("Board", "assigned", emails=["board@example.org"])
    router = Router.objects.create(
        name="R", rules="[{match: {always: true}, actions: [ignore]}]", created_at=MONDAY, updated_at=MONDAY
    )
    for destination in (tem(builders.team("empty")), f"rtr_{router.public_id}"):
        opened(destination, stakeholders=[stk(board)])
    assert subjects(room) == []


def test_a_disabled_group_is_silent(room, person, opened, group) -> None:
    board = group("Board", "assigned", emails=["board@example.org"], enabled=False)
    opened(usr(person("Alice")), stakeholders=[stk(board)])
    assert subjects(room) == [("alice@example.org", "Firing")]


def test_a_stakeholder_without_an_address_is_said(room, person, opened, group) -> None:
    vera = person("Vera", addresses=[])
    opened(usr(person("Alice")), stakeholders=[stk(group("Board", "assigned", users=(vera,)))])
    assert LogEntry.objects.get(kind="unreachable").text == "Vera cannot be told: no verified contact method."


def test_a_teams_groups_come_with_its_alerts_and_with_a_handoff(room, person, opened, group) -> None:
    alice, bob = person("Alice"), person("Bob")
    ops, web = builders.team("ops", alice, backstop=alice), builders.team("web", bob, backstop=bob)
    board, sales = group("Board"), group("Sales", "assigned", emails=["sales@example.org"])
    board.teams.set([ops])
    sales.teams.set([ops, web])
    alert = opened(tem(ops))
    assert alert.stakeholders == [stk(board), stk(sales)]
    Alert.objects.filter(pk=alert.pk).update(stakeholders=[stk(board)])
    room.channel.mails.clear()
    services.hand_off(alert, to=tem(web), by=alice, source=Source.CONSOLE, now=room.now)
    room.tick()
    assert alert.stakeholders == [stk(board), stk(sales)]
    assert ("sales@example.org", "Handed off") in subjects(room)


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("none", []),
        ("team_all", ["alice@example.org", "bob@example.org", "carol@example.org"]),
        ("team_admins", ["bob@example.org"]),
        ("oncall_rotation", ["carol@example.org", "dan@example.org"]),
        ("specific_users", ["dan@example.org"]),
    ],
)
@pytest.mark.parametrize("notice", ["drop", "handoff"])
def test_a_team_hears_of_drops_and_handoffs_as_it_wishes(room, person, opened, kind, heard, notice) -> None:
    alice, bob, carol, dan = (person(name) for name in ("Alice", "Bob", "Carol", "Dan"))
    mia = person("Mia", rules=(60, "notify_by_email"))  # is paged later than this story lasts
    chain = builders.chain("ops", mia, minutes(60), builders.always_on_call("second", dan))
    team = builders.team("ops", alice, bob, carol, escalation_chain=chain)
    team.schedule = builders.always_on_call("first", carol)
    setattr(team, f"{notice}_notice", kind)
    team.save()
    team.admins.set([bob])
    getattr(team, f"{notice}_notice_users").set([dan])
    olga = person("Olga", rules=(60, "notify_by_email"))
    alert = opened(usr(olga) if notice == "handoff" else tem(team))
    if notice == "drop":
        drop(alert, room)
    else:
        services.hand_off(alert, to=tem(team), by=olga, source=Source.CONSOLE, now=room.now)
        room.tick()
    word = {"drop": "Dropped", "handoff": "Handed off"}[notice]
    assert subjects(room) == [(address, word) for address in heard]
    if heard:
        assert "You are told because your team wants to hear of this." in room.channel.mails[0].text


def test_who_is_last_resort_and_in_the_team_hears_it_once(room, person, opened) -> None:
    alice = person("Alice")
    Organization.load().last_resort.add(alice)
    alert = opened(tem(builders.team("ops", alice, backstop=alice, drop_notice="team_all")))
    drop(alert, room)
    assert subjects(room) == [("alice@example.org", "Dropped")]
    assert "last resort" in room.channel.mails[0].text


def test_a_sample_alert_tells_no_stakeholder(room, person, opened, group) -> None:
    board = group("Board", "acknowledged", emails=["board@example.org"])
    alice = person("Alice")
    alert = opened(usr(alice), stakeholders=[stk(board)])
    type(alert.integration).objects.update(is_sample=True)
    room.channel.mails.clear()
    services.acknowledge(alert, by=alice, source=Source.CONSOLE, now=room.now)
    room.tick()
    assert room.channel.mails == []


def test_news_to_an_address_that_refuses_takes_the_next_one(room, person, opened, group) -> None:
    from paging.channels.base import SendError  # noqa: PLC0415

    vera = person("Vera", addresses=["old@example.org", "new@example.org"])
    room.channel.for_ever["old@example.org"] = SendError("gone", permanent=True)
    opened(usr(person("Alice")), stakeholders=[stk(group("Board", "assigned", users=(vera,)))])
    assert ("new@example.org", "Assigned") in subjects(room)
    again = Notification.objects.get(address="new@example.org")
    assert (again.reason, str(again.stakeholder)) == ("stakeholder", "Board")
    assert ContactMethod.objects.filter(user=vera).count() == 2
