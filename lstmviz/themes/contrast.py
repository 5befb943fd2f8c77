"""How well two colours stand apart, by WCAG 2's formula, and which pairs must."""

from __future__ import annotations

from lstmviz.themes import mix
from lstmviz.themes.ramps import linear

TEXT, LINE = 4.5, 3.0
"""The least contrast of text, and of a line that means something."""


def contrast(one: str, other: str) -> float:
    """The contrast of two colours ``#rrggbb``, from 1 to 21.

    >>> round(contrast("#000000", "#ffffff"), 1)
    21.0
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour ``#rrggbb``, from 0 to 1.

    >>> luminance("#ffffff")
    1.0
    """
    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def readable(colour: str, ground: str, least: float) -> str | None:
    """The nearest colour on the way to black or white with that contrast, or None.

    >>> readable("#777777", "#ffffff", 7.0)
    '#595959'
    """
    ends = ("#000000", "#ffffff")
    for percent in range(0, 101, 1):
        for end in ends if luminance(ground) > 0.18 else reversed(ends):
            trial = mix(colour, end, percent / 100)
            if contrast(trial, ground) >= least:
                return trial
    return None
