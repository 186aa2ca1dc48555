from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from oncall.models import User
from tests.dialects.oncall.conftest import NOW, Answer, Api


@pytest.fixture(autouse=True)
def limit(settings: Any) -> Iterator[None]:
    settings.TOCSIN_API_LIMIT = 4
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def call(time_machine: Any) -> Callable[[Api, float], Answer]:
    """Call the API so many seconds after nine."""

    def make(api: Api, seconds: float) -> Answer:
        time_machine.move_to(NOW + timedelta(seconds=seconds), tick=False)
        return api("GET", "teams")

    return make


def throttled(answer: Answer, seconds: int) -> bool:
    text = f"Request was throttled. Expected available in {seconds} second{'s' if seconds > 1 else ''}."
    headers = (answer.headers["Retry-After"], answer.headers["RateLimit-Reset"])
    return (answer.status, answer.body, headers) == (429, {"detail": text}, (str(seconds), str(seconds)))


def test_over_the_limit_a_person_waits_as_long_as_they_are_told(api: Api, call: Any) -> None:
    assert [call(api, second).status for second in (50, 51, 52, 53)] == [200] * 4
    # Of the four of the first minute, less than one must count: 45 s into the second minute.
    assert throttled(call(api, 53), 7)
    assert throttled(call(api, 59.5), 1)
    assert [call(api, second).status for second in (61, 62)] == [200, 429]
    assert [call(api, second).status for second in (76, 77, 91)] == [200, 429, 200]


def test_what_was_refused_does_not_count(api: Api, call: Any) -> None:
    for second in range(5):
        call(api, second)
    assert throttled(call(api, 30), 30)
    assert throttled(call(api, 31), 29)
    assert call(api, 61).status == 200


def test_all_keys_of_a_person_share_and_people_do_not(
    api: Api, admin: User, editor_api: Api, call_as: Callable[[User], Api], call: Any
) -> None:
    other = call_as(admin)
    assert [call(each, 1).status for each in (api, other, api, other, api, other)] == [200] * 4 + [429] * 2
    assert call(editor_api, 1).status == 200


def test_no_limit_is_the_default(api: Api, call: Any, settings: Any) -> None:
    settings.TOCSIN_API_LIMIT = 0
    assert {call(api, 1).status for _ in range(10)} == {200}


def test_a_success_says_nothing_of_limits(api: Api, call: Any) -> None:
    headers = call(api, 1).headers
    assert "Retry-After" not in headers
    assert "RateLimit-Reset" not in headers
