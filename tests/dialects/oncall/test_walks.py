"""Long lists: pages followed by keys, counts that may be a second old."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oncall.api import walks
from oncall.models import EscalationChain, EscalationPolicy
from tests.dialects.oncall.conftest import Api


@pytest.fixture(autouse=True)
def nobody_read_before() -> Iterator[None]:
    walks._begins.clear()
    walks._counts.clear()
    yield
    walks._begins.clear()
    walks._counts.clear()


@pytest.fixture
def chain(db: None) -> EscalationChain:
    chain = EscalationChain.objects.create(name="long")
    EscalationPolicy.objects.bulk_create(EscalationPolicy(chain=chain, position=n, type="wait") for n in range(30))
    return chain


def positions(api: Api, page: int, query: str = "") -> list[int]:
    body = api.get(f"escalation_policies?perpage=3&page={page}{query}")
    assert body["current_page_number"] == page
    return [each["position"] for each in body["results"]]


def test_every_page_is_the_same_walked_in_order_and_jumped_to(api: Api, chain: EscalationChain) -> None:
    walked = [positions(api, page) for page in range(1, 11)]
    walks._begins.clear()
    assert walked == [[3 * page, 3 * page + 1, 3 * page + 2] for page in range(10)]
    assert [positions(api, page) for page in (9, 6, 10, 2)] == [walked[8], walked[5], walked[9], walked[1]]


def test_a_walked_page_is_asked_for_without_an_offset(api: Api, chain: EscalationChain) -> None:
    positions(api, 6)
    with CaptureQueriesContext(connection) as queries:
        positions(api, 7)
    assert not any("OFFSET" in query["sql"] for query in queries)


def test_what_is_inserted_in_front_meanwhile_shifts_no_page_of_a_walk(api: Api, chain: EscalationChain) -> None:
    assert positions(api, 6) == [15, 16, 17]
    EscalationPolicy.objects.create(chain=chain, position=-1, type="wait")
    assert positions(api, 7) == [18, 19, 20]


def test_each_reader_and_each_filter_walks_alone(api: Api, editor_api: Api, chain: EscalationChain) -> None:
    other = EscalationChain.objects.create(name="other")
    EscalationPolicy.objects.bulk_create(EscalationPolicy(chain=other, position=n, type="wait") for n in range(30))
    positions(api, 6)
    assert walks._begins
    EscalationPolicy.objects.create(chain=chain, position=-1, type="wait")
    assert positions(editor_api, 7) == [17, 18, 19]
    assert positions(api, 7, f"&escalation_chain_id=F{other.public_id}") == [18, 19, 20]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walks, "REMEMBERED", 2)
    for page in range(5, 9):
        walks.remember(("reader",), page, (page,))
    assert [walks.beginning(("reader",), page) for page in range(5, 9)] == [None, None, (7,), (8,)]


def test_a_beginning_is_forgotten_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    walks.remember(("reader",), 5, (1,))
    now += 59.9
    assert walks.beginning(("reader",), 5) == (1,)
    now += 0.1
    assert walks.beginning(("reader",), 5) is None


def test_few_rows_are_counted_each_time_and_many_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    class Rows:
        model, asked = Api, 0

        def __init__(self, number: int) -> None:
            self.number = number

        def order_by(self) -> Rows:
            return self

        def count(self) -> int:
            Rows.asked += 1
            return self.number

    now = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    few: Any = Rows(9_999)
    many: Any = Rows(10_000)
    assert [walks.count(few, filtered=False) for _ in range(2)] == [9_999, 9_999]
    assert [walks.count(many, filtered=False) for _ in range(2)] == [10_000, 10_000]
    assert Rows.asked == 3
    assert walks.count(many, filtered=True) == 10_000
    now += 1.0
    walks.count(many, filtered=False)
    assert Rows.asked == 5
