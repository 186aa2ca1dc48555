"""Several workers come for one request at once, on a database with row locks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alerts.models import Alert, Assignment
from paging import pages
from paging.models import Page
from tests.conftest import World
from tests.dialects.hotpot.conftest import Api
from tests.races.threads import together

pytestmark = pytest.mark.race


@pytest.mark.parametrize("workers", [2, 8])
def test_a_task_and_the_clock_at_once_page_once(
    row_locks: None, api: Api, world: World, queued: Callable[[], int], workers: int
) -> None:
    for _ in range(5):
        api.queue("person", title="a", text="b", recipient="bob@example.org")
    pks = list(Page.objects.values_list("pk", flat=True))

    def task() -> None:
        for pk in pks:
            pages.process(pk, now=world.now)

    def clock() -> None:
        pages.process_due(world.now + pages.LOST_AFTER)

    assert set(together(*[task, clock] * (workers // 2))) == {None}
    while pages.process_due(world.now + pages.LOST_AFTER):
        pass
    assert not Page.objects.exclude(outcome="accepted").exists()
    assert (Alert.objects.count(), Assignment.objects.count(), queued()) == (5, 5, 5)
