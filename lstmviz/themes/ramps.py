"""Shades for measured values, made of a theme's own colours: even steps for the eye, in every colour vision.

The ramp of sizes goes one way in lightness, from near the ground to the ink. The one with signs begins at
zero, which is nearly the ground, and goes to a warm colour for what is negative and to violet for what is
positive: what is more of either is further from the ground, as sizes are. So it is in a theme without
colours, which is for print in grey: there a minus in the cell is the sign. Where cells have no room for one,
its shades are ordered: they go one way, from below zero to above.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

from lstmviz.scene.plots import LEVELS

FAINT = 0.14
"""How far the shade nearest to the ground is from it in lightness: what is not exactly zero is seen."""
ZERO, ON_LIGHT, ON_DARK, ALIKE = 0.105, (0.43, 0.6), (0.56, 0.7), (0.8, 0.8)
"""How far from the ground to the ink zero and the ends of both signs are, below and above: zero is nearly the
ground, and beyond such ends there is less colour. Without colours both ends are alike."""
BETWEEN, DARKEST = 0.35, 0.4
"""In a theme without colours: where zero is on that way, and how dark the most positive values are."""
COLOURED, GREY = 0.2, 0.01
"""How much colour both signs have at their ends, where a screen has so much; what is no colour."""
FINE = 480
"""In so many pieces the way from zero to an end is measured."""

SIGNS = ("ground", "hidden.fill", "param.stroke", "ink")
ANCHORS = {"size": ("ground", "input.stroke", "ink"), "signed": SIGNS, "ordered": SIGNS}
"""The colours of a theme that each ramp is made of."""

Lab = tuple[float, float, float]


def shade(colours: Mapping[str, str], name: str) -> str:
    """Return the colour of a shade by its name, ``size.7`` or ``signed.0``; KeyError if it is none."""
    ramp, _, level = name.partition(".")
    return _ramp((ramp, *(colours[one] for one in ANCHORS[ramp])))[int(level)]


@lru_cache(32)
def _ramp(anchors: tuple[str, ...]) -> tuple[str, ...]:
    """Return the shades, even in lightness; of signs on each side of zero."""
    (ground, *_), *hues, (ink, *_) = (lab(colour) for colour in anchors[1:])
    begin, end = ground + math.copysign(FAINT, ink - ground), ground + 0.93 * (ink - ground)
    if anchors[0] == "size":
        last = LEVELS["size"] - 1
        shades = [(begin + (end - begin) * k / last, hues[0]) for k in range(last + 1)]
        return tuple(_hex(_tinted(lightness, hue)) for lightness, hue in shades)
    zero, ends = ground + BETWEEN * (ink - ground), [begin, max(DARKEST, end)]
    coloured = math.hypot(*hues[1][1:]) > GREY
    if coloured or anchors[0] == "signed":
        far = ALIKE if not coloured else ON_LIGHT if ink < ground else ON_DARK
        zero, *ends = (ground + share * (ink - ground) for share in (ZERO, *far))
    below, above = (_from_zero(zero, end, hue) for end, hue in zip(ends, hues, strict=True))
    return (*reversed(below), *above[1:])


def _from_zero(zero: float, end: float, hue: Lab) -> list[str]:
    """Return the shades from a grey to a colour, each as far from the next as a screen shows them."""
    own = math.hypot(*hue[1:])
    much = COLOURED / own if own > GREY else 0.0
    last = lab(_hex((end, hue[1] * much, hue[2] * much)))
    way = [_on_the_way((zero, 0.0, 0.0), last, k / FINE) for k in range(FINE + 1)]
    fine = [_hex(one) for one in way]
    far = [0.0]
    for one, other in pairwise(way):
        far.append(far[-1] + math.dist(_seen(one), _seen(other)))
    steps = LEVELS["signed"] // 2
    wanted = [far[-1] * k / steps for k in range(steps + 1)]
    nearest = [min((abs(one - at), k) for k, one in enumerate(far))[1] for at in wanted]
    return [fine[k] for k in nearest]


def _on_the_way(one: Lab, other: Lab, share: float) -> Lab:
    """Return the colour at a share of the straight way from one to the other."""
    return (one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share,
            one[2] + (other[2] - one[2]) * share)  # fmt: skip


def _seen(colour: Lab) -> Lab:
    """Return a colour where distances are as in CAM02-UCS: of much colour a little more is seen less."""
    lightness, a, b = colour
    much = math.hypot(a, b)
    less = math.log1p(5.5 * much) / (2.28 * much) if much else 0.0
    return (lightness, a * less, b * less)


def _tinted(lightness: float, hue: Lab) -> Lab:
    """Return a lightness with the hue of a colour, the more of it the nearer the two are."""
    near = max(0.0, 1 - abs(lightness - hue[0]) / 0.55)
    return (lightness, hue[1] * near, hue[2] * near)


def lab(colour: str) -> Lab:
    """Return a colour in OKLab: lightness from 0 to 1, and two axes of hue.

    >>> [round(part, 3) for part in lab("#ffffff")]
    [1.0, 0.0, 0.0]
    """
    r, g, b = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
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


def linear(part: float) -> float:
    """One part of an sRGB colour as light, both from 0 to 1."""
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)
