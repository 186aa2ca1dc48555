"""How one kind of monitor is described: data, and where it pays a faster way to what the data says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Native = Callable[[Any], str | None]
"""What a default template renders for a payload, or None for a payload of unusual shape: render it then."""

Times = Callable[[Any], tuple[datetime | None, datetime | None]]


def as_it_is(body: Any) -> Any:
    """Return the body."""
    return body


def one_part(body: Any) -> list[Any]:
    """Return the body alone: it is one payload."""
    return [body]


def no_times(_payload: Any) -> tuple[None, None]:
    """Return nothing: the format carries no time stamps."""
    return None, None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationType:
    """A kind of monitor. A new one needs a slug, a title and templates; all else is optional."""

    slug: str
    title: str
    default_name: str
    templates: Mapping[str, str]
    """Default template by flat name; what is missing is unset."""
    inbound: tuple[str, ...] = ()
    """The words that may stand before the token in its inbound URL; empty: its slug alone."""
    has_heartbeat: bool = False
    is_internal: bool = False
    """Made by the product itself: nobody can post to it."""
    split: Callable[[Any], list[Any]] = one_part
    """Body of a request to the bodies of its alerts, at least one."""
    prepare: Callable[[Any], Any] = as_it_is
    """Body of a request to stored payload; raises Invalid."""
    native: Mapping[str, Native] = field(default_factory=dict)
    times: Times = no_times
    member: Native | None = None
    """Which part of the alert a payload is about; the alert ends when its last firing part has ended."""

    @property
    def inbound_slugs(self) -> tuple[str, ...]:
        """Return the words that its inbound URL may carry."""
        return self.inbound or (self.slug,)
