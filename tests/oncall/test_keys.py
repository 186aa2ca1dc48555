from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oncall.models import ApiKey, User
from oncall.services import keys, people

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)


@pytest.fixture
def alice() -> User:
    return people.create_user("alice@example.org", now=NOW)


def test_a_key_is_64_hex_digits_of_which_only_a_digest_and_the_first_eight_are_kept(alice: User) -> None:
    key, token = keys.issue_key(alice, name="terraform", now=NOW)
    assert re.fullmatch("[0-9a-f]{64}", token)
    row = ApiKey.objects.values().get(pk=key.pk)
    assert token not in map(str, row.values())
    assert (row["prefix"], row["name"], row["created_at"], row["last_used_at"]) == (token[:8], "terraform", NOW, None)


def test_a_key_opens_with_one_query_that_brings_its_user(alice: User, django_assert_num_queries: Any) -> None:
    _, token = keys.issue_key(alice, now=NOW)
    keys.find_key(token, now=NOW)
    with django_assert_num_queries(1):
        found = keys.find_key(token, now=NOW + timedelta(seconds=59))
        assert found
        assert found.user == alice


def test_the_last_use_is_recorded_at_most_once_a_minute(alice: User) -> None:
    key, token = keys.issue_key(alice, now=NOW)
    for seconds, recorded in [(0, 0), (59, 0), (60, 60), (61, 60), (180, 180)]:
        keys.find_key(token, now=NOW + timedelta(seconds=seconds))
        key.refresh_from_db()
        assert key.last_used_at == NOW + timedelta(seconds=recorded)


@pytest.mark.parametrize("token", ["", "0" * 64, "\ud800", "é"])
def test_a_token_that_was_never_issued_opens_nothing(alice: User, token: str) -> None:
    keys.issue_key(alice, now=NOW)
    assert keys.find_key(token, now=NOW) is None


def test_a_revoked_key_opens_nothing_and_is_revoked_once(alice: User) -> None:
    key, token = keys.issue_key(alice, now=NOW)
    assert keys.revoke(key, now=NOW)
    assert not keys.revoke(key, now=NOW + timedelta(hours=1))
    assert key.revoked_at == NOW
    assert keys.find_key(token, now=NOW) is None


def test_the_lookup_uses_the_unique_index(alice: User) -> None:
    plan = ApiKey.objects.filter(digest="x", revoked_at=None).explain()
    assert "digest" in plan
    assert "SCAN" not in plan
