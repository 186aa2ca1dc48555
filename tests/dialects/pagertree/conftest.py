from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from oncall.models import Organization, Team, User
from oncall.services import keys
from tests import builders
from tests.conftest import World, m

KEYS = [
    *("sid", "id", "createdAt", "updatedAt", "meta", "tinyId", "parent_id", "thirdparty_id", "destination_ids"),
    *("title", "description", "type", "subtype", "status", "urgency", "d_team_id", "d_user_id", "s_log_id"),
    *("created", "acknowledged", "acknowledgedby", "resolved", "resolvedby", "archived", "archivedby", "livecall"),
    *("source_id", "response_requested", "responses", "responses_recorded", "tags", "additional_data"),
    *("stakeholder_ids", "handoffs"),
]
T0 = int(builders.START.timestamp())


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read."""

    status: int
    body: Any
    headers: Any


class Api:
    """Calls the PagerTree API with one key, at the World's instant."""

    def __init__(self, world: World, user: User) -> None:
        self.world, self.user, self.client = world, user, Client()
        self.row, self.key = keys.issue_key(user, now=world.now)
        # Far ahead: no request records a use, so that query counts are those of every later request.
        type(self.row).objects.filter(pk=self.row.pk).update(last_used_at=world.now + timedelta(days=36_500))
        self.id = f"usr_{user.public_id}"

    def __call__(self, method: str, path: str, body: Any = None) -> Answer:
        return self.send(method, path, b"" if body is None else json.dumps(body).encode())

    def send(
        self, method: str, path: str, raw: bytes, *, content_type: str = "application/json", **headers: str
    ) -> Answer:
        """Send bytes as they are, and these headers instead of the key."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()} or {"Authorization": self.key}
        with time_machine.travel(self.world.now, tick=False):
            answer = self.client.generic(method, path, raw, content_type, headers=sent)
        return Answer(answer.status_code, json.loads(answer.content) if answer.content else None, answer.headers)

    def get(self, path: str) -> Any:
        """Return the body of a GET that must succeed."""
        return self._done(self("GET", path))

    def create(self, *destinations: str, **fields: Any) -> Any:
        """Return a new alert."""
        return self._done(self("POST", "/alert", {"title": "Hello World", "destination_ids": destinations} | fields))

    def put(self, alert: Any, body: Any) -> Any:
        """Return the alert, changed."""
        return self._done(self("PUT", f"/alert/{alert['id']}", body))

    def act(self, verb: str, alert: Any, body: Any = None) -> Any:
        """Return the alert after a verb that must succeed."""
        return self._done(self("POST", f"/alert/{alert['id']}/{verb}", body))

    def _done(self, answer: Answer) -> Any:
        assert answer.status == 200, answer
        return answer.body

    def refused(self, status: int, method: str, path: str, body: Any = None) -> list[str]:
        """Return the messages of an error of that status."""
        return errors_of(self(method, path, body), status)

    def ids(self, query: str) -> list[str]:
        """Return the ids that a list shows."""
        return [row["id"] for row in self.get(f"/alert?{query}")["data"]]


def errors_of(answer: Answer, status: int) -> list[str]:
    """Return the messages of an error, which has exactly the documented shape."""
    assert answer.status == status, answer
    assert list(answer.body) == ["errors"]
    assert answer.body["errors"]
    assert all(list(error) == ["message"] and error["message"] for error in answer.body["errors"])
    return [error["message"] for error in answer.body["errors"]]


@pytest.fixture
def alice(world: World) -> Api:
    return Api(world, world.alice)


@pytest.fixture
def bob(world: World) -> Api:
    return Api(world, world.bob)


@pytest.fixture
def carol(world: World) -> Api:
    return Api(world, world.carol)


@pytest.fixture
def team(world: World) -> Callable[..., str]:
    """Make a team whose chain has these steps; return its id."""

    def make(slug: str, *steps: Any, **fields: Any) -> str:
        row: Team = builders.team(slug, escalation_chain=world.chain(*steps, **fields) if steps else None)
        return f"tem_{row.public_id}"

    return make


@pytest.fixture
def ops(world: World, team: Callable[..., str]) -> str:
    """The team of the specification: Alice for 5 minutes, Bob for 10, Carol for 15."""
    return team("ops", world.alice, m(5), world.bob, m(10), world.carol, m(15))


@pytest.fixture
def sid(db: None) -> str:
    return f"acc_{Organization.load().public_id}"
