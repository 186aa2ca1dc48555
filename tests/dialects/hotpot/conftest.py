from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django_q.models import OrmQ

from alerts.models import Alert
from oncall.models import User
from oncall.services import keys
from paging import pages
from paging.models import Page
from tests.conftest import World


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read."""

    status: int
    body: Any
    headers: Any


class Api:
    """Calls the Hotpot API with one key, at the World's instant."""

    def __init__(self, world: World, user: User) -> None:
        self.world, self.user, self.client = world, user, Client()
        self.row, self.key = keys.issue_key(user, now=world.now)

    def __call__(self, method: str, path: str, body: Any = None) -> Answer:
        return self.send(method, path, b"" if body is None else json.dumps(body).encode())

    def send(
        self, method: str, path: str, raw: bytes, *, content_type: str = "application/json", **headers: str
    ) -> Answer:
        """Send bytes as they are, and these headers instead of the key."""
        sent = headers or {"Authorization": f"Bearer {self.key}"}
        answer = self.client.generic(method, path, raw, content_type, headers=sent)
        return Answer(answer.status_code, json.loads(answer.content) if answer.content else None, answer.headers)

    def queue(self, kind: str, **body: Any) -> str:
        """Page somebody; return the request's id. Nothing is processed yet."""
        answer = self("POST", f"/page/{kind}", body)
        assert answer.status == 200, answer
        request_id: str = answer.body["hotpot_request_id"]
        return request_id

    def page(self, kind: str, **body: Any) -> str:
        """Page somebody and let the worker come; return the request's id."""
        request_id = self.queue(kind, **{"title": "Jammed", "text": "The dispenser is jammed."} | body)
        assert pages.process(Page.objects.get(request_id=request_id).pk, now=self.world.now)
        return request_id

    def status(self, request_id: str) -> Any:
        """Return what became of a request."""
        return self._read(request_id, "status")

    def acknowledgements(self, request_id: str) -> Any:
        """Return who acted."""
        return self._read(request_id, "acknowledgements")

    def _read(self, request_id: str, what: str) -> Any:
        answer = self("GET", f"/request/{request_id}/{what}")
        assert answer.status == 200, answer
        assert list(answer.body) == ["response"]
        return answer.body["response"]

    def errors(self, kind: str, **body: Any) -> list[str]:
        """Return the errors of a request that was accepted and then failed."""
        request_id = self.queue(kind, **body)
        pages.process(Page.objects.get(request_id=request_id).pk, now=self.world.now)
        found = self.status(request_id)
        assert (found["status"], found["message_id"]) == ("failed", None)
        assert found["status_message"] == "Page could not be created"
        errors: list[str] = found["errors"]
        return errors

    def alert(self, request_id: str) -> Alert:
        """Return the alert that a request opened."""
        alert = Page.objects.get(request_id=request_id).alert
        assert alert is not None
        return alert


@pytest.fixture
def at_world(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    """Let edges read the World's clock."""
    monkeypatch.setattr("base.clock.now", lambda: world.now)


@pytest.fixture
def api(world: World, at_world: None) -> Api:
    """Alice's key: she is an admin."""
    return Api(world, world.alice)


@pytest.fixture
def api_of(world: World, at_world: None) -> Callable[[User], Api]:
    return lambda user: Api(world, user)


@pytest.fixture
def queued() -> Callable[[], int]:
    """Return how many tasks wait for a worker."""
    return OrmQ.objects.count
