from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.api.grafana.actions import ActionForm
from alerts.api.grafana.webhooks import WebhookForm
from oncall.api.chains import ChainForm
from oncall.api.policies import PolicyForm
from oncall.api.rules import RuleForm
from oncall.api.schedules import ScheduleForm
from oncall.api.shifts import ShiftForm
from oncall.api.swaps import SwapForm
from oncall.models import EscalationChain, OnCallShift, Schedule, User
from oncall.services import policies, rules, swaps, webhooks
from tests.dialects.oncall.conftest import FAR, NOW, Api

STRANGE: list[Any] = [
    None,
    True,
    0,
    -1,
    2**31,
    2**63,
    1.5,
    1e308,
    "",
    " ",
    "null",
    "F",
    "UX",
    "'; --",
    "\x00",
    "🔥",
    "x" * 3000,
    "{{",
    [],
    [None],
    [[]],
    [{}],
    ["\x00"],
    {},
    {"a": 1},
]
FORMS: dict[str, Any] = {
    "escalation_chains": ChainForm,
    "escalation_policies": PolicyForm,
    "personal_notification_rules": RuleForm,
    "webhooks": WebhookForm,
    "actions": ActionForm,
    "schedules": ScheduleForm,
    "on_call_shifts": ShiftForm,
    "shift_swaps": SwapForm,
}
FIELDS = [(path, name) for path, form in FORMS.items() for name in form().fields]


@pytest.fixture
def bodies(admin: User) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return of each resource one that exists, and the body of one that could."""
    chain = EscalationChain.objects.create(name="x")
    hook = {"name": "x", "url": "https://example.org/", "http_method": "POST", "trigger_type": "escalation"}
    policy = policies.create_policy(chain, type="wait", values={})
    schedule = Schedule.objects.create(name="x", type="calendar")
    start = datetime(2030, 1, 7, 9)  # noqa: DTZ001  wall-clock time
    shift = OnCallShift.objects.create(type="override", start=start, duration=timedelta(hours=1))
    swap = swaps.request_swap(schedule, admin, starts_at=FAR, ends_at=FAR + timedelta(days=1), now=NOW)
    return {
        "schedules": (f"S{schedule.public_id}", {"name": "y", "type": "calendar", "ical_url_overrides": None}),
        "on_call_shifts": (
            f"O{shift.public_id}",
            {
                "type": "rolling_users",
                "start": "2030-01-07T09:00:00",
                "duration": 3600,
                "frequency": "daily",
                "start_rotation_from_user_index": 0,
            },
        ),
        "shift_swaps": (
            f"SSR{swap.public_id}",
            {
                "schedule": f"S{schedule.public_id}",
                "swap_start": "2130-01-07T09:00:00Z",
                "swap_end": "2130-01-08T09:00:00Z",
                "beneficiary": f"U{admin.public_id}",
            },
        ),
        "actions": (
            f"WH{webhooks.create_webhook({**hook, 'name': 'z'}).public_id}",
            {"name": "y", "url": "https://example.org/"},
        ),
        "escalation_chains": (f"F{chain.public_id}", {"name": "y"}),
        "escalation_policies": (
            f"E{policy.public_id}",
            {"escalation_chain_id": f"F{chain.public_id}", "type": "notify_persons"},
        ),
        "personal_notification_rules": (
            f"N{rules.create_rule(admin, kind='wait').public_id}",
            {"user_id": f"U{admin.public_id}", "type": "wait"},
        ),
        "webhooks": (f"WH{webhooks.create_webhook(hook).public_id}", {**hook, "name": "y"}),
    }


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_whatever_is_sent_is_taken_or_refused_and_what_is_taken_can_be_read(
    api: Api, bodies: dict[str, tuple[str, dict[str, Any]]], path: str, field: str
) -> None:
    existing, body = bodies[path]
    for value in STRANGE:
        made = api("POST", path, {**body, field: value})
        assert made.status in (201, 400), (value, made)
        if made.status == 201:
            assert api.get(f"{path}/{made.body['id']}") == made.body
            assert api("DELETE", f"{path}/{made.body['id']}").status == 204
        changed = api("PUT", f"{path}/{existing}", {**body, "name": "x", field: value})
        assert changed.status in (200, 400), (value, changed)
    assert api.get(f"{path}/{existing}")["id"] == existing
