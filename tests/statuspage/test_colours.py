"""Whether brand colours can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.public_colours import DARK, LIGHT, contrast, parse, to_hex, tokens, unreadable

channel = st.integers(0, 255)
colours = st.tuples(channel, channel, channel)


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [("#000", "#fff", 21.0), ("#ffffff", "#ffffff", 1.0), ("#777777", "#ffffff", 4.48), ("#767676", "#fff", 4.54)],
)
def test_contrast_is_what_wcag_says(first: str, second: str, ratio: float) -> None:
    one, other = parse(first), parse(second)
    assert one is not None
    assert other is not None
    assert round(contrast(one, other), 2) == ratio


@given(colours, colours)
def test_contrast_knows_no_order_and_lies_between_1_and_21(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21.01


@given(colours)
def test_a_colour_is_read_as_it_is_written(colour: tuple[int, int, int]) -> None:
    assert parse(to_hex(colour)) == colour
    assert parse("rgb({}, {}, {})".format(*colour)) == colour


@pytest.mark.parametrize(
    "text", ["red", "#12", "#12345", "rgb(300,0,0)", "rgb(1,2)", "#fff;}body{display:none", "url(x)", ""]
)
def test_what_is_no_colour_is_none(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("state", ["#17714a", "#9a5400", "#b42323", "#2458b8", "#5b6472"])
def test_the_houses_own_colours_can_be_read_on_both_surfaces(state: str) -> None:
    assert unreadable("x", state, LIGHT | {"text": "#ffffff"}) is None


@pytest.mark.parametrize("state", ["#4cc38a", "#f0a94a", "#ff8b80", "#8ab4ff", "#a2abba"])
def test_so_can_those_of_the_dark(state: str) -> None:
    assert unreadable("x", state, {"page": DARK["page"], "raised": DARK["raised"]}) is None


def test_a_colour_that_cannot_be_read_is_refused_with_its_ratio() -> None:
    chosen, refused = tokens({"color_state_ok": "#27ae60", "color_state_info": "#003366"})
    assert chosen == {"--info": "#003366"}
    assert [str(one) for one in refused] == [
        "color_state_ok: the contrast with #ffffff is 2.87; at least 4.5 is needed"
    ]


def test_a_surface_is_refused_when_its_text_cannot_be_read() -> None:
    chosen, refused = tokens({"color_navbar_background": "#222222"})
    assert chosen == {}
    assert [one.name for one in refused] == ["color_navbar_background"]
    chosen, refused = tokens({"color_navbar_background": "#222222", "color_navbar_links": "#ffffff"})
    assert chosen == {"--nav-link": "#ffffff", "--nav": "#222222"}
    assert refused == []
