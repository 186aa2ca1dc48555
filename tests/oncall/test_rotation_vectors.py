from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from oncall.rotation import Shift
from oncall.timeline import on_call_at

CASES = json.loads(Path(__file__).with_name("rotation-vectors.json").read_text())
NAMES = ("alice", "bob", "carol", "dave")
CHECKS = [(case, check) for case in CASES for check in case["expect"]]


def ids(names: list[str]) -> tuple[int, ...]:
    return tuple(NAMES.index(name) for name in names)


def shift(key: int, described: dict[str, Any], schedule_zone: str) -> Shift:
    values: dict[str, Any] = {
        name: tuple(described[name] or ()) for name in ("by_day", "by_month", "by_monthday") if name in described
    }
    copied = ("type", "level", "frequency", "interval", "week_start")
    values |= {name: described[name] for name in copied if described.get(name) is not None}
    if described.get("rotation_start"):
        values["rotation_start"] = datetime.fromisoformat(described["rotation_start"])
    if described.get("until"):
        values["until"] = datetime.fromisoformat(described["until"].removesuffix("Z")).replace(tzinfo=UTC)
    return Shift(
        start=datetime.fromisoformat(described["start"]),
        duration=timedelta(seconds=described["duration"]),
        zone=ZoneInfo(described.get("time_zone") or schedule_zone),
        users=ids(described.get("users") or []),
        rolling_users=tuple(ids(group) for group in described.get("rolling_users") or []),
        start_index=described.get("start_rotation_from_user_index") or 0,
        key=key,
        **values,
    )


@pytest.mark.parametrize(("case", "check"), CHECKS, ids=[f"{case['name']} at {check['at']}" for case, check in CHECKS])
def test_the_vector_names_who_is_on_call(case: dict[str, Any], check: dict[str, Any]) -> None:
    described = [*case["shifts"], *case["overrides"]]
    shifts = [shift(key, one, case["schedule_time_zone"]) for key, one in enumerate(described)]
    assert on_call_at(shifts, datetime.fromisoformat(check["at"])) == ids(check["on_call"])


def test_the_vectors_are_all_there() -> None:
    assert len(CASES) == 12
    assert len(CHECKS) == 65
