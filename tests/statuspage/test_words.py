"""Every sentence in every language, and how states and figures are said."""

from __future__ import annotations

import gettext
import re
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from statuspage.history import Day
from statuspage.public_words import spoken
from statuspage.templatetags import statuspage as tags
from tests.builders import START

LANGUAGES = ["de", "fr", "es", "ja"]
LOCALE = Path(settings.BASE_DIR) / "locale"
MARKED = re.compile(
    r'(?<![a-z])_\(\s*"((?:[^"\\]|\\.)+)"|(?<!n)gettext(?:_lazy)?\("((?:[^"\\]|\\.)+)"|{% translate [\'"](.+?)[\'"] %}'
)
PLACES = re.compile(r"%\((\w+)\)")


def sentences() -> set[str]:
    base = Path(settings.BASE_DIR)
    pages = [path for app in ("statuspage", "subscriptions") for path in (base / "templates" / app).glob("*")]
    files = [*pages, *(base / "statuspage").rglob("*.py")]
    found = [match for path in files for match in MARKED.findall(path.read_text())]
    return {next(part for part in parts if part) for parts in found}


def catalogue(language: str) -> dict[Any, str]:
    with (LOCALE / language / "LC_MESSAGES/django.mo").open("rb") as handle:
        found: dict[Any, str] = gettext.GNUTranslations(handle)._catalog  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_and_compiled(language: str) -> None:
    known = catalogue(language)
    assert len(sentences()) > 90
    assert [one for one in sorted(sentences()) if not known.get(one)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_their_places(language: str) -> None:
    for key, text in catalogue(language).items():
        original = key[0] if isinstance(key, tuple) else key
        assert set(PLACES.findall(text)) <= set(PLACES.findall(original)), original
        if not isinstance(key, tuple):
            assert set(PLACES.findall(text)) == set(PLACES.findall(original)), original


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_words(language: str) -> None:
    source = (LOCALE / language / "LC_MESSAGES/django.po").read_text()
    texts = re.findall(r'^msgstr(?:\[\d\])? "(.+)"$', source, flags=re.MULTILINE)
    assert sorted(text.replace('\\"', '"') for text in texts) == sorted(
        text for key, text in catalogue(language).items() if key
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [("99.999", "99.99 %"), ("100", "100.00 %"), ("99.995", "99.99 %"), ("0", "0.00 %"), (None, "unknown")],
)
def test_an_uptime_is_never_rounded_up(value: str | None, said: str) -> None:
    with translation.override("en"):
        assert tags.percent(None if value is None else Decimal(value)) == said


def test_a_figure_is_written_as_the_language_does() -> None:
    with translation.override("de"):
        assert tags.percent(Decimal("99.95")) == "99,95 %"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=1, minutes=30), "1 hour 30 minutes"),
        (timedelta(days=2, hours=3, minutes=4), "2 days 3 hours"),
        (timedelta(days=1, minutes=4), "1 day 4 minutes"),
    ],
)
def test_a_length_of_time_is_said_in_its_two_largest_units(length: timedelta, said: str) -> None:
    with translation.override("en"):
        assert tags.span(length) == said


def test_each_kind_of_day_has_a_shape_of_its_own() -> None:
    states = ["operational", "degraded", "under_maintenance", "unknown"]
    drawn = tags.bars([Day(date(2030, 1, 1), state) for state in states])
    paths = dict(re.findall(r'<path class="(\w+)" d="([^"]+)"', drawn))
    assert paths.keys() == {"up", "part", "plan", "none"}
    shapes = {re.sub(r"M\d+", "M", path) for path in paths.values()}
    assert len(shapes) == 4


def test_the_bars_are_told_in_words() -> None:
    days = [Day(date(2030, 1, n), state) for n, state in ((1, "unknown"), (2, "degraded"), (3, "operational"))]
    with translation.override("en"):
        assert tags.summary(days) == "Last 3 days, 1 day with incidents, 1 day unknown"


def test_an_instant_is_shown_in_the_zone_and_manner_of_the_page() -> None:
    shown = Template('{% include "statuspage/_time.html" %}')
    with spoken("ja", "Asia/Tokyo"):
        text = shown.render(Context({"at": START, "formats": {"instant": "Y年n月j日 H:i"}}))
    assert text.strip() == '<time datetime="2030-01-07T18:00:00+09:00">2030年1月7日 18:00 JST</time>'
