"""What nobody meant to send must not break what others read, and a fault of ours has the shape of its API."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.test import Client, RequestFactory

from base.api import dump
from config.urls import page_broken
from oncall.services import keys
from tests import builders
from tests.conftest import World

HUGE = 123456789012345678901234567890


def test_an_integer_beyond_64_bits_in_a_payload_does_not_break_the_lists(world: World, client: Client) -> None:
    alert = world.fire(builders.integration(), number=HUGE)
    _, key = keys.issue_key(world.alice, name="test", now=world.now)
    for path in ("alerts", "alert_groups", f"alert_groups/I{alert.public_id}"):
        answer = client.get(f"/api/v1/{path}/", headers={"Authorization": key})
        assert answer.status_code == 200
        assert str(HUGE) in answer.content.decode()


@pytest.mark.parametrize("value", [{"a": [1, "x", None, True, 1.5]}, [], {"at": builders.START}, {1: (2, 3)}])
def test_both_ways_to_write_json_say_the_same(value: Any) -> None:
    plain = orjson.loads(dump(value))
    assert orjson.loads(dump({"value": value, "huge": 2**63}))["value"] == plain
    assert dump({"n": HUGE}) == f'{{"n":{HUGE}}}'.encode()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/alerts/", {"detail": "The server met an error. It is logged."}),
        ("/oncall/api/v1/alerts/", {"detail": "The server met an error. It is logged."}),
        ("/alert/alt_1", {"errors": [{"message": "The server met an error. It is logged."}]}),
        ("/page/person", {"error": "The server met an error. It is logged."}),
        ("/v1/pages", {"error": "The server met an error. It is logged."}),
    ],
)
def test_a_fault_of_ours_has_the_shape_of_its_api(path: str, body: Any) -> None:
    answer = page_broken(RequestFactory().get(path))
    assert answer.status_code == 500
    assert orjson.loads(answer.content) == body


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/metrics"])
def test_the_machine_rooms_addresses_are_read_only(path: str, db: None) -> None:
    assert Client(enforce_csrf_checks=True).post(path).status_code == 405
