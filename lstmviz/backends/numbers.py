"""Numbers and colours as SVG writes them, in their shortest form."""

from __future__ import annotations

from functools import lru_cache


def brief(colour: str) -> str:
    """A colour in its shortest form.

    >>> brief("#ffffff"), brief("#c9e0fe")
    ('#fff', '#c9e0fe')
    """
    short = colour[1::2]
    return f"#{short}" if len(colour) == 7 and short == colour[2::2] else colour


@lru_cache(1 << 16)
def number(value: float) -> str:
    """A coordinate to 1/100 pt, without what is not needed.

    >>> number(12.50), number(-0.001), number(7.0)
    ('12.5', '0', '7')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def pair(point: tuple[float, float]) -> str:
    """Both coordinates of a point."""
    return f"{number(point[0])} {number(point[1])}"
