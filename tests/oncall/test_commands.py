from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from oncall.models import ApiKey, Team, User
from oncall.services import keys, people

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_a_key_is_printed_alone_and_opens() -> None:
    alice = people.create_user("alice@example.org", now=NOW)
    printed = run("issue_api_key", "Alice@example.org", "--name", "terraform")
    assert re.fullmatch(r"[0-9a-f]{64}\n", printed)
    key = keys.find_key(printed.strip(), now=NOW)
    assert key
    assert (key.user, key.name, key.created_at) == (alice, "terraform", NOW)


def test_create_makes_a_person_who_can_be_reached_once() -> None:
    for _ in range(2):
        run("issue_api_key", "alice@example.org", "--create", "--role", "admin")
    alice = User.objects.get()
    assert (alice.role, alice.api_keys.count()) == ("admin", 2)
    assert alice.contact_methods.get().verified_at == NOW
    assert alice.notification_rules.count() == 2


def test_a_person_is_made_an_editor_unless_the_command_says_otherwise() -> None:
    run("issue_api_key", "alice@example.org", "--create")
    assert User.objects.get().role == "editor"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody@example.org"], "Nobody has the address nobody@example.org"),
        (["alice@example.org", "--role", "admin"], "--role says"),
        (["nonsense", "--create"], "'nonsense' is not an e-mail address"),
        (["alice@example.org", "--name", " "], "--name"),
        (["gone@example.org"], "gone@example.org is not active"),
    ],
)
def test_a_key_that_cannot_be_issued_says_why(arguments: list[str], words: str) -> None:
    people.create_user("alice@example.org", now=NOW)
    User.objects.filter(pk=people.create_user("gone@example.org", now=NOW).pk).update(is_active=False)
    with pytest.raises(CommandError, match=re.escape(words)) as refusal:
        run("issue_api_key", *arguments)
    assert refusal.value.returncode == 1
    assert not ApiKey.objects.exists()


def test_a_team_is_made_of_people_who_exist() -> None:
    alice, bob = (people.create_user(f"{name}@example.org", now=NOW) for name in ("alice", "bob"))
    members = ["--member", "alice@example.org", "--member", "BOB@example.org"]
    assert run("add_team", "web", "--name", "Web people", *members) == "web: 2 members\n"
    team = Team.objects.get()
    assert (team.slug, team.name, set(team.members.all())) == ("web", "Web people", {alice, bob})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["web", "--member", "nobody@example.org"], "Nobody has the address nobody@example.org; no team was made."),
        (["Two Words"], "is no slug"),
        (["taken"], "Another team has this slug."),
    ],
)
def test_a_team_that_cannot_be_made_says_why(arguments: list[str], words: str) -> None:
    people.add_team("taken")
    with pytest.raises(CommandError, match=re.escape(words)):
        run("add_team", *arguments)
    assert Team.objects.count() == 1
