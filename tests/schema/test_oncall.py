"""Whatever the OnCall API's own schema allows is answered without a 5xx, and answers keep to the schema.

`make schemathesis`: bounded in examples, on a database of its own."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from config.wsgi import application
from oncall.services import keys
from tests import builders

pytestmark = [pytest.mark.schemathesis, pytest.mark.django_db]
EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "8"))
CHECKS = [not_a_server_error, response_schema_conformance]


def operations() -> list[Any]:
    """Return every operation of the schema, ready to be called in this process."""
    written = SchemaGenerator(urlconf="config.dialects.oncall").get_schema(request=None, public=True)
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(written, default=str)))
    schema.app = application
    every: Any = schema.get_all_operations()
    return [pytest.param(operation, id=operation.label) for operation in (each.ok() for each in every)]


@pytest.fixture
def headers(db: None, settings: Any) -> dict[str, str]:
    """The key of somebody who may do everything; there is one of each thing."""
    settings.WHITENOISE_AUTOREFRESH = True
    alice = builders.person("alice", role="admin")
    builders.integration(to=builders.chain("chain", alice))
    builders.team("web", alice)
    builders.always_on_call("primary", alice)
    return {"Authorization": keys.issue_key(alice, now=builders.START)[1]}


@pytest.mark.parametrize("operation", operations())
def test_the_answer_keeps_to_the_schema(operation: Any, headers: dict[str, str]) -> None:
    @given(case=operation.as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def call(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    call()
