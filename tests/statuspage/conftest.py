"""A shelf of its own for every test, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine

from statuspage import public, public_access, public_clock, public_door
from tests.builders import START


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """An empty folder for finished pages; nothing is remembered from the test before."""
    settings.STATUSPAGE_DIR = tmp_path / "statuspages"
    settings.STATUSPAGE_EXPORT_DIR = ""
    public.forget()
    public_clock.forget()
    public_door.forget()
    public_access.forget()
    yield tmp_path / "statuspages"
    public.forget()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The machine's clock, which stands at the beginning of every story."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller
