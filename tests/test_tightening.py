"""A drawing that is higher than its page loses height that only upright lines cross, and nothing else."""

import pytest

import lstmviz
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import Tint
from lstmviz.scene.labels import words
from lstmviz.scene.tightening import KEPT, MOST, tightened
from tests.conftest import ROOT
from tests.figures.lint import faults


def drawing():
    canvas = Canvas()
    canvas.node("low", "param", (0, 140, 40, 160), words("low", 7))
    canvas.node("high", "param", (0, 20, 40, 40))
    canvas.node("left", "hidden", (-60, 88, -40, 92))
    canvas.node("right", "hidden", (60, 88, 80, 92))
    canvas.edge("up", ("low", "high"), "hidden", [(20, 140), (20, 40)], cuts=((47.0, 53.0),))
    canvas.edge("across", ("left", "right"), "hidden", [(-40, 90), (60, 90)])
    canvas.frame("all", "output", (-5, 15, 45, 165), members=("low", "high"), doors=((-5, 90, 4.0),))
    canvas.box((-2, 18, 42, 162), fill=Tint("muted", "ground", 0.9))
    return canvas


def test_only_free_height_goes():
    canvas = drawing()
    assert tightened(canvas, 30.0) == 30.0
    boxes = {node.id: node.box for node in canvas.nodes}
    assert [round(y1 - y0, 6) for _, y0, _, y1 in boxes.values()] == [20, 20, 4, 4]
    assert boxes["low"][1] - boxes["high"][3] == pytest.approx(70)
    up, across = canvas.edges
    assert [up.route[0][1], up.route[1][1]] == pytest.approx([boxes["low"][1], boxes["high"][3]])
    level = (boxes["left"][1] + boxes["left"][3]) / 2
    assert [y for _, y in across.route] == pytest.approx([level, level])
    opened = [up.route[0][1] - cut for cut in up.cuts[0]]
    assert opened == pytest.approx([level + 3, level - 3]), "it stays open where the other line passes"
    frame, ground = canvas.frames[0], canvas.polygons[0]
    assert frame.box[3] - frame.box[1] == pytest.approx(120)
    assert frame.doors[0][1] == pytest.approx(level)
    assert max(y for _, y in ground.points) - min(y for _, y in ground.points) == pytest.approx(114)
    run = canvas.nodes[0].label.runs[0]
    assert boxes["low"][1] < run.y < boxes["low"][3]


def test_where_it_does_not_fit_all_that_is_free_goes():
    canvas = drawing()
    before = canvas.extent()
    out = tightened(canvas, 100.0)
    assert 0 < out < 100
    after = canvas.extent()
    assert (before[3] - before[1]) - (after[3] - after[1]) == pytest.approx(out)
    assert 0 < MOST < 1 < KEPT


@pytest.mark.parametrize(
    ("spec", "kind", "width", "most"),
    [
        ("free", "grid", "text", 200),
        ("weather", "grid", "column", 230),
        ("seq2seq", "grid", "column", 230),
        ("translation", "grid", "column", 229),
        ("translation", "unrolled", "text", 200),
    ],
)
def test_figures_that_were_too_high_fit_their_page(spec, kind, width, most):
    scene = lstmviz.draw(ROOT / f"specs/{spec}.yaml", kind, width=width).scene
    assert scene.height <= most * 72 / 25.4 + 1e-6
    assert faults(scene) == {}
