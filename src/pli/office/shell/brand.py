"""A company's own colour, made readable: WCAG 2.2, 1.4.3 asks for 4.5:1 between text and ground."""

from __future__ import annotations

import colorsys
import re

HEX = re.compile(r"[0-9a-f]{6}")
WHITE, INK = (1.0, 1.0, 1.0), (0.114, 0.122, 0.153)
DARK_PAPER = (0.125, 0.122, 0.145)
ENOUGH = 4.5

Colour = tuple[float, float, float]


def parse_colour(value: str) -> Colour | None:
    """``#1f3a8a`` or ``1f3a8a`` as three parts between 0 and 1; None for anything else."""
    text = value.strip().lstrip("#").lower()
    if not HEX.fullmatch(text):
        return None
    red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def _luminance(colour: Colour) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, « contrast ratio »)."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable_on(colour: Colour, ground: Colour) -> Colour:
    """The nearest lightness of ``colour`` that text can have on ``ground``."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
    step = -0.02 if _luminance(ground) > 0.5 else 0.02
    while contrast(colour, ground) < ENOUGH and 0 <= lightness + step <= 1:
        lightness += step
        colour = colorsys.hls_to_rgb(hue, lightness, saturation)
    return colour


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in colour)


def theme_css(value: str) -> str:
    """The variables of a company's colour for light and dark pages; nothing when ``value`` is no colour."""
    colour = parse_colour(value)
    if colour is None:
        return ""
    filled = readable_on(colour, WHITE)
    return (
        f":root{{--brand:{_hex(colour)};--action:{_hex(filled)};--action-strong:{_hex(filled)};"
        f"--link:{_hex(filled)};--focus:{_hex(filled)}}}"
        f"@media (prefers-color-scheme:dark){{:root{{--link:{_hex(readable_on(colour, DARK_PAPER))};"
        f"--focus:{_hex(readable_on(colour, DARK_PAPER))}}}}}\n"
    )
