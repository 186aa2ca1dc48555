"""Brand colours: read, measured against the surfaces they lie on, and refused when nobody could read them."""

from __future__ import annotations

import re
from dataclasses import dataclass

LEAST_RATIO = 4.5
Rgb = tuple[int, int, int]

LIGHT = {"page": "#ffffff", "raised": "#f5f6f8", "text": "#1b2330"}
DARK = {"page": "#12161d", "raised": "#1b212b", "text": "#e8ecf2"}
_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{6})\Z", re.IGNORECASE)
_FUNCTION = re.compile(
    r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:,\s*(0|1|0?\.\d+|1\.0+|\d{1,3}%)\s*)?\)\Z", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A colour that was refused: on which surface, and the ratio it reached."""

    name: str
    surface: str
    ratio: float

    def __str__(self) -> str:
        return f"{self.name}: the contrast with {self.surface} is {self.ratio:.2f}; at least {LEAST_RATIO} is needed"


def parse(text: str) -> Rgb | None:
    """Return the channels of `#rgb`, `#rrggbb`, `rgb()` or `rgba()` (its alpha is left out); None for anything else."""
    text = text.strip()
    if match := _HEX.match(text):
        digits = match[1]
        digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
        return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)
    if match := _FUNCTION.match(text):
        red, green, blue = (int(match[n]) for n in (1, 2, 3))
        return (red, green, blue) if max(red, green, blue) <= 255 else None
    return None


def luminance(colour: Rgb) -> float:
    """Return the relative luminance as WCAG 2.2 defines it."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (channel / 255 for channel in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: Rgb, second: Rgb) -> float:
    """Return the contrast ratio of two colours, from 1 (the same) to 21 (black and white)."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def to_hex(colour: Rgb) -> str:
    """Return `#rrggbb`, the only form that is ever written into a style sheet."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def unreadable(name: str, text: str, surfaces: dict[str, str]) -> Unreadable | None:
    """Return why a text colour cannot be read on one of the surfaces; None if it can on all."""
    colour = parse(text)
    if colour is None:
        return Unreadable(name, "anything (it is no colour)", 1.0)
    for surface in surfaces.values():
        ratio = contrast(colour, _known(surface))
        if ratio < LEAST_RATIO:
            return Unreadable(name, surface, ratio)
    return None


def tokens(brand: dict[str, str]) -> tuple[dict[str, str], list[Unreadable]]:
    """Return the style sheet's tokens for a brand, and what was refused (the house's colour stays there).

    Keys are those of the brand's rows, such as `color_header_background`; unknown and blank ones are left out.
    """
    colours = {key: found for key, value in brand.items() if value and (found := parse(value))}
    refused: list[Unreadable] = []
    chosen: dict[str, str] = {}
    page = to_hex(colours.get("color_body_background", _known(LIGHT["page"])))
    for token, (key, surface_key) in _PAIRS.items():
        if key not in colours:
            continue
        surface = to_hex(colours[surface_key]) if surface_key in colours else _surface(surface_key, page)
        if refusal := unreadable(key, to_hex(colours[key]), {"surface": surface}):
            refused.append(refusal)
        else:
            chosen[token] = to_hex(colours[key])
    for token, key in _SURFACES.items():
        if key in colours and _carries_text(token, colours[key], chosen, refused, key):
            chosen[token] = to_hex(colours[key])
    return chosen, refused


# token of the style sheet: (key of the brand, key of the surface it lies on)
_PAIRS = {
    "--good": ("color_state_ok", "color_body_background"),
    "--warn": ("color_state_warning", "color_body_background"),
    "--info": ("color_state_info", "color_body_background"),
    "--bad": ("color_state_alert", "color_body_background"),
    "--text": ("color_body_text", "color_body_background"),
    "--link": ("color_body_links", "color_body_background"),
    "--head-text": ("color_header_text", "color_header_background"),
    "--head-link": ("color_header_links", "color_header_background"),
    "--nav-link": ("color_navbar_links", "color_navbar_background"),
}
_SURFACES = {
    "--page": "color_body_background",
    "--head": "color_header_background",
    "--nav": "color_navbar_background",
    "--nav-button": "color_navbar_button_background",
}
_TEXT_ON = {"--page": "--text", "--head": "--head-text", "--nav": "--nav-link", "--nav-button": "--nav-link"}


def _surface(key: str, page: str) -> str:
    return page if key == "color_body_background" else LIGHT["page"]


def _carries_text(token: str, colour: Rgb, chosen: dict[str, str], refused: list[Unreadable], key: str) -> bool:
    """Return whether the text that will lie on a surface can be read there; else note the refusal."""
    text = chosen.get(_TEXT_ON[token], LIGHT["text"])
    ratio = contrast(colour, _known(text))
    if ratio < LEAST_RATIO:
        refused.append(Unreadable(key, text, ratio))
        return False
    return True


def _known(text: str) -> Rgb:
    found = parse(text)
    assert found is not None  # noqa: S101  one of our own
    return found
