from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from oncall.models import EscalationChain, Schedule, User, UserGroup
from oncall.services import keys, people, policies, shifts, swaps, webhooks

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
FAR = datetime(2130, 1, 7, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read."""

    status: int
    body: Any
    headers: Any


@dataclass(frozen=True, slots=True)
class Api:
    """Calls the OnCall API with one key."""

    key: str
    client: Client

    def __call__(self, method: str, path: str, body: Any = None) -> Answer:
        raw = "" if body is None else json.dumps(body)
        return self.send(method, path, raw, "application/json")

    def send(self, method: str, path: str, raw: str | bytes, content_type: str) -> Answer:
        """Send bytes as they are."""
        headers = {"Authorization": self.key} if self.key else {}
        answer = self.client.generic(method, f"/api/v1/{path}", raw, content_type, headers=headers)
        return Answer(answer.status_code, json.loads(answer.content) if answer.content else None, answer.headers)

    def get(self, path: str) -> Any:
        """Return the body of a GET that must succeed."""
        answer = self("GET", path)
        assert answer.status == 200, answer
        return answer.body

    def post(self, path: str, body: Any) -> Any:
        """Return the body of a POST that must succeed."""
        answer = self("POST", path, body)
        assert answer.status == 201, answer
        return answer.body

    def put(self, path: str, body: Any) -> Any:
        """Return the body of a PUT that must succeed."""
        answer = self("PUT", path, body)
        assert answer.status == 200, answer
        return answer.body

    def refused(self, method: str, path: str, body: Any = None) -> Any:
        """Return the body of a 400."""
        answer = self(method, path, body)
        assert answer.status == 400, answer
        return answer.body


@pytest.fixture(autouse=True)
def public_address(settings: Any) -> None:
    settings.TOCSIN_BASE_URL = "https://tocsin.example.org"


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Make a person."""
    return lambda name, role="editor": people.create_user(f"{name}@example.org", now=NOW, role=role)


@pytest.fixture
def call_as() -> Callable[[User], Api]:
    """Return a caller for a person, whose key was used just now."""

    def make(user: User) -> Api:
        key, token = keys.issue_key(user, now=NOW)
        # Far ahead: no request of a test records a use, so that query counts are those of every later request.
        type(key).objects.filter(pk=key.pk).update(last_used_at=NOW + timedelta(days=36_500))
        return Api(token, Client())

    return make


@pytest.fixture
def admin(person: Callable[..., User]) -> User:
    return person("root", "admin")


@pytest.fixture
def api(admin: User, call_as: Callable[[User], Api]) -> Api:
    """Call as an admin."""
    return call_as(admin)


@pytest.fixture
def editor_api(person: Callable[..., User], call_as: Callable[[User], Api]) -> Api:
    return call_as(person("editor", "editor"))


@pytest.fixture
def viewer_api(person: Callable[..., User], call_as: Callable[[User], Api]) -> Api:
    return call_as(person("viewer", "viewer"))


def envelope(*results: Any, size: int = 50) -> dict[str, Any]:
    """Return a list that fits on one page."""
    return {
        "count": len(results),
        "next": None,
        "previous": None,
        "results": list(results),
        "current_page_number": 1,
        "page_size": size,
        "total_pages": 1,
    }


@pytest.fixture
def plans(person: Callable[..., User]) -> Callable[[int], None]:
    """Make so many more of everything, each pointing at others."""

    def make(count: int) -> None:
        for _ in range(count):
            number = User.objects.count()
            users = [person(f"p{number}x{each}") for each in range(3)]
            team = people.add_team(f"team{number}", members=users)
            chain = EscalationChain.objects.create(name=f"chain {number}", team=team)
            group = UserGroup.objects.create(name=f"group {number}", handle=f"group{number}")
            schedule = Schedule.objects.create(name=f"schedule {number}", type="calendar")
            policies.create_policy(chain, type="notify_persons", values={"persons": users})
            policies.create_policy(chain, type="notify_team_members", values={"team": team})
            policies.create_policy(chain, type="notify_user_group", values={"user_group": group})
            policies.create_policy(chain, type="notify_on_call_from_schedule", values={"schedule": schedule})
            shifts.create_shift(
                {
                    "type": "rolling_users",
                    "name": f"rota {number}",
                    "start": datetime(2024, 1, 1),  # noqa: DTZ001  wall-clock time
                    "duration": timedelta(days=1),
                    "frequency": "daily",
                    "start_index": 0,
                    "rolling_users": [[user] for user in users],
                }
            ).schedules.add(schedule)
            swaps.request_swap(schedule, users[0], starts_at=FAR, ends_at=FAR + timedelta(days=1), now=NOW)
            hook = webhooks.create_webhook({"name": f"hook {number}", "url": "https://example.org/", "team": team})
            policies.create_policy(chain, type="trigger_webhook", values={"webhook": hook})

    return make
