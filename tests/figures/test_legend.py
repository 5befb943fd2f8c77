"""The foot of figures of states: gaps, alignment, swatches of what is used, tabs off the lines."""

from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lstmviz
from lstmviz.figures.shared import legend, swatches
from lstmviz.figures.shared.legend import Entry
from lstmviz.scene.canvas import Canvas
from lstmviz.scene.items import GROUND, fill_of, stroke_of
from lstmviz.scene.labels import run_box, words
from tests.models import specs

from .lint import crosses

KINDS = ("rolled", "unrolled", "unfold", "grid")
LEAST = 6.0
"""Free space between neighbours on one line of words, pt."""


def model(cell="lstm", *after, **options):
    layer = {cell: {"hidden_size": 16, **options}}
    return {"input": {"batch_size": 6, "timesteps": 5, "features": 3}, "layers": [layer, *after]}


def scene_of(spec, kind="grid", **options):
    return lstmviz.draw(spec, kind, **{"detail": "full"} | options).scene


def told(scene):
    return {t.label.text for t in scene.texts}


def on_one_line(scene):
    """Pairs of labels beside the drawing whose baselines agree: (gap, left words, right words)."""
    boxes = []
    for text in scene.texts:
        if text.role != "note" or text.label.runs[0].font not in {"sans", "mono", "bold", "roman", "italic"}:
            continue
        found = [run_box(r) for r in text.label.runs]
        base = text.label.runs[0].y
        boxes.append((base, min(b[0] for b in found), max(b[2] for b in found), text.label.text))
    for one, two in combinations(sorted(boxes, key=lambda b: b[1]), 2):
        if abs(one[0] - two[0]) < 0.5:
            yield two[1] - one[2], one[3], two[3]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs(), st.sampled_from(KINDS), st.sampled_from(["text", "column"]))
def test_neighbours_on_a_line_stand_apart(spec, kind, width):
    try:
        scene = scene_of(spec, kind, width=width)
    except lstmviz.FigureError as error:
        assert "too narrow" in str(error)
        return
    close = [found for found in on_one_line(scene) if found[0] < LEAST]
    assert close == []


ZEROS = "h_0, c_0: zeros by default"
COLOURS = {"input", "hidden state h", "cell state c", "output", "learned weights", ZEROS}


@pytest.mark.parametrize("width", ["text", "column"])
def test_only_what_is_drawn_is_explained(width):
    two = told(scene_of(model(bidirectional=True), width=width))
    assert two >= COLOURS | {"forward", "against time (reverse)", "one step t"}
    gru = told(scene_of(model("gru"), width=width))
    assert gru >= COLOURS - {"cell state c", ZEROS}
    white = "zeros" if width == "text" else "h_0: zeros by default"  # under them, or in the key
    assert white in gru
    assert not gru & {"cell state c", "forward", "reverse", "one step t"}
    upper = told(scene_of(model(num_layers=2), "unrolled", layer=1, width=width))
    assert "input" not in upper
    assert "output" in upper
    lower = told(scene_of(model(num_layers=2), "unrolled", width=width))
    assert "output" not in lower


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_legend_nothing_is_explained(kind):
    scene = scene_of(model(bidirectional=True), kind, legend="off")
    assert not told(scene) & (COLOURS - {"output"})
    assert "N batch" not in told(scene)


def test_given_states_are_no_zeros():
    spec = model(bidirectional=True)
    spec["input"]["states"] = "given"
    assert not any("zeros" in text for text in told(scene_of(spec)))
    assert "h_0, c_0: given" in told(scene_of(spec))


def test_swatches_have_the_colours_of_what_they_explain():
    canvas = Canvas()
    for kind, fill in (("input", fill_of("input")), ("hidden", fill_of("hidden")), ("cell", fill_of("cell")),
                       ("param", fill_of("param")), ("zeros", GROUND)):  # fmt: skip
        canvas.polygons.clear()
        legend.write(canvas, [[Entry((words("x"),), kind)]], (0, 0), 100)
        assert fill in [p.fill for p in canvas.polygons]
    canvas.polygons.clear()
    legend.write(canvas, [[Entry((words("c"),), "cell")]], (0, 0), 100)
    lines = [p for p in canvas.polygons if not p.closed]
    assert len(lines) == 2
    assert {p.stroke for p in lines} == {stroke_of("cell")}


