from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from base.errors import Conflict, Invalid
from oncall.models import Team, User
from oncall.services import people

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)


def test_a_new_person_can_be_reached_by_mail_at_once_for_both_importances() -> None:
    alice = people.create_user("alice@example.org", now=NOW, name="Alice", time_zone="Europe/Paris")
    contact = alice.contact_methods.get()
    assert (contact.kind, contact.address, contact.verified_at) == ("email", "alice@example.org", NOW)
    rules = alice.notification_rules.values_list("important", "position", "kind", "delay")
    assert list(rules) == [(False, 0, "notify_by_email", None), (True, 0, "notify_by_email", None)]
    assert (alice.role, alice.time_zone, alice.has_usable_password()) == ("editor", "Europe/Paris", False)


def test_an_address_that_nobody_vouched_for_is_not_verified() -> None:
    alice = people.create_user("alice@example.org", now=NOW, verified=False, password="correct horse")
    assert alice.contact_methods.get().verified_at is None
    assert alice.check_password("correct horse")


def test_usernames_are_made_of_the_address_and_stay_unique() -> None:
    made = [people.create_user(f"Alice@{host}.org", now=NOW).username for host in ("a", "b", "c")]
    assert made == ["alice", "alice-2", "alice-3"]
    assert people.create_user("alice-2@example.org", now=NOW).username == "alice-2-2"


@pytest.mark.parametrize(("email", "wanted"), [("ALICE@example.org", {}), ("other@example.org", {"username": "Alice"})])
def test_address_and_username_belong_to_one_person(email: str, wanted: dict[str, Any]) -> None:
    people.create_user("alice@example.org", now=NOW)
    with pytest.raises(Conflict, match="Somebody has this"):
        people.create_user(email, now=NOW, **wanted)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"email": "alice"}, "email"),
        ({"role": "boss"}, "role"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"username": "  "}, "username"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(wanted: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        people.create_user(**{"email": "alice@example.org", "now": NOW, **wanted})
    assert refusal.value.field == field
    assert not User.objects.exists()


def test_a_team_is_called_by_its_slug_until_it_gets_a_name() -> None:
    alice = people.create_user("alice@example.org", now=NOW)
    team = people.add_team(" API-Operations ", members=[alice])
    assert (team.slug, team.name, list(team.members.all())) == ("api-operations", "api-operations", [alice])
    assert people.add_team("web", name="Web people").name == "Web people"


@pytest.mark.parametrize("slug", ["", "two words", "-x", "x-", "a--b", "ä", "x" * 101])
def test_a_slug_fits_into_an_address(slug: str) -> None:
    with pytest.raises(Invalid):
        people.add_team(slug)


def test_slug_and_name_belong_to_one_team() -> None:
    people.add_team("web", name="Web people")
    with pytest.raises(Conflict, match="slug"):
        people.add_team("web", name="Other")
    with pytest.raises(Conflict, match="name"):
        people.add_team("other", name="Web people")
    assert Team.objects.count() == 1
