"""The shades of measured values: even, more the further from the ground, both signs apart in every vision."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from lstmviz.backends.drawing import Brush
from lstmviz.scene.items import Tint
from lstmviz.scene.plots import LEVELS, Heat
from lstmviz.themes import THEMES, load_theme
from lstmviz.themes.file import contrast
from lstmviz.themes.ramps import lab, shade
from tests.themes.test_colour import apart


def shades(theme, ramp):
    colours = load_theme(theme).colours
    return [shade(colours, f"{ramp}.{level}") for level in range(LEVELS[ramp])]


def distances(colours, vision):
    """From each colour to the next, as they are seen (CAM02-UCS)."""
    return np.array([apart(one, other, vision) for one, other in itertools.pairwise(colours)])


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_more_is_further_from_the_ground_in_grey(theme):
    """Sizes go one way from near the ground; from zero both signs do, as each is more of itself.

    In a theme of greys no colour tells the signs apart: there the shades go one way from below zero to above.
    """
    colours = load_theme(theme).colours
    ground, ink = (lab(colours[one])[0] for one in ("ground", "ink"))
    sizes, signed, ordered = (
        [lab(one)[0] for one in shades(theme, ramp)] for ramp in ("size", "signed", "ordered")
    )
    middle = len(signed) // 2
    ways = [sizes, signed[middle::-1], signed[middle:]]
    ways += [ordered] if theme == "print" else [ordered[middle::-1], ordered[middle:]]
    for lightness in ways:
        assert (np.diff(lightness) * (ink - ground) > 0).all()
    every = [
        lab(one) for one in (shades(theme, "size")[0], *shades(theme, "signed"), *shades(theme, "ordered"))
    ]
    assert min(np.linalg.norm(np.subtract(one, lab(colours["ground"]))) for one in every) > 0.08  # no zero


def test_zero_is_the_nearest_to_the_ground():
    for theme in THEMES:
        ground = lab(load_theme(theme).colours["ground"])
        far = [np.linalg.norm(np.subtract(lab(one), ground)) for one in shades(theme, "signed")]
        assert far.index(min(far)) == len(far) // 2
        assert min(far) < 0.12


def test_in_grey_both_signs_are_alike_strong():
    signed = [lab(one)[0] for one in shades("print", "signed")]
    assert signed == pytest.approx(signed[::-1], abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_a_minus_stands_out_from_the_shade_of_its_cell(theme):
    paint = load_theme(theme)
    values = tuple(-k / 12 for k in range(1, 13))
    heat = Heat("h", (0.0, 0.0, 240.0, 6.0), 1, 12, values, "signed", -1.0, 1.0)
    minus = [mark.stroke for mark in Brush(paint).plot(heat).marks if mark.stroke for _ in mark.paths]
    under = sorted(heat.level(value) for value in values)
    assert len(minus) == 12
    assert min(contrast(*two) for two in zip(minus, [paint.paint(Tint(f"signed.{k}")) for k in under],
                                             strict=True)) > 4  # fmt: skip


def test_a_minus_tells_all_that_is_below_zero_where_a_cell_has_room():
    """Both signs have much the same grey: in a copy without colours the minus tells them apart."""
    values = (-1.0, -0.1, -0.01, 0.0, 0.1, None)  # the third has the shade of what is next to zero
    heat = Heat("h", (0.0, 0.0, 72.0, 6.0), 1, 6, values, "signed", -1.0, 1.0)
    assert heat.below == [(6.0, 3.0, 0), (18.0, 3.0, 11), (30.0, 3.0, 12)]
    assert replace(heat, box=(0.0, 0.0, 54.0, 6.0)).below == []
    assert replace(heat, scale="linear").below == replace(heat, scale="ordered").below == []


@pytest.mark.parametrize("vision", ["normal", "deuteranomaly", "protanomaly"])
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ramp", ["size", "signed"])
def test_shades_are_even_in_every_colour_vision(theme, ramp, vision):
    """No step is three times another, and they vary by less than a third: no edge where values have none."""
    steps = distances(shades(theme, ramp), vision)
    assert steps.max() < 3 * steps.min()
    assert steps.std() < 0.33 * steps.mean()


@pytest.mark.parametrize("vision", ["normal", "deuteranomaly", "protanomaly", "tritanomaly"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_zero_is_a_grey_between_two_colours(theme, vision):
    signed = shades(theme, "signed")
    middle = len(signed) // 2
    assert np.hypot(*lab(signed[middle])[1:]) < 0.005
    hues = np.array([lab(one)[1:] for one in signed])
    assert (hues[:middle] @ hues[middle + 1 :].T < 0).all()  # on two sides of grey
    for end in (0, -1):
        assert apart(signed[end], signed[middle], vision) > 20
    for k in range(1, middle + 1):  # as much of either sign is never one colour
        assert apart(signed[middle - k], signed[middle + k], vision) > 3 * k


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_share_looks_as_what_is_negative_does(theme):
    sizes = shades(theme, "size")
    below = shades(theme, "signed")[: LEVELS["signed"] // 2]
    nearest = min(apart(one, other, "normal") for one in sizes for other in below)
    assert nearest > 2 * distances(sizes, "normal").max()
