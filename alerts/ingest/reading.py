"""From payload to Signal: the user's templates where there are any, else the type's own way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from alerts.ingest.integration_type import IntegrationType
from alerts.ingest.registry import integration_type
from alerts.ingest.signal import Signal
from alerts.ingest.storable import storable, storable_text
from alerts.rendering import MAX_RESULT, MAX_TITLE, RenderingError, cut, is_truthy, render
from base.errors import Invalid

MAX_KEY = 1_000_000  # characters; a key that is cut could make one alert of two
MAX_ADDRESS = 2_000
_LINE_BREAKS = re.compile(r"\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+\s*")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)

Templates = Mapping[str, str | None]


def split(type_slug: str, body: Any) -> list[Any]:
    """Return the bodies of the alerts that a request's body carries, at least one."""
    return integration_type(type_slug).split(body)


def prepare(type_slug: str, body: Any) -> Any:
    """Return what is to be stored of a request's body; raises Invalid for what the type cannot read."""
    if body is None:
        raise Invalid("Payload is required")
    return storable(integration_type(type_slug).prepare(body))


def read(
    type_slug: str, payload: Any, templates: Templates, *, now: datetime, labels: dict[str, str] | None = None
) -> Signal:
    """Return what a prepared payload says. `templates` holds the user's own by flat name; None is the default.

    Raises Invalid for an unknown type and nothing else, whatever the payload or the templates are.
    """
    reader = Reader(integration_type(type_slug), payload, templates, labels, now)
    started_at, ended_at = reader.type.times(payload)
    return Signal(
        dedup_key=storable_text(reader.quiet("grouping_key", MAX_KEY)) or None,
        title=_one_line(reader.shown("web_title", MAX_TITLE)) or f"Alert from {reader.type.title}",
        message=storable_text(reader.shown("web_message", MAX_RESULT)),
        image_url=_address(reader.quiet("web_image_url")),
        source_url=_address(reader.quiet("source_link")),
        resolves=is_truthy(reader.quiet("resolve_signal")),
        acknowledges=is_truthy(reader.quiet("acknowledge_signal")),
        started_at=started_at,
        ended_at=ended_at,
        urgency=None,
        problems=tuple(reader.problems),
        labels=labels,
    )


def template_text(type_slug: str, templates: Templates, name: str) -> str | None:
    """Return the template in force under a flat name: the user's, else the type's, None when neither has one."""
    own = templates.get(name)
    return integration_type(type_slug).templates.get(name) if own is None else own


def dedup_digest(key: str) -> str:
    """Return a key's SHA-256 in hex, which is how it is stored and compared."""
    return sha256(storable_text(key).encode()).hexdigest()


class Reader:
    """One payload and the templates to read it with. What is wrong with the user's own is noted in `problems`."""

    __slots__ = ("context", "now", "payload", "problems", "templates", "type")

    def __init__(
        self, type_: IntegrationType, payload: Any, templates: Templates, labels: dict[str, str] | None, now: datetime
    ) -> None:
        self.type = type_
        self.payload = payload
        self.templates = templates
        self.context = {"payload": payload, "labels": labels}
        self.now = now
        self.problems: list[str] = []

    def quiet(self, name: str, limit: int = MAX_RESULT) -> str:
        """Return the text of a template that decides something; one that fails says nothing."""
        own = self.templates.get(name)
        return self.by_default(name, limit) if own is None else self._own(name, own, limit) or ""

    def shown(self, name: str, limit: int) -> str:
        """Return the text of a template for people; where the user's own fails, that of the default."""
        own = self.templates.get(name)
        text = None if own is None else self._own(name, own, limit)
        return self.by_default(name, limit) if text is None else text

    def by_default(self, name: str, limit: int) -> str:
        """Return the text of the type's own template, empty where it does not fit the payload."""
        native = self.type.native.get(name)
        text = native(self.payload) if native else None
        if text is not None:
            return cut(text, limit)
        default = self.type.templates.get(name)
        try:
            return render(default, self.context, now=self.now, limit=limit) if default else ""
        except RenderingError:
            return ""

    def _own(self, name: str, template: str, limit: int) -> str | None:
        try:
            return render(template, self.context, now=self.now, limit=limit)
        except RenderingError as error:
            self.problems.append(f"The template {name} fails: {error}")
            return None


def _one_line(text: str) -> str:
    """Return a title that fits a subject line."""
    return _LINE_BREAKS.sub(" ", storable_text(text)).strip()


def _address(text: str) -> str | None:
    """Return a web address; any other text, above all a script, is no link."""
    text = storable_text(text).strip()
    return text if len(text) <= MAX_ADDRESS and _ADDRESS.fullmatch(text) else None
