from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils.translation import gettext_lazy

from base.api import OrjsonRenderer


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2030, 1, 1, 8, tzinfo=UTC), "2030-01-01T08:00:00Z"),
        (Decimal("1.50"), "1.50"),
        (timedelta(minutes=5), 300.0),
        (gettext_lazy("Yes"), "Yes"),
        ({1: None}, {"1": None}),
    ],
)
def test_a_value_has_one_spelling(value, expected):
    assert json.loads(OrjsonRenderer().render({"value": value})) == {"value": expected}


def test_nothing_is_an_empty_body():
    assert OrjsonRenderer().render(None) == b""


def test_what_cannot_be_spelled_is_refused():
    with pytest.raises(TypeError):
        OrjsonRenderer().render(object())
