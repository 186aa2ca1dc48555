"""How the bodies that monitors send are read."""

from __future__ import annotations

import json
from typing import Any, NoReturn

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class PayloadParser(BaseParser):
    """Read JSON; what the fast reader refuses, such as half a surrogate pair, gets a second, lenient look."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return what the body says. Raises ParseError."""
        body: bytes = stream.read()
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as exc:
            return _second_look(body, exc)


def _second_look(body: bytes, first: Exception) -> Any:
    # A monitor may cut a text in the middle of a character: that is no reason to lose its alert.
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ParseError(f"JSON parse error - {first}") from first


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


class JsonAlways(DefaultContentNegotiation):
    """Answer JSON whatever the Accept header says: a monitor's alert counts more than its taste."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the first renderer."""
        first = next(iter(renderers))
        return first, first.media_type
