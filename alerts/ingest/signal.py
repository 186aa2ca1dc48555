"""What an ingest module reads out of a payload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Signal:
    """One payload, understood. Texts are fit to be stored: without NUL and half characters."""

    dedup_key: str | None
    """None: belongs to no other event, makes an alert of its own."""
    title: str
    message: str
    image_url: str | None
    source_url: str | None
    resolves: bool
    acknowledges: bool
    started_at: datetime | None
    """When the latest thing that this payload reports began, by the monitor's own clock."""
    ended_at: datetime | None
    """When the last thing ended, if the payload says that all of it has; a firing that began no later is older."""
    urgency: str | None
    problems: tuple[str, ...] = field(default=(), compare=False)
    """What is wrong with the user's templates, in sentences; the defaults stand in for them."""
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """Other fields of the alert it opens, where the format has words for them: tags, meta, additional_data."""
    labels: dict[str, str] | None = field(default=None, compare=False)
    """Of the alert that this payload opens; None where the integration has no labels at all."""
