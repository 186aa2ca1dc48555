from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from base.errors import Invalid, NotFound
from oncall.models import EscalationChain, EscalationPolicy, User
from oncall.services import chains, ordering, people, policies, rules

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)


@pytest.fixture
def chain() -> EscalationChain:
    return chains.create_chain("primary")


@pytest.fixture
def alice() -> User:
    return people.create_user("alice@example.org", now=NOW)


def add(chain: EscalationChain, **arguments: Any) -> EscalationPolicy:
    return policies.create_policy(chain, **{"type": "resolve", "values": {}, **arguments})


def places(chain: EscalationChain, *steps: EscalationPolicy) -> list[int]:
    found = dict(chain.policies.values_list("pk", "position"))
    return [found[step.pk] for step in steps]


def test_every_type_says_what_belongs_to_it() -> None:
    assert set(policies.OWN_FIELDS) == {"", *EscalationPolicy.Type.values}


def test_a_policy_keeps_only_what_belongs_to_its_type(chain: EscalationChain, alice: User) -> None:
    values = {"delay": timedelta(minutes=1), "important": True, "persons": [alice], "severity": "high"}
    wait = add(chain, type="wait", values=values)
    assert (wait.delay, wait.important, wait.persons.count(), wait.severity) == (timedelta(minutes=1), False, 0, None)
    group = add(chain, type="notify_persons", values=values)
    assert (group.delay, group.important, list(group.persons.all())) == (None, True, [alice])


def test_a_whole_row_of_steps_moves_past_each_other_under_the_unique_constraint(chain: EscalationChain) -> None:
    a, b, c, d = [add(chain) for _ in range(4)]
    policies.update_policy(a, values={}, position=3)
    assert places(chain, a, b, c, d) == [3, 0, 1, 2]
    policies.update_policy(a, values={}, position=0)
    assert places(chain, a, b, c, d) == [0, 1, 2, 3]
    policies.update_policy(a, values={}, position=3, manual_order=True)
    assert places(chain, a, b, c, d) == [3, 1, 2, 0]


def test_the_constraint_stands_behind_the_service(chain: EscalationChain) -> None:
    add(chain)
    with pytest.raises(IntegrityError), transaction.atomic():
        EscalationPolicy.objects.create(chain=chain, type="resolve", position=0)


def test_chains_are_ordered_each_by_itself(chain: EscalationChain) -> None:
    other = chains.create_chain("other")
    ours, theirs = add(chain), add(other)
    add(other, position=0)
    assert (places(chain, ours), places(other, theirs)) == ([0], [1])


def test_a_refused_position_leaves_everything_as_it_was(chain: EscalationChain, alice: User) -> None:
    step = add(chain, type="notify_persons", values={"persons": [alice]})
    with pytest.raises(Invalid):
        policies.update_policy(step, type="resolve", values={}, position=-2)
    step.refresh_from_db()
    assert (step.type, list(step.persons.all())) == ("notify_persons", [alice])
    with pytest.raises(Invalid):
        add(chain, position=-2)
    assert chain.policies.count() == 1


def test_the_cursor_of_a_round_robin_survives_edits_but_not_another_type(chain: EscalationChain, alice: User) -> None:
    step = add(chain, type="notify_person_next_each_time", values={"persons": [alice]})
    EscalationPolicy.objects.filter(pk=step.pk).update(last_notified=alice)
    step = policies.update_policy(step, values={"important": True}, position=5)
    assert (step.last_notified, step.position) == (alice, 5)
    step = policies.update_policy(step, type="notify_persons", values={})
    step.refresh_from_db()
    assert (step.last_notified, step.persons.count()) == (None, 0)


def test_a_step_that_somebody_deleted_meanwhile_is_not_found(chain: EscalationChain) -> None:
    step, again = add(chain), add(chain)
    EscalationPolicy.objects.filter(pk=step.pk).delete()
    with pytest.raises(NotFound):
        policies.update_policy(step, values={})
    EscalationChain.objects.all().delete()
    with pytest.raises(NotFound):
        policies.update_policy(again, values={})
    with pytest.raises(NotFound):
        add(chain)


def test_moving_a_long_list_costs_no_more_queries_than_a_short_one(
    chain: EscalationChain, django_assert_num_queries: Any
) -> None:
    EscalationPolicy.objects.bulk_create(
        EscalationPolicy(chain=chain, type="resolve", position=position) for position in range(200)
    )
    last = chain.policies.get(position=199)
    with django_assert_num_queries(3):
        assert ordering.move(chain.policies.all(), last.pk, 0) == 0
    assert sorted(chain.policies.values_list("position", flat=True)) == list(range(200))


def test_notification_rules_are_ordered_per_person_and_importance(alice: User) -> None:
    wait = rules.create_rule(alice, kind="wait", position=0)
    important = rules.create_rule(alice, kind="wait", important=True, delay=timedelta(minutes=1))
    found = alice.notification_rules.values_list("important", "position", "kind", "delay")
    assert list(found) == [
        (False, 0, "wait", timedelta(minutes=5)),
        (False, 1, "notify_by_email", None),
        (True, 0, "notify_by_email", None),
        (True, 1, "wait", timedelta(minutes=1)),
    ]
    rules.update_rule(important, position=0)
    assert rules.update_rule(wait, kind="notify_by_sms").delay is None
    rules.delete_rule(wait)
    left = alice.notification_rules.values_list("important", "position", "kind")
    assert list(left) == [(False, 1, "notify_by_email"), (True, 0, "wait"), (True, 1, "notify_by_email")]
