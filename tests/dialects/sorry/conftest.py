from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from oncall.models import User
from oncall.services import keys
from statuspage.api.auth import PerToken
from statuspage.models import StatusPage
from statuspage.services import pages
from tests import builders

NOTICE = [
    *("id", "type", "state", "timeline_state", "subject", "synopsis", "link", "began_at", "ended_at"),
    *("created_at", "updated_at", "tag_list"),
]
PLANNED = [*NOTICE, "begins_at", "ends_at", "should_automate_schedule"]
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read."""

    status: int
    body: Any
    headers: Any


class Api:
    """Calls the Sorry API with one token, at an instant that moves only when told to."""

    def __init__(self, user: User, page: StatusPage) -> None:
        self.now = builders.START
        self.page, self.client = page, Client()
        self.key, self.token = keys.issue_key(user, now=self.now)
        self.base = f"/v1/pages/{page.page_id}"

    def send(self, method: str, path: str, raw: bytes = b"", kind: str = "application/json", **headers: str) -> Answer:
        """Send bytes as they are, and these headers instead of the token."""
        path = path if path.startswith("/v1") else f"{self.base}{path}"
        sent = headers or {"Authorization": f"Bearer {self.token}"}
        with time_machine.travel(self.now, tick=False):
            answer = self.client.generic(method, path, raw, kind, headers=sent)
        return Answer(answer.status_code, json.loads(answer.content) if answer.content else None, answer.headers)

    def __call__(self, method: str, path: str, body: Any = None) -> Answer:
        if isinstance(body, str):
            return self.send(method, path, body.encode(), FORM)
        return self.send(method, path, b"" if body is None else json.dumps(body).encode())

    def get(self, path: str) -> Any:
        """Return what a GET shows, without its envelope."""
        answer = self("GET", path)
        assert answer.status == 200, answer
        return answer.body["response"]

    def post(self, path: str, body: Any = None, **fields: Any) -> Any:
        """Return what a POST made."""
        answer = self("POST", path, body if body is not None else fields)
        assert answer.status == 201, answer
        return answer.body["response"]

    def patch(self, path: str, body: Any) -> Any:
        """Return what a PATCH left."""
        answer = self("PATCH", path, body)
        assert answer.status == 200, answer
        return answer.body["response"]

    def refused(self, method: str, path: str, body: Any = None) -> dict[str, list[str]]:
        """Return the messages of a 422."""
        answer = self(method, path, body)
        assert answer.status == 422, answer
        assert list(answer.body) == ["error", "error_description", "messages"]
        assert answer.body["error"] == "invalid_resource"
        messages: dict[str, list[str]] = answer.body["messages"]
        return messages

    def notice(self, **fields: Any) -> Any:
        """Return a new incident."""
        return self.post("/notices", {"type": "unplanned", "subject": "API Performance Issues"} | fields)

    def plan(self, **fields: Any) -> Any:
        """Return new planned work: 16:30 to 18:00 on 29 January 2031."""
        when = {"begins_at_date": "2031-01-29", "begins_at_time": "16:30:00", "duration_in_minutes": 90}
        return self.post("/notices", {"type": "planned", "subject": "DNS Maintenance"} | when | fields)

    def component(self, name: str, **fields: Any) -> int:
        """Return the id of a new component."""
        return int(self.post("/components", {"name": name} | fields)["id"])

    def ids(self, query: str) -> list[int]:
        """Return the ids of the notices that a query leaves."""
        return [row["id"] for row in self.get(f"/notices?{query}")]

    def wait(self, **span: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**span)
        return self.now


@pytest.fixture(autouse=True)
def full_buckets() -> Iterator[None]:
    """Every test begins with all its calls."""
    PerToken._buckets.clear()
    yield
    PerToken._buckets.clear()


@pytest.fixture
def page(db: None) -> StatusPage:
    """The page of the contract's samples."""
    page = pages.create_page({"name": "Acme", "slug": "acme"}, now=builders.START)
    StatusPage.objects.filter(pk=page.pk).update(page_id="12ab34cd")
    page.refresh_from_db()
    pages.set_domain(page, "status.acme.com", now=builders.START)
    return page


@pytest.fixture
def api(page: StatusPage) -> Api:
    return Api(builders.person("ada", role="admin"), page)
