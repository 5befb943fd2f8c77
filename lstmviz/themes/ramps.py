"""Shades for measured values, made of a theme's own colours: even steps for the eye, and in grey as well.

Both ramps go one way in lightness, so they are read in greyscale and by every colour vision. The one of sizes
goes from near the ground to the ink; the one with signs from a dark violet through grey to a light yellow.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from lstmviz.scene.plots import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

DARKEST = 0.24
"""How dark the shade of the most negative values is at most: the steps next to black are all alike."""
FAINT = 0.14
"""How far the first shade of sizes is from the ground in lightness: what is not zero is seen."""

SOON, RICH = 0.55, 1.6
"""How soon the two signs part in hue, as a power of the share; and how much more colour the light end has."""

Lab = tuple[float, float, float]


def shade(colours: Mapping[str, str], name: str) -> str:
    """Return the colour of a shade by its name, ``size.7`` or ``signed.0``; KeyError if it is none."""
    ramp, _, level = name.partition(".")
    anchors = {"size": _size, "signed": _signed}[ramp](colours)
    return _ramp(anchors)[int(level)]


def _size(colours: Mapping[str, str]) -> tuple[str, ...]:
    return ("size", colours["ground"], colours["input.stroke"], colours["ink"])


def _signed(colours: Mapping[str, str]) -> tuple[str, ...]:
    dark = min((colours["param.stroke"], colours["param.fill"]), key=lambda c: lab(c)[0])
    light = max((colours["gate.stroke"], colours["gate.fill"]), key=lambda c: lab(c)[0])
    other = min((colours["gate.stroke"], colours["gate.fill"]), key=lambda c: lab(c)[0])
    return ("signed", dark, light, other)


@lru_cache(32)
def _ramp(anchors: tuple[str, ...]) -> tuple[str, ...]:
    """Return the shades, evenly apart in lightness."""
    one, two, three = (lab(colour) for colour in anchors[1:])
    if anchors[0] == "size":
        ground, hue, ink = one, two, three
        begin = ground[0] + (FAINT if ink[0] > ground[0] else -FAINT)
        end = ground[0] + 0.93 * (ink[0] - ground[0])
        return tuple(_hex(_tinted(begin + (end - begin) * k / (LEVELS - 1), hue)) for k in range(LEVELS))
    dark, light = (max(one[0], DARKEST), one[1], one[2]), _mixed(two, three, 0.12)
    shares = [2 * (k + 0.5) / LEVELS - 1 for k in range(LEVELS)]
    return tuple(_hex(_apart(dark, light, share)) for share in shares)


def _apart(dark: Lab, light: Lab, share: float) -> Lab:
    """Return the shade of a share from -1 to 1: even in lightness, and soon off the grey of zero in hue."""
    hue, much = (dark if share < 0 else light), abs(share) ** SOON
    rich = RICH if share > 0 else 1.0
    middle, half = (dark[0] + light[0]) / 2, (light[0] - dark[0]) / 2
    return (middle + half * share, hue[1] * much * rich, hue[2] * much * rich)


def _tinted(lightness: float, hue: Lab) -> Lab:
    """Return a lightness with the hue of a colour, the more of it the nearer the two are."""
    near = max(0.0, 1 - abs(lightness - hue[0]) / 0.55)
    return (lightness, hue[1] * near, hue[2] * near)


def _mixed(a: Lab, b: Lab, by: float) -> Lab:
    one, two, three = (p + (q - p) * by for p, q in zip(a, b, strict=True))
    return (one, two, three)


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
    """Return an OKLab colour as ``#rrggbb``, what no screen has at the nearest that it has."""
    lightness, a, b = colour
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    parts = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _gamma(min(1.0, max(0.0, part)))):02x}" for part in parts)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)
