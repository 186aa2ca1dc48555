"""How the console writes times, states and links."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
EMPTY = "—"
STRONG = re.compile(r"\*\*([^*\n]+)\*\*")
FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)


def span_words(span: timedelta) -> str:
    """Return the largest whole unit of a span, like `3 min`."""
    seconds = abs(int(span.total_seconds()))
    for size, unit in UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return "0 s"


def exact(at: datetime) -> str:
    """Return the instant in UTC, to the second, with its zone."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def time_tag(at: datetime | None, now: datetime | None = None) -> SafeString | str:
    """Return how long ago or ahead the instant is; the exact one shows on hover."""
    if at is None:
        return EMPTY
    now = now or timezone.now()
    words = f"{span_words(now - at)} ago" if at <= now else f"in {span_words(at - now)}"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), exact(at), words)


def clock_tag(at: datetime, now: datetime, *, seconds: bool = True) -> SafeString:
    """Return the clock time, with the day unless it is today; how far off it is shows on hover."""
    local, today = at.astimezone(UTC), now.astimezone(UTC).date()
    clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    words = clock if local.date() == today else f"{local:%a %d %b} {clock}"
    distance = f"{span_words(now - at)} ago" if at <= now else f"in {span_words(at - now)}"
    return format_html('<time datetime="{}" title="{}, {}">{}</time>', at.isoformat(), exact(at), distance, words)


def prose(text: str) -> SafeString:
    """Return a monitor's text with its emphasis and code fences shown as such; everything else as it is."""
    marked = FENCE.sub(r'<span class="t-fence">\1</span>', escape(text))
    return mark_safe(STRONG.sub(r"<strong>\1</strong>", marked))  # noqa: S308  escaped above


def badge(state: str, word: str) -> SafeString:
    """Return a state as word, shape and colour; the shape comes from the stylesheet."""
    return format_html('<span class="t-state t-{}">{}</span>', state, word)


def link(url: str, words: object) -> SafeString:
    """Return a link."""
    return format_html('<a class="t-link" href="{}">{}</a>', url, words)
