"""What is sent, however it is spelled (A3): JSON, form, multipart, or in the query; all become one dictionary."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, MultiPartParser

from statuspage.api.errors import BodyTooLarge

KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
PART = re.compile(r"\[([^\[\]]*)\]")
ESCAPE = re.compile(rb"\\(.)", re.DOTALL)
MOST_FIELDS = 1000
DEEPEST = 4
NOT_AN_OBJECT = "The body must be a JSON object."
FORM = "application/x-www-form-urlencoded"


class Several(list[Any]):
    """Values of a name that came more than once: a list where one is wanted, else the last counts."""


def structure(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return what `a=1&b[]=2&b[]=3&c[d]=4` means. Raises ParseError where a name is too deep."""
    out: dict[str, Any] = {}
    for name, value in pairs:
        match = KEY.fullmatch(name)
        path = PART.findall(match[2]) if match else []
        if len(path) > DEEPEST:
            raise ParseError(f"{name[:100]}: too many brackets")
        _put(out, match[1] if match else name, path, value)
    return out


def _put(into: dict[str, Any], name: str, path: list[str], value: Any) -> None:
    if not path:
        known = into.get(name)
        if isinstance(known, Several):
            known.append(value)
        else:
            into[name] = value if name not in into or isinstance(known, dict) else Several([known, value])
        return
    if path[0] == "" or path[0].isdecimal():
        found = into.get(name)
        if not isinstance(found, Several):
            found = into[name] = Several()
        found.append(value)
        return
    below = into.get(name)
    if not isinstance(below, dict):
        below = into[name] = {}
    _put(below, path[0], path[1:], value)


def form_of(text: str) -> dict[str, Any]:
    """Return what a query or a form says. Raises ParseError."""
    try:
        return structure(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise ParseError("There are too many fields.") from error


def json_of(body: bytes) -> dict[str, Any]:
    r"""Return the object that the body is; `\'` is forgiven, as the contract's own sample has it. Raises ParseError."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        mended = ESCAPE.sub(lambda match: b"'" if match[1] == b"'" else match[0], body)
        try:
            found = orjson.loads(mended)
        except orjson.JSONDecodeError:
            raise ParseError(f"The body is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ParseError(NOT_AN_OBJECT)
    return found


class SorryParser(BaseParser):
    """Read any of the encodings; nothing at all is no parameters."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """Return a dictionary. Raises ParseError."""
        kind = (media_type or "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            return _multipart(stream, media_type, parser_context)
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge
        text = body.strip()
        if not text:
            return {}
        # People forget the header with `curl -d '{…}'`.
        if kind in (FORM, "") and not text.startswith(b"{"):
            return form_of(body.decode("utf-8", "replace"))
        return json_of(body)


def _multipart(stream: Any, media_type: str | None, parser_context: Any) -> dict[str, Any]:
    parsed = MultiPartParser().parse(stream, media_type, parser_context)
    values: list[tuple[str, Any]] = [(name, value) for name, found in parsed.data.lists() for value in found]
    files: list[tuple[str, UploadedFile]] = [(name, one) for name, found in parsed.files.lists() for one in found]
    return structure(values + files)
