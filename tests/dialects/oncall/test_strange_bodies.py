from __future__ import annotations

from typing import Any

import pytest

from alerts.api.grafana.webhooks import WebhookForm
from oncall.api.chains import ChainForm
from oncall.api.policies import PolicyForm
from oncall.api.rules import RuleForm
from oncall.models import EscalationChain, User
from oncall.services import policies, rules, webhooks
from tests.dialects.oncall.conftest import Api

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
}
FIELDS = [(path, name) for path, form in FORMS.items() for name in form().fields]


@pytest.fixture
def bodies(admin: User) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return of each resource one that exists, and the body of one that could."""
    chain = EscalationChain.objects.create(name="x")
    hook = {"name": "x", "url": "https://example.org/", "http_method": "POST", "trigger_type": "escalation"}
    policy = policies.create_policy(chain, type="wait", values={})
    return {
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
