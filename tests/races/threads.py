"""Start several workers at the same instant, each with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

JOIN_SECONDS = 30


def together(*workers: Callable[[], Any]) -> list[Any]:
    """Run all workers at once and return their results or exceptions, in order. A deadlock fails the test."""
    barrier = threading.Barrier(len(workers))
    results: list[Any] = [None] * len(workers)

    def run(number: int, worker: Callable[[], Any]) -> None:
        try:
            barrier.wait(JOIN_SECONDS)
            results[number] = worker()
        except Exception as exc:
            results[number] = exc
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(JOIN_SECONDS)
        assert not thread.is_alive(), "a worker hangs"
    return results
