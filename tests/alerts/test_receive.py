"""What `receive` does when others are faster."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from alerts import services
from alerts.models import Alert, Source
from tests import builders
from tests.conftest import World

receive = import_module("alerts.services.receive")


def test_a_firing_whose_key_was_taken_and_freed_meanwhile_opens_an_alert_of_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = builders.integration()
    open_, turns = receive._open, []

    def beaten(*args: Any) -> Alert | None:
        """Let somebody else open and end an alert of the key between our two looks."""
        turns.append(1)
        if len(turns) > 1:
            opened: Alert | None = open_(*args)
            return opened
        services.resolve(open_(*args), by=None, source=Source.MONITOR, now=world.now)
        return None

    monkeypatch.setattr(receive, "_open", beaten)
    alert = world.fire(door)
    assert list(Alert.objects.order_by("pk").values_list("status", flat=True)) == ["resolved", "open"]
    assert (alert.status, alert.events.count()) == ("open", 1)


def test_a_firing_whose_key_was_taken_meanwhile_joins(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    door = builders.integration()
    first = world.fire(door)
    find, turns = receive._find, []

    def blind(*args: Any) -> Alert | None:
        """See nothing at the first look."""
        turns.append(1)
        found: Alert | None = find(*args)
        return found if len(turns) > 1 else None

    monkeypatch.setattr(receive, "_find", blind)
    assert world.fire(door) == first
    assert first.events.count() == 2
