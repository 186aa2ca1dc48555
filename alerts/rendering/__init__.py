"""Render templates written by users: sandboxed, and bounded in text, steps and time.

The only place that touches Jinja2's environment. What a template may do is in `sandbox`, what it may spend in `budget`.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from jinja2 import Template
from jinja2.exceptions import UndefinedError

from alerts.rendering.budget import Budget, NeedsCopyError
from alerts.rendering.sandbox import ENVIRONMENT, BoundedContext

MAX_TEMPLATE = 50_000  # characters
MAX_RESULT = 50_000
MAX_TITLE = 500
CUT = ".."
REMEMBERED = 1024  # compiling costs a hundred renderings
MAX_REASON = 300


class RenderingError(Exception):
    """A template could not be rendered; its text is fit to be shown in place of the result."""


class TemplateError(RenderingError):
    """The template itself is at fault: its syntax, what it reaches for, or what it would spend."""


class TemplateWarning(RenderingError):
    """The template does not fit this payload."""


class _Compiled:
    """A template ready to run, and whether it is known to change what it is given."""

    __slots__ = ("mutates", "template")

    def __init__(self, template: Template) -> None:
        self.template = template
        self.mutates = False


def render(template: str, context: Mapping[str, Any], *, now: datetime, limit: int = MAX_RESULT) -> str:
    """Return the text of a template, cut after `limit` characters, where `..` is added.

    Never changes `context`. Raises TemplateError or TemplateWarning (spec/oncall-runtime-api 3.3).
    """
    compiled = _compile(template)
    if isinstance(compiled, str):
        raise TemplateError(compiled)
    try:
        try:
            return _run(compiled, context, now, limit)
        except NeedsCopyError:
            compiled.mutates = True
            return _run(compiled, context, now, limit)
    except (TypeError, KeyError, ValueError, UndefinedError) as error:
        raise TemplateWarning(f"Template Warning: {_reason(error)}") from error
    except Exception as error:
        raise TemplateError(f"Template Error: {_reason(error)}") from error


def render_or_message(template: str, context: Mapping[str, Any], *, now: datetime, limit: int = MAX_RESULT) -> str:
    """Return the text of a template for people to read, or in its place why there is none."""
    try:
        return render(template, context, now=now, limit=limit)
    except RenderingError as error:
        return str(error)


def cut(text: str, limit: int) -> str:
    """Return the text as `render` would cut it."""
    return text if len(text) <= limit else text[:limit] + CUT


def is_truthy(text: str) -> bool:
    """Tell whether a rendered condition says yes (spec/oncall-runtime-api 3.4)."""
    return text.strip().lower() in ("1", "true", "ok")


def check_syntax(template: str) -> str | None:
    """Return what is wrong with a template's syntax, or None; nothing is rendered."""
    compiled = _compile(template)
    return compiled if isinstance(compiled, str) else None


def _run(compiled: _Compiled, context: Mapping[str, Any], now: datetime, limit: int) -> str:
    private = compiled.mutates
    names = deepcopy(dict(context)) if private else dict(context)
    running = cast("BoundedContext", compiled.template.new_context(names))
    running.budget = Budget(now, private=private)
    pieces: list[str] = []
    size = 0
    for piece in compiled.template.root_render_func(running):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            break
    return cut("".join(pieces), limit)


def _compile(template: str) -> _Compiled | str:
    if len(template) > MAX_TEMPLATE:
        return f"Template Error: a template may have {MAX_TEMPLATE} characters, this one has {len(template)}"
    return _compile_once(template)


@lru_cache(maxsize=REMEMBERED)
def _compile_once(template: str) -> _Compiled | str:
    try:
        return _Compiled(ENVIRONMENT.from_string(template))
    except Exception as error:
        return f"Template Error: {_reason(error)}"


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the template is nested too deeply"
    return (str(error) or type(error).__name__)[:MAX_REASON]
