from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction

from oncall import positions
from oncall.models import EscalationChain, EscalationPolicy
from oncall.services import chains, policies

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def together(*calls: Callable[[], Any]) -> list[BaseException]:
    """Run all at the same instant; return what they raised."""
    start = threading.Barrier(len(calls))
    raised: list[BaseException] = []

    def run(call: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            call()
        except Exception as exc:
            raised.append(exc)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads), "deadlock"
    return raised


def adder(chain: EscalationChain, name: str, **arguments: Any) -> Callable[[], EscalationPolicy]:
    values = {"severity": name}
    return lambda: policies.create_policy(chain, type="declare_incident", values=values, **arguments)


def steps(chain: EscalationChain) -> dict[str | None, int]:
    return dict(chain.policies.values_list("severity", "position"))


def test_policies_added_at_once_in_manual_order_end_where_each_was_told_to(row_locks: None) -> None:
    for attempt in range(5):
        chain = chains.create_chain(f"chain {attempt}")
        wanted = {f"step {number}": number for number in range(8)}
        calls = [adder(chain, name, position=position, manual_order=True) for name, position in wanted.items()]
        assert together(*calls) == []
        assert steps(chain) == wanted


def test_policies_added_at_once_at_the_head_end_at_distinct_positions(row_locks: None) -> None:
    chain = chains.create_chain("chain")
    assert together(*[adder(chain, str(number), position=0) for number in range(8)]) == []
    assert sorted(steps(chain).values()) == list(range(8))


def test_policies_moved_at_once_stay_distinct(row_locks: None) -> None:
    chain = chains.create_chain("chain")
    rows = [adder(chain, str(number))() for number in range(6)]
    calls = [
        lambda row=row, to=to: policies.update_policy(row, values={}, position=to, manual_order=True)
        for row, to in zip(rows, [5, 4, 3, 2, 1, 0], strict=True)
    ]
    assert together(*calls) == []
    assert sorted(steps(chain).values()) == list(range(6))


def test_a_policy_is_added_while_another_chain_is_being_edited(row_locks: None) -> None:
    chain, other = chains.create_chain("chain"), chains.create_chain("other")
    with transaction.atomic():
        EscalationChain.objects.select_for_update().get(pk=chain.pk)
        assert together(adder(other, "x")) == []
    assert steps(other) == {"x": 0}


def test_without_the_lock_two_editors_do_collide(row_locks: None) -> None:
    chain = chains.create_chain("chain")
    both_read = threading.Barrier(2)

    def naive() -> None:
        position, _ = positions.insert(dict(chain.policies.values_list("pk", "position")), None)
        both_read.wait(10)
        EscalationPolicy.objects.create(chain=chain, type="resolve", position=position)

    raised = together(naive, naive)
    assert [type(each) for each in raised] == [IntegrityError]
