"""Twenty at once, on a database with row locks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from alerts.models import Alert, Assignment, LogEntry
from tests.conftest import World
from tests.dialects.pagertree.conftest import Api
from tests.races.threads import together

pytestmark = pytest.mark.race


@pytest.fixture
def crowd(row_locks: None, world: World) -> Callable[[str, Any], list[Any]]:
    """Send the same request twenty times at once, each by one of three people."""
    people = [Api(world, user) for user in (world.alice, world.bob, world.carol)]

    def send(path: str, body: Any, same: bool = False) -> list[Any]:
        def one(api: Api) -> Any:
            headers = {"Authorization": api.key}
            answer = Client().post(path, body, content_type="application/json", headers=headers)
            return answer.status_code, answer.json()

        with time_machine.travel(world.now, tick=False):
            return together(*[lambda api=people[0 if same else n % 3]: one(api) for n in range(20)])

    return send


def test_of_twenty_acknowledgements_one_wins(crowd: Callable[..., Any], alice: Api, ops: str) -> None:
    made = alice.create(ops)
    answers = crowd(f"/alert/{made['id']}/acknowledge", {})
    assert Counter(status for status, _ in answers) == {200: 1, 409: 19}
    winner = next(body for status, body in answers if status == 200)
    assert alice.get(f"/alert/{made['id']}") == winner
    assert LogEntry.objects.filter(kind="acknowledged").count() == 1


def test_of_twenty_creations_with_one_thirdparty_id_one_alert_comes(
    crowd: Callable[..., Any], alice: Api, ops: str
) -> None:
    body = {"title": "Disk", "destination_ids": [ops], "thirdparty_id": "disk"}
    answers = crowd("/alert", body, same=True)
    assert {status for status, _ in answers} == {200}
    assert len({body["id"] for _, body in answers}) == 1
    assert Alert.objects.get().meta == {"dedup_count": 19}
    assert Assignment.objects.count() == 1


def test_twenty_hand_offs_are_all_in_the_history(crowd: Callable[..., Any], alice: Api, ops: str) -> None:
    made = alice.create(ops)
    answers = crowd(f"/alert/{made['id']}/handoff", {"to": alice.id})
    assert {status for status, _ in answers} == {200}
    shown = alice.get(f"/alert/{made['id']}")
    assert len(shown["handoffs"]) == 20
    assert Assignment.objects.filter(answer="").count() == 1
