"""How many rows a tick takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from base.batches import BatchSize


@pytest.fixture
def batch() -> BatchSize:
    return BatchSize(target=timedelta(milliseconds=50), most=200, least=8)


def work(batch: BatchSize, monkeypatch: pytest.MonkeyPatch, *, rows: int, milliseconds: float) -> int:
    """Do so many rows in so much time and return how many the next tick may do."""
    instants: Iterator[float] = iter([0.0, milliseconds / 1000])
    monkeypatch.setattr("base.batches.perf_counter", lambda: next(instants))
    with batch.measured() as limit:
        batch.did(min(rows, limit))
    return batch.limit


def test_a_slow_machine_takes_fewer_rows_but_never_fewer_than_the_least(
    batch: BatchSize, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = [work(batch, monkeypatch, rows=500, milliseconds=1000) for _ in range(10)]
    assert limits == sorted(limits, reverse=True)
    assert limits[-1] == 8


def test_a_fast_machine_takes_more_rows_up_to_the_most(batch: BatchSize, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = [work(batch, monkeypatch, rows=500, milliseconds=1) for _ in range(10)]
    assert limits == sorted(limits)
    assert limits[-1] == 200


def test_a_quiet_tick_teaches_nothing(batch: BatchSize, monkeypatch: pytest.MonkeyPatch) -> None:
    before = batch.limit
    assert work(batch, monkeypatch, rows=1, milliseconds=3) == before
