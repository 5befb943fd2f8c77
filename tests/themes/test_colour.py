"""Colours that can be told apart: contrast where things are painted, colour vision, greyscale."""

from __future__ import annotations

import itertools
import os
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from colorspacious import cspace_convert, deltaE

import lstmviz
from lstmviz import figures, pipeline
from lstmviz.backends.drawing import display_list
from lstmviz.figure_requests import able, plan
from lstmviz.scene.items import Tint
from lstmviz.themes import PARTS, ROLES, THEMES, load_theme
from lstmviz.themes.file import contrast, luminance
from tests.themes.contrast import faint

SPECS = Path(__file__).parents[2] / "specs"
SHOWS = {
    "rolled": "projection", "unrolled": "bilstm", "unfold": "lstm", "grid": "weather", "cube": "weather",
    "cell": "gru", "tensors": "weather", "pipeline": "regression", "neurons": "patient", "volumes": "cnn",
    "weights": "weights", "influence": "influence",
    "activity": "activity", "batch": "batch",
}  # fmt: skip
"""One spec for every kind; `LSTMVIZ_ALL=1` (`make prove`) takes them all."""
VISION = {"normal": 20, "deuteranomaly": 13.5, "protanomaly": 13.5, "tritanomaly": 13.5}
"""The least distance (CAM02-UCS) of two roles' lines; dichromats are these at severity 100."""


@cache
def scene(name, kind, width):
    spec = lstmviz.load(SPECS / f"{name}.yaml")
    try:
        return pipeline.compose(pipeline.trace(spec), plan(spec, kind, {"width": width})).scene
    except lstmviz.FigureError as error:
        assert "too narrow" in str(error)
        return None


def cases():
    if os.environ.get("LSTMVIZ_ALL") != "1":
        return [(SHOWS[kind], kind) for kind in figures.KINDS]
    names = sorted(path.stem for path in SPECS.glob("*.yaml"))
    loaded = {name: pipeline.trace(lstmviz.load(SPECS / f"{name}.yaml")) for name in names}
    return [(name, kind) for name in names for kind in able(loaded[name])]


def pytest_generate_tests(metafunc):
    if "case" in metafunc.fixturenames:
        found = cases()
        metafunc.parametrize("case", found, ids=["-".join(case) for case in found])


@pytest.mark.parametrize("width", ["column", "text"])
def test_every_text_and_line_stands_out_from_what_is_under_it(case, width):
    drawn = scene(*case, width)
    found = {name: faint(display_list(drawn, load_theme(name))) for name in THEMES} if drawn else {}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_faint_paint_is_found():
    """The test above can fail: every kind of mark in a theme that hides it."""
    drawn = scene("lstm", "unfold", "text")
    light = load_theme("light")
    pale = dict(light.colours)
    pale |= {"hidden.stroke": "#ffd9cc", "ink": "#cccccc", "param.fill": pale["param.stroke"]}
    found = faint(display_list(drawn, type(light)("pale", pale)))
    ids = {what for what, *_ in found}
    assert {"x", "rolled/h.out"} & ids
    assert any(ground == pale["param.stroke"] for _, _, ground in found)


def seen(colour, vision):
    """A colour as it looks to someone, in sRGB from 0 to 1."""
    rgb = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    if vision == "normal":
        return rgb
    space = {"name": "sRGB1+CVD", "cvd_type": vision, "severity": 100}
    return np.clip(cspace_convert(rgb, space, "sRGB1"), 0, 1)


def apart(one, other, vision):
    pair = (seen(one, vision), seen(other, vision))
    return float(deltaE(*pair, input_space="sRGB1", uniform_space="CAM02-UCS"))


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", ["light", "dark"])
def test_roles_are_apart_in_every_colour_vision(name, vision):
    lines = {role: load_theme(name).colours[f"{role}.stroke"] for role in ROLES}
    pairs = {(a, b): apart(lines[a], lines[b], vision) for a, b in itertools.combinations(ROLES, 2)}
    assert {pair: round(d, 1) for pair, d in pairs.items() if d < VISION[vision]} == {}


def test_the_simulation_knows_red_from_green():
    assert apart("#d62728", "#2ca02c", "normal") > 50
    assert apart("#d62728", "#8a6d00", "protanomaly") < apart("#d62728", "#8a6d00", "normal") / 2


def test_print_is_grey_and_its_lines_black():
    colours = load_theme("print").colours
    assert all(c[1:3] == c[3:5] == c[5:7] for c in colours.values())
    assert {colours[f"{role}.stroke"] for role in ROLES} == {"#000000"}


def test_the_greys_of_print_can_be_told_apart():
    """Neighbouring greys differ by a step that survives a printer: 5 of 100 in lightness."""
    colours = load_theme("print").colours
    steps = sorted({lightness(colours[f"{role}.fill"]) for role in ROLES})
    assert all(b - a >= 5 for a, b in itertools.pairwise(steps)), steps
    assert len(steps) == 5  # input, output and operations are white: they differ in form and line


def lightness(colour):
    """L* of a colour."""
    y = luminance(colour)
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


def decoded(node):
    """What a reader of a grey print sees of a node that is filled in a role's colour."""
    tint = node.fill or Tint(f"{node.role}.fill")
    filled = tint.name.endswith(".fill") and not node.hollow and node.outline != "none"
    form = {"stadium": "op", "circle": "op", "round": "module"}.get(node.outline, node.outline)
    return (load_theme("print").paint(tint), form) if filled else None


def test_no_two_roles_look_the_same_in_grey(case):
    """Nodes: by grey and form. Edges: h single, c double, reverse dashed with a hollow head."""
    drawn = scene(*case, "text")
    looks = defaultdict(set)
    for node in drawn.nodes if drawn else ():
        if node.role in {"hidden", "cell", "gate", "param"} and decoded(node):
            looks[decoded(node)].add(node.role)
    assert {look: roles for look, roles in looks.items() if len(roles) > 1} == {}
    for edge in drawn.edges if drawn else ():
        if drawn.kind != "neurons":  # c of one unit is one number: a line that crosses no other
            assert edge.double == (edge.role == "cell"), edge.id
        assert edge.dashed == (edge.head == "hollow") or edge.head == "none", edge.id


def test_every_theme_has_the_same_names():
    names = {f"{role}.{part}" for role in ROLES for part in PARTS} | {"ground", "ink", "muted", "hatch"}
    assert all(load_theme(name).colours.keys() == names for name in THEMES)
    assert all(contrast(c["ground"], c["hatch"]) > 1.5 for c in (load_theme(n).colours for n in THEMES))
