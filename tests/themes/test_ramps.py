"""The shades of measured values: even, one way in grey, and both signs apart, in every colour vision."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from lstmviz.scene.plots import LEVELS
from lstmviz.themes import THEMES, load_theme
from lstmviz.themes.ramps import lab, shade
from tests.themes.test_colour import apart


def shades(theme, ramp):
    colours = load_theme(theme).colours
    return [shade(colours, f"{ramp}.{level}") for level in range(LEVELS[ramp])]


def distances(colours, vision):
    """From each colour to the next, as they are seen (CAM02-UCS)."""
    return np.array([apart(one, other, vision) for one, other in itertools.pairwise(colours)])


@pytest.mark.parametrize("theme", THEMES)
def test_shades_go_one_way_in_grey(theme):
    """From near the ground to the ink, in every map: what is more is nearer to the ink, in grey as well."""
    colours = load_theme(theme).colours
    ground, ink = (lab(colours[one])[0] for one in ("ground", "ink"))
    for ramp in ("size", "signed"):
        lightness = [lab(one)[0] for one in shades(theme, ramp)]
        assert (np.diff(lightness) * (ink - ground) > 0).all()
    every = [lab(one) for one in (shades(theme, "size")[0], *shades(theme, "signed"))]
    assert min(np.linalg.norm(np.subtract(one, lab(colours["ground"]))) for one in every) > 0.08  # no zero


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
