"""Bodies whose length nobody announced."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from base.bodies import with_known_length


class Drip:
    """A stream that gives three bytes at a time, and counts."""

    def __init__(self, body: bytes) -> None:
        self.rest = body
        self.given = 0

    def read(self, size: int) -> bytes:
        part, self.rest = self.rest[: min(size, 3)], self.rest[min(size, 3) :]
        self.given += len(part)
        return part


def seen(environ: dict[str, Any], limit: int = 10) -> tuple[str, bytes]:
    """Return what the application is told about its body."""
    told: list[tuple[str, bytes]] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        told.append((environ.get("CONTENT_LENGTH", ""), environ["wsgi.input"].read(100)))
        return []

    with_known_length(app, limit)({"REQUEST_METHOD": "POST", "wsgi.input_terminated": True, **environ}, None)
    return told[0]


@pytest.mark.parametrize(("body", "length"), [(b"", "0"), (b"abcdefg", "7"), (b"abcdefghij", "10")])
def test_a_chunked_body_gets_its_length(body: bytes, length: str) -> None:
    assert seen({"wsgi.input": Drip(body)}) == (length, body)


def test_of_a_body_over_the_limit_one_byte_more_is_read() -> None:
    stream = Drip(b"x" * 1000)
    assert seen({"wsgi.input": stream}) == ("11", b"x" * 11)
    assert stream.given == 11


@pytest.mark.parametrize(
    "environ", [{"CONTENT_LENGTH": "3"}, {"REQUEST_METHOD": "GET"}, {"wsgi.input_terminated": False}]
)
def test_other_bodies_are_left_alone(environ: dict[str, Any]) -> None:
    stream = BytesIO(b"abc")
    assert seen({"wsgi.input": stream, **environ}) == (environ.get("CONTENT_LENGTH", ""), b"abc")