def test_rows_of_a_name_are_aligned_behind_the_names():
    canvas = Canvas()
    group = [Entry((words("one"),), name="lstm"), Entry((words("two"),), name="decoder"),
             Entry((words("three " * 9),), name="lstm")]  # fmt: skip
    end = legend.write(canvas, [group], (10, 0), 140)
    at = {t.label.text: (t.label.runs[0].x, t.label.runs[0].y) for t in canvas.texts}
    starts = {at[text][0] for text in at if text not in {"lstm", "decoder"}}
    assert len(starts) == 1
    assert starts.pop() > 10 + words("decoder", 7, font="bold").width
    assert at["lstm"][1] == at["one"][1]
    assert at["decoder"][1] == at["two"][1] == end
    assert max(run_box(r)[2] for t in canvas.texts for r in t.label.runs) <= 150


def test_groups_stand_further_apart_than_lines():
    canvas = Canvas()
    legend.write(canvas, [[Entry((words("a " * 30),))], [], [Entry((words("b"),))]], (0, 0), 60)
    ys = sorted({t.label.runs[0].y for t in canvas.texts})
    steps = [q - p for p, q in pairwise(ys)]
    assert steps[-1] == pytest.approx(steps[0] + legend.GROUP)


TABBED = [
    ("lstm", {"linear": 2}, {"num_layers": 2}),
    ("lstm", {"linear": 2}, {"bidirectional": True}),
    ("lstm", "last_step", {"bidirectional": True}),
    ("gru", {"linear": 2}, {"num_layers": 12}),
]


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("steps", [1, 2, 5])
@pytest.mark.parametrize("tabbed", TABBED, ids=str)
def test_no_line_passes_a_tab(tabbed, steps, width, kind):
    """The index on `output` stands beside the arrow that leaves it, inside the frame."""
    cell, head, options = tabbed
    spec = model(cell, head, **options)
    spec["input"]["timesteps"] = steps
    more = {"layer": options.get("num_layers", 1) - 1} if kind == "unrolled" else {}
    scene = scene_of(spec, kind, width=width, **more)
    frame = next(f.box for f in scene.frames if f.id == "output")
    tabs = [
        run_box(t.label.runs[0])
        for t in scene.texts
        if t.label.text.startswith("h_n[") and frame[1] < t.label.runs[0].y < frame[3]
    ]
    assert len(tabs) == 1 + options.get("bidirectional", False)
    for tab in tabs:
        wide = (tab[0] - 1.7, tab[1], tab[2] + 1.7, tab[3])
        assert frame[0] < wide[0]
        assert wide[2] < frame[2]
        assert not [e.id for e in scene.edges for a, b in pairwise(e.route) if crosses(a, b, wide)]


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_both_directions_cells_of_a_step_stand_on_one_field(kind):
    scene = scene_of(model(bidirectional=True), kind)
    fields = [
        p.points for p in scene.polygons if p.fill == swatches.STEP and p.points[2][1] - p.points[0][1] > 20
    ]
    assert len(fields) == 5
    boxes = {n.id: n.box for n in scene.nodes}
    for step, field in enumerate(sorted(fields), 1):
        (x0, y0), _, (x1, y1), _ = field
        for lane in ("fwd", "rev"):
            box = boxes[f"cell.l0.{lane}.t{step}"]
            assert x0 <= box[0] < box[2] <= x1
            assert y0 <= box[1] < box[3] <= y1
    assert not [p for p in scene_of(model(), kind).polygons if p.fill == swatches.STEP]


def test_the_key_is_one_line_where_it_fits_swatches_before_letters():
    for kind in KINDS:
        scene = scene_of(model("gru"), kind, width="text", detail="normal")
        at = {text.label.text: text.label.runs[0] for text in scene.texts if text.role == "note"}
        assert at["hidden state h"].y <= at["N batch"].y == at["H units"].y
        if kind != "rolled":  # there the key stands beside the drawing
            assert at["hidden state h"].y == at["N batch"].y
            assert at["hidden state h"].x < at["N batch"].x
        narrow = scene_of(model("lstm"), kind, width="column", detail="normal")
        at = {text.label.text: text.label.runs[0].y for text in narrow.texts if text.role == "note"}
        assert at["hidden state h"] < at["N batch"]  # nor are they mixed in two lines
        squares = [node for node in scene.nodes if "delay." in node.id]
        assert bool(squares) == (kind in {"rolled", "unfold"})  # named once: beside them
        assert [text.label.text for text in scene.texts].count("next step") == len(squares)
