"""The plan for one person, decided without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall.models import ContactMethod, NotificationRule
from paging import reach

AT = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
Kind = NotificationRule.Kind
MAIL = {"email": "email"}


def rule(kind: str, *, minutes: int | None = None, important: bool = False) -> NotificationRule:
    return NotificationRule(kind=kind, important=important, delay=minutes and timedelta(minutes=minutes))


def method(address: str, *, kind: str = "email", verified: bool = True) -> ContactMethod:
    return ContactMethod(kind=kind, address=address, verified_at=AT if verified else None)


def plan(rules: list[NotificationRule], methods: list[ContactMethod], *, important: bool = False) -> reach.Reach:
    return reach.plan("Alice", rules=rules, methods=methods, channels=MAIL, important=important)


def told(found: reach.Reach) -> list[tuple[float, str]]:
    return [(message.offset.total_seconds() / 60, message.address) for message in found.planned]


def said(found: reach.Reach) -> list[tuple[str, str]]:
    return [(finding.kind, finding.text) for finding in found.findings]


def test_waits_add_up_and_the_last_one_counts_for_the_end() -> None:
    rules = [rule(Kind.EMAIL), rule(Kind.WAIT, minutes=5), rule(Kind.EMAIL), rule(Kind.WAIT, minutes=10)]
    found = plan(rules, [method("a@x.org")])
    assert told(found) == [(0, "a@x.org"), (5, "a@x.org")]
    assert found.ends == timedelta(minutes=15)
    assert said(found) == []


def test_a_wait_without_a_length_lasts_five_minutes() -> None:
    found = plan([rule(Kind.WAIT), rule(Kind.EMAIL)], [method("a@x.org")])
    assert told(found) == [(5, "a@x.org")]


def test_important_alerts_use_the_important_rules() -> None:
    rules = [rule(Kind.WAIT, minutes=5), rule(Kind.EMAIL), rule(Kind.EMAIL, important=True)]
    assert told(plan(rules, [method("a@x.org")], important=True)) == [(0, "a@x.org")]
    assert told(plan(rules, [method("a@x.org")])) == [(5, "a@x.org")]


@pytest.mark.parametrize("important", [True, False])
def test_an_empty_set_falls_back_to_the_other_and_that_is_said(important: bool) -> None:
    found = plan([rule(Kind.EMAIL, important=not important)], [method("a@x.org")], important=important)
    words = ("important", "default") if important else ("default", "important")
    assert told(found) == [(0, "a@x.org")]
    assert said(found) == [("fell_back", f"Alice has no {words[0]} notification rules: the {words[1]} ones are used.")]


def test_without_any_rule_every_verified_address_is_used_at_once() -> None:
    found = plan([], [method("a@x.org"), method("b@x.org"), method("c@x.org", verified=False)])
    assert told(found) == [(0, "a@x.org"), (0, "b@x.org")]
    assert said(found) == [
        ("fell_back", "Alice has no notification rules: every verified contact method is used at once.")
    ]


def test_a_set_of_waits_alone_counts_as_empty() -> None:
    assert told(plan([rule(Kind.WAIT, minutes=5)], [method("a@x.org")])) == [(0, "a@x.org")]


def test_a_channel_that_does_not_exist_is_replaced_at_the_same_moment() -> None:
    found = plan([rule(Kind.WAIT, minutes=5), rule(Kind.SMS)], [method("a@x.org")])
    assert told(found) == [(5, "a@x.org")]
    assert said(found) == [("fell_back", "Alice cannot be reached by SMS: email is used instead.")]


def test_a_replacement_is_not_told_twice_at_the_same_moment() -> None:
    assert told(plan([rule(Kind.EMAIL), rule(Kind.SMS)], [method("a@x.org")])) == [(0, "a@x.org")]
    two = [method("a@x.org"), method("b@x.org")]
    assert told(plan([rule(Kind.EMAIL), rule(Kind.SMS)], two)) == [(0, "a@x.org"), (0, "b@x.org")]


def test_nobody_is_reached_by_an_unverified_address() -> None:
    found = plan([rule(Kind.EMAIL)], [method("a@x.org", verified=False), method("+49", kind="phone")])
    assert told(found) == []
    assert said(found) == [("unreachable", "Alice has no verified contact method.")]


@given(
    kinds=st.lists(st.sampled_from(list(Kind.values)), max_size=6),
    important=st.booleans(),
    addresses=st.integers(0, 3),
)
def test_nobody_is_ever_skipped_in_silence(kinds: list[str], important: bool, addresses: int) -> None:
    found = plan([rule(kind) for kind in kinds], [method(f"{n}@x.org") for n in range(addresses)], important=important)
    assert bool(found.planned) == (addresses > 0)
    assert found.planned or said(found)
    assert len(set(found.planned)) == len(found.planned)
