"""What people type to say where they are reached."""

from __future__ import annotations

import pytest

from base.errors import Conflict, Invalid
from oncall.addresses import Address, read
from oncall.services import contacts
from tests import builders

DISCORD = "https://discord.com/api/webhooks/123456789012345678/abcDEFghijklmnopqrstuvwxABCDEF"
TEAMS = "https://prod-1.westus.logic.azure.com:443/workflows/643e69/triggers/manual/paths/invoke?sig=KODuebWbDG"


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("email", "alice@example.org"),
        ("slack", "U012ABCDEF"),
        ("telegram", "123456789"),
        ("mattermost", "@alice.b"),
        ("mattermost", "a1" * 13),
    ],
)
def test_a_plain_address_is_shown_as_it_is(kind: str, typed: str) -> None:
    assert read(kind, f" {typed} ") == Address(typed)


@pytest.mark.parametrize(
    ("kind", "typed", "target", "shown"),
    [
        ("discord", DISCORD, DISCORD, "webhook 123456789012345678 ("),
        ("msteams", TEAMS, TEAMS, "workflow ("),
        ("ntfy", "alices-pages", "ntfys://ntfy.sh/alices-pages", "ntfy.sh ("),
        ("ntfy", "http://10.1.2.3:8080/pages", "ntfy://10.1.2.3:8080/pages", "10.1.2.3 ("),
        ("gotify", "https://g.example.org/push/AbCdEfGhIjKlMnO", "gotifys://g.example.org/push/AbCdEfGhIjKlMnO", "g."),
        ("pushover", f"{'u' * 30}@{'t' * 30}", f"pover://{'u' * 30}@{'t' * 30}", "user uuuu… ("),
        ("matrix", "matrixs://tok@m.example.org/!room:example.org", "matrixs://tok@m.example.org/!room:", "m.exam"),
        ("apprise", "rocket://u:secret@host/#room", "rocket://u:secret@host/#room", "rocket ("),
    ],
)
def test_a_secret_address_is_put_aside_and_shown_in_short(kind: str, typed: str, target: str, shown: str) -> None:
    found = read(kind, typed)
    assert found.target.startswith(target)
    assert found.shown.startswith(shown)
    assert found.shown != read(kind, typed[:-1] + ("p" if typed[-1] != "p" else "q")).shown
    for secret in ("abcDEF", "KODueb", "alices", "AbCdEf", "t" * 30, "tok@", "secret"):
        assert secret not in found.shown


@pytest.mark.parametrize(
    ("kind", "typed", "wanted"),
    [
        ("email", "alice", "is not an e-mail address"),
        ("slack", "#general", "Slack member ID"),
        ("slack", "@alice", "Slack member ID"),
        ("telegram", "-100123456", "the number that the bot answers"),
        ("telegram", "@alice", "the number that the bot answers"),
        ("mattermost", "alice", "@username"),
        ("discord", "https://discord.example.org/api/webhooks/1/x", "URL of a Discord webhook"),
        ("msteams", "https://example.org/workflows/x", "URL of a Teams workflow"),
        ("msteams", "http://x.logic.azure.com/workflows/x", "URL of a Teams workflow"),
        ("ntfy", "https://ntfy.sh/a/b", "a topic of ntfy.sh"),
        ("ntfy", "ntfy.sh/topic?x", "a topic of ntfy.sh"),
        ("gotify", "https://gotify.example.org/short", "token of a Gotify application"),
        ("gotify", "https://[::1/AbCdEfGhIjKlMnO", "token of a Gotify application"),
        ("pushover", "u" * 30, "your user key, an @"),
        ("matrix", "https://matrix.org/#room", "matrixs://"),
        ("apprise", "hello", "an Apprise URL"),
        ("apprise", "syslog://localhost", "is refused"),
        ("push", "anything", "registered on the device"),
    ],
)
def test_what_cannot_be_used_is_refused_with_what_is_wanted(kind: str, typed: str, wanted: str) -> None:
    with pytest.raises(Invalid, match=wanted) as caught:
        read(kind, typed)
    assert caught.value.field == "address"


def test_a_refusal_of_a_secret_address_does_not_repeat_it() -> None:
    with pytest.raises(Invalid) as caught:
        read("discord", "https://example.org/secret-token")
    assert "secret-token" not in caught.value.message


@pytest.mark.django_db
def test_an_address_waits_for_proof_and_is_there_once() -> None:
    alice = builders.person("alice")
    made = contacts.add(alice, "ntfy", "alices-pages")
    assert (made.verified_at, made.target) == (None, "ntfys://ntfy.sh/alices-pages")
    with pytest.raises(Conflict, match="already"):
        contacts.add(alice, "ntfy", "https://ntfy.sh/alices-pages")


@pytest.mark.django_db
def test_the_last_verified_address_stays() -> None:
    alice = builders.person("alice")
    made = contacts.add(alice, "slack", "U012ABCDEF")
    with pytest.raises(Conflict, match="last way"):
        contacts.remove(alice.contact_methods.get(kind="email"))
    contacts.remove(made)
    assert [method.kind for method in alice.contact_methods.all()] == ["email"]
