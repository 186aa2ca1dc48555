from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from alerts.models import Alert, Integration
from oncall.models import User
from tests.conftest import World
from tests.dialects.oncall.conftest import Answer, Api, call_as, public_address

__all__ = ["call_as", "public_address"]


@dataclass(frozen=True, slots=True)
class Monitor:
    """Posts to an integration's own address."""

    integration: Integration
    client: Client

    @property
    def path(self) -> str:
        return f"/integrations/v1/{self.integration.type}/{self.integration.token}/"

    def __call__(self, body: Any, **more: Any) -> Answer:
        return self.send(json.dumps(body), **more)

    def send(
        self,
        raw: str | bytes,
        content_type: str = "application/json",
        path: str = "",
        method: str = "POST",
        **more: Any,
    ) -> Answer:
        """Send bytes as they are; a body that is no JSON is returned as text."""
        answer = self.client.generic(method, path or self.path, raw, content_type, **more)
        text = answer.content.decode()
        is_json = answer.headers.get("Content-Type") == "application/json"
        return Answer(answer.status_code, json.loads(text) if is_json and text else text, answer.headers)


@pytest.fixture
def monitor() -> Callable[[Integration], Monitor]:
    """Return the monitor of an integration."""
    return lambda integration: Monitor(integration, Client())


@pytest.fixture
def call(world: World, call_as: Callable[[User], Api]) -> Callable[[User], Api]:
    """Return a caller for a person, while the clock stands where the World's does."""
    return call_as


@pytest.fixture
def editor(world: World, call_as: Callable[[User], Api]) -> Api:
    """Call as Bob, an editor."""
    return call_as(world.bob)


@pytest.fixture
def admin_api(world: World, call_as: Callable[[User], Api]) -> Api:
    """Call as Alice, an admin."""
    return call_as(world.alice)


@pytest.fixture
def at(world: World, time_machine: Any) -> Callable[..., None]:
    """Move the machine's clock, which edges read, to the World's instant."""
    return lambda: time_machine.move_to(world.now, tick=False)


def group_id(alert: Alert) -> str:
    """Return the id of an alert as this dialect writes it."""
    return f"I{alert.public_id}"
