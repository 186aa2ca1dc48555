from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from oncall.models import ContactMethod, Organization, User, UserGroup
from oncall.services import people
from tests.dialects.oncall.conftest import NOW, Api, envelope


def test_a_person_is_answered_whole(api: Api, admin: User) -> None:
    alice = people.create_user("alice@example.org", now=NOW, role="viewer", time_zone="Asia/Kolkata")
    team = people.add_team("web", members=[alice])
    expected = {
        "id": f"U{alice.public_id}",
        "grafana_id": alice.pk,
        "email": "alice@example.org",
        "slack": None,
        "username": "alice",
        "role": "viewer",
        "is_phone_number_verified": False,
        "timezone": "Asia/Kolkata",
        "teams": [f"T{team.public_id}"],
    }
    assert api.get(f"users/U{alice.public_id}/") == expected
    assert api.get("users?username=alice") == envelope(expected, size=100)


def test_a_phone_counts_once_it_is_verified(api: Api, admin: User) -> None:
    phone = ContactMethod.objects.create(user=admin, kind="phone", address="+4915112345678")
    assert api.get("users/current")["is_phone_number_verified"] is False
    phone.verified_at = NOW
    phone.save(update_fields=["verified_at"])
    assert api.get("users/current")["is_phone_number_verified"] is True


@pytest.mark.parametrize("path", ["users/current", "users/current/"])
def test_current_is_the_person_of_the_key(editor_api: Api, path: str) -> None:
    assert editor_api.get(path)["email"] == "editor@example.org"


def test_a_short_list_drops_what_costs_most(api: Api, admin: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        listed = api.get("users?short=true")
    assert listed["results"] == [
        {
            "id": f"U{admin.public_id}",
            "grafana_id": admin.pk,
            "email": "root@example.org",
            "username": "root",
            "role": "admin",
            "is_phone_number_verified": False,
        }
    ]
    assert "teams" in api.get("users?short=false")["results"][0]
    assert "teams" in api.get(f"users/U{admin.public_id}?short=true")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["root", "alice", "bob"]),
        ("username=ALICE", ["alice"]),
        ("username=ali", []),
        ("email=Bob@Example.org", ["bob"]),
        ("email=nobody@example.org", []),
        ("roles=0", ["root"]),
        ("roles=1&roles=2", ["alice", "bob"]),
        ("roles=3", []),
    ],
)
def test_people_are_found_by_name_address_and_role(
    api: Api, person: Callable[..., User], query: str, names: list[str]
) -> None:
    person("alice", "editor")
    person("bob", "viewer")
    assert [row["username"] for row in api.get(f"users?{query}")["results"]] == names


def test_an_unknown_role_is_refused(api: Api) -> None:
    assert api.refused("GET", "users?roles=9") == {
        "roles": ["Select a valid choice. 9 is not one of the available choices."]
    }


def test_who_left_is_not_listed_and_not_found(api: Api, person: Callable[..., User]) -> None:
    bob = person("bob")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert api.get("users")["count"] == 1
    assert api("GET", f"users/U{bob.public_id}").status == 404


def test_a_team_is_answered_and_found_by_its_exact_name(api: Api) -> None:
    team = people.add_team("web", name="Web people")
    people.add_team("api")
    expected = {
        "id": f"T{team.public_id}",
        "grafana_id": team.pk,
        "name": "Web people",
        "email": None,
        "avatar_url": "",
    }
    assert api.get(f"teams/T{team.public_id}") == expected
    assert api.get("teams?name=Web%20people") == envelope(expected)
    assert api.get("teams?name=web%20people") == envelope()
    assert [row["name"] for row in api.get("teams/")["results"]] == ["Web people", "api"]


def test_a_user_group_is_found_by_its_handle_and_has_no_address_of_its_own(api: Api) -> None:
    group = UserGroup.objects.create(name="Operations", handle="ops")
    public_id = f"G{group.public_id}"
    expected = {
        "id": public_id,
        "type": "slack_based",
        "slack": {"id": public_id, "name": "Operations", "handle": "ops"},
    }
    assert api.get("user_groups?slack_handle=ops") == envelope(expected)
    assert api.get("user_groups?slack_handle=op") == envelope()
    assert api("GET", f"user_groups/{public_id}").status == 404


def test_there_is_one_organization(api: Api) -> None:
    expected = {"id": f"O{Organization.load().public_id}"}
    assert api.get("organizations") == envelope(expected, size=25)
    assert api.get(f"organizations/{expected['id']}/") == expected
    assert api("GET", "organizations/OELSEWHERE12").status == 404
