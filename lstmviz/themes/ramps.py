"""Shades for measured values, made of a theme's own colours: even steps for the eye, and in grey as well.

Both ramps go one way in lightness, from near the ground to the ink, so they are read in greyscale and by
every colour vision: what is nearer to the ink is more, in every map of a figure. The one of sizes is blue;
the one with signs goes from orange over the grey of zero to violet.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from lstmviz.scene.plots import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

DARKEST = 0.26
"""How dark the shade of the most positive values is at most: the steps next to black are all alike."""
FAINT = 0.14
"""How far the first shade of sizes is from the ground in lightness: what is not zero is seen."""
PALE, ZERO = 0.12, 0.35
"""How far the most negative values are from the ground in lightness; where zero is on the way to the ink."""
SOON, COLOURED, GREY = 0.45, 0.14, 0.01
"""How soon the two signs part in hue, as a power of the share; how much colour their ends have; what is no
colour."""

Lab = tuple[float, float, float]


def shade(colours: Mapping[str, str], name: str) -> str:
    """Return the colour of a shade by its name, ``size.7`` or ``signed.0``; KeyError if it is none."""
    ramp, _, level = name.partition(".")
    anchors = {"size": _size, "signed": _signed}[ramp](colours)
    return _ramp(anchors)[int(level)]


def _size(colours: Mapping[str, str]) -> tuple[str, ...]:
    return ("size", colours["ground"], colours["input.stroke"], colours["ink"])


def _signed(colours: Mapping[str, str]) -> tuple[str, ...]:
    below = max((colours["hidden.stroke"], colours["hidden.fill"]), key=lambda c: lab(c)[0])
    return ("signed", colours["ground"], below, colours["param.stroke"], colours["ink"])


@lru_cache(32)
def _ramp(anchors: tuple[str, ...]) -> tuple[str, ...]:
    """Return the shades, even in lightness; of signs on each side of zero."""
    ground, *hues, ink = (lab(colour) for colour in anchors[1:])
    way = 1 if ink[0] > ground[0] else -1
    if anchors[0] == "size":
        begin, end = ground[0] + way * FAINT, ground[0] + 0.93 * (ink[0] - ground[0])
        shades = [(begin + (end - begin) * k / (LEVELS - 1), hues[0]) for k in range(LEVELS)]
        return tuple(_hex(_tinted(lightness, hue)) for lightness, hue in shades)
    begin, end = ground[0] + way * PALE, max(DARKEST, ground[0] + 0.93 * (ink[0] - ground[0]))
    zero = begin + ZERO * (end - begin)
    shares = [2 * (k + 0.5) / LEVELS - 1 for k in range(LEVELS)]
    ends = [(begin, hues[0]) if share < 0 else (end, hues[1]) for share in shares]
    return tuple(_hex(_apart(zero, *to, abs(share))) for to, share in zip(ends, shares, strict=True))


def _apart(zero: float, end: float, hue: Lab, share: float) -> Lab:
    """Return the shade of a share of an end: even in lightness, and soon off the grey of zero in hue."""
    own = (hue[1] ** 2 + hue[2] ** 2) ** 0.5
    much = share**SOON * COLOURED / own if own > GREY else 0.0
    return (zero + (end - zero) * share, hue[1] * much, hue[2] * much)


def _tinted(lightness: float, hue: Lab) -> Lab:
    """Return a lightness with the hue of a colour, the more of it the nearer the two are."""
    near = max(0.0, 1 - abs(lightness - hue[0]) / 0.55)
    return (lightness, hue[1] * near, hue[2] * near)


def lab(colour: str) -> Lab:
    """Return a colour in OKLab: lightness from 0 to 1, and two axes of hue.

    >>> [round(part, 3) for part in lab("#ffffff")]
    [1.0, 0.0, 0.0]
    """
    r, g, b = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _hex(colour: Lab) -> str:
    """Return an OKLab colour as ``#rrggbb``: with as much of its hue as a screen has in this lightness."""
    lightness, a, b = colour
    shares = (k / 32 for k in range(32, -1, -1))
    parts = next(
        p for share in shares for p in [_rgb((lightness, a * share, b * share))] if _shown(p) or not share
    )
    return "#" + "".join(f"{round(255 * _gamma(min(1.0, max(0.0, part)))):02x}" for part in parts)


def _shown(parts: Lab) -> bool:
    """Whether a screen has a colour, to half a step."""
    return all(-0.002 <= part <= 1.002 for part in parts)


def _rgb(colour: Lab) -> Lab:
    """Return an OKLab colour as linear red, green and blue, from 0 to 1 where a screen has it."""
    lightness, a, b = colour
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)
