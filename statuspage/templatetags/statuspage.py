"""How templates of the public page say a state, a length of time and a history."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from statuspage.history import Day

register = template.Library()

LABELS = {
    "operational": gettext_lazy("Operational"),
    "degraded": gettext_lazy("Degraded"),
    "partially-degraded": gettext_lazy("Partly degraded"),
    "under_maintenance": gettext_lazy("Under maintenance"),
    "unknown": gettext_lazy("Unknown"),
    "investigating": gettext_lazy("Investigating"),
    "identified": gettext_lazy("Identified"),
    "recovering": gettext_lazy("Recovering"),
    "resolved": gettext_lazy("Resolved"),
    "false_alarm": gettext_lazy("False alarm"),
    "scheduled": gettext_lazy("Scheduled"),
    "underway": gettext_lazy("Underway"),
    "complete": gettext_lazy("Complete"),
    "cancelled": gettext_lazy("Cancelled"),
}
MARKS = {  # state → shape, so that no state is told by colour alone
    "operational": "tick",
    "resolved": "tick",
    "complete": "tick",
    "degraded": "half",
    "partially-degraded": "half",
    "recovering": "half",
    "investigating": "disc",
    "identified": "disc",
    "under_maintenance": "wrench",
    "underway": "wrench",
    "scheduled": "wrench",
}
BAR_WIDTH, BAR_STEP, BAR_HEIGHT = 3, 4, 32
_CLASSES = {
    "operational": "up",
    "degraded": "part",
    "partially-degraded": "part",
    "under_maintenance": "plan",
    "unknown": "none",
}
# top and height of a bar: what failed is cut at the top, planned work in the middle, the unknown is a stub
_SHAPES = {
    "up": ((0, 32),),
    "part": ((0, 6), (10, 22)),
    "plan": ((0, 13), (19, 13)),
    "none": ((22, 10),),
}
_HEADING = re.compile(r"<(/?)h[1-6]>")


@register.filter
def label(state: str) -> str:
    """Return a state in the language of the page."""
    return str(LABELS.get(state, state))


@register.simple_tag
def state(word: str) -> SafeString:
    """Return a state as shape and word."""
    return format_html(
        '<span class="state {}"><svg class="mark" aria-hidden="true"><use href="#i-{}"/></svg>{}</span>',
        "degraded" if word == "partially-degraded" else word,
        MARKS.get(word, "ring"),
        label(word),
    )


@register.filter
def mark(word: str) -> str:
    """Return the shape that goes with a state."""
    return MARKS.get(word, "ring")


@register.filter
def span(length: timedelta | None) -> str:
    """Return a length of time in its two largest units."""
    if length is None:
        return ""
    minutes = int(length.total_seconds()) // 60
    if minutes < 1:
        return _("less than a minute")
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    words = [
        ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else "",
        ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else "",
        ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes} if minutes else "",
    ]
    return " ".join([word for word in words if word][:2])


@register.filter
def until(start: datetime | None, end: datetime | None) -> str:
    """Return the time between two instants in words; empty when one is missing."""
    return span(end - start) if start and end else ""


@register.filter
def percent(value: Decimal | None) -> str:
    """Return an uptime with two decimals, cut and never rounded up; a word when nothing is known."""
    if value is None:
        return _("unknown")
    return f"{number_format(value.quantize(Decimal('0.01'), ROUND_DOWN))} %"


@register.filter
def prose(html: str) -> SafeString:
    """Return an update's safe HTML with its headings as plain lines: the page has an outline of its own."""
    html = _HEADING.sub(lambda found: "</strong></p>" if found[1] else "<p><strong>", html)
    return mark_safe(html.replace("<a href=", '<a rel="nofollow noopener ugc" href='))  # noqa: S308  sanitised there


@register.filter
def bars(days: Sequence[Day]) -> SafeString:
    """Return one path per kind of day: 90 bars in about two kilobytes."""
    paths: dict[str, list[str]] = {}
    for place, day in enumerate(days):
        kind = _CLASSES.get(day.state, "none")
        paths.setdefault(kind, []).extend(
            f"M{place * BAR_STEP} {top}h{BAR_WIDTH}v{height}h-{BAR_WIDTH}z" for top, height in _SHAPES[kind]
        )
    return format_html_join("", '<path class="{}" d="{}"/>', ((kind, "".join(path)) for kind, path in paths.items()))


@register.filter
def width(days: Sequence[Day]) -> int:
    """Return the width of the bars' drawing."""
    return max(1, len(days) * BAR_STEP - (BAR_STEP - BAR_WIDTH))


@register.filter
def summary(days: Sequence[Day]) -> str:
    """Return what the bars show, in words, for those who do not see them."""
    bad = sum(day.state in ("degraded", "partially-degraded") for day in days)
    unknown = sum(day.state == "unknown" for day in days)
    words = [
        ngettext("Last %(n)d day", "Last %(n)d days", len(days)) % {"n": len(days)},
        ngettext("%(n)d day with incidents", "%(n)d days with incidents", bad) % {"n": bad},
    ]
    if unknown:
        words.append(ngettext("%(n)d day unknown", "%(n)d days unknown", unknown) % {"n": unknown})
    return ", ".join(words)
