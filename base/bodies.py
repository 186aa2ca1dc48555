"""Bodies that do not announce their length."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

BODILESS = ("GET", "HEAD", "OPTIONS")
App = Callable[[dict[str, Any], Any], Iterable[bytes]]


def with_known_length(app: App, limit: int) -> App:
    """Read a chunked body in front of the application, which would take it for an empty one.

    At most one byte more than `limit` is read: then the announced length tells that it is too long."""

    def call(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        unknown = not environ.get("CONTENT_LENGTH") and environ["REQUEST_METHOD"] not in BODILESS
        if unknown and environ.get("wsgi.input_terminated"):
            body = _read(environ["wsgi.input"], limit + 1)
            environ = {**environ, "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)}
        return app(environ, start_response)

    return call


def _read(stream: Any, size: int) -> bytes:
    body = b""
    while len(body) < size and (part := stream.read(size - len(body))):
        body += part
    return body
