"""Frames: a figure built up on one page, in the order in which the model computes."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

import pytest

import lstmviz
from lstmviz import figures
from lstmviz.backends.pdf import Document
from lstmviz.scene import ids
from lstmviz.scene.frames import frames
from tests.figures.lint import labels_of

INPUT = {"batch_size": 2, "timesteps": 4, "features": 3}
LSTM = {"hidden_size": 4, "num_layers": 2}


@cache
def built(kind, by, **options):
    both = options.pop("bidirectional", False)
    model = {"input": INPUT, "layers": [{"lstm": {**LSTM, "bidirectional": both}}, {"linear": 2}]}
    return frames(lstmviz.draw(model, kind, **options).scene, by)


def cells(scene, lane="fwd", layer=0):
    found = (re.fullmatch(rf"cell\.l{layer}\.{lane}\.t(\d+)", node.id) for node in scene.nodes)
    return [int(one[1]) for one in found if one]


CASES = [("grid", "time"), ("grid", "layers"), ("unrolled", "time"), ("cell", "gates"), ("neurons", "time"),
         ("neurons", "layers")]  # fmt: skip


@pytest.mark.parametrize(("kind", "by"), CASES)
def test_frames_only_add_and_end_with_the_figure(kind, by):
    assert by in figures.kind(kind).frames
    found = built(kind, by)
    assert len(found) == (3 if by == "layers" or kind == "neurons" else 4)  # two steps of single units
    for before, after in pairwise(found):
        assert (before.width, before.height) == (after.width, after.height)
        for items in ("nodes", "edges", "texts", "polygons"):
            assert set(getattr(before, items)) <= set(getattr(after, items))
        assert len(before.nodes) < len(after.nodes)
        nodes = {node.id for node in before.nodes}
        assert {end for edge in before.edges for end in (edge.source, edge.target)} <= nodes
        reads = {edge.target: set() for edge in found[-1].edges}
        for edge in found[-1].edges:
            reads[edge.target].add(edge.source)
        assert all(reads.get(name, set()) <= nodes for name in nodes)  # nothing before what it reads


def test_time_goes_as_each_direction_reads():
    assert [cells(one) for one in built("grid", "time")] == [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]
    both = built("grid", "time", bidirectional=True, detail="full")
    assert len(both) == 7  # four of the lower layer, the last of which begins the upper one
    assert [cells(one, "rev")[:1] for one in both[:4]] == [[4], [3], [2], [1]]
    assert [len(cells(one, "fwd", 1)) for one in both] == [0, 0, 0, 1, 2, 3, 4]


def test_layers_are_built_from_below():
    neurons = [{ids.read(node.id).layer for node in one.nodes} for one in built("neurons", "layers")]
    assert [one - {None} for one in neurons] == [{0}, {0, 1}, {0, 1}]
    first, second, last = built("grid", "layers")
    assert cells(first, layer=0) == cells(second, layer=1) == [1, 2, 3, 4]
    assert cells(first, layer=1) == []
    assert "Linear" not in " ".join(label.text for label in labels_of(second))
    assert last == built("grid", "time")[-1]


@pytest.mark.parametrize("kind", ["grid", "neurons"])
@pytest.mark.parametrize("detail", ["low", "normal"])
@pytest.mark.parametrize("states", ["zeros", "given"])
def test_what_stands_on_a_layer_comes_after_it(kind, detail, states):
    """One layer and its head are two frames: the head is all that the first leaves out."""
    model = {"input": INPUT | {"states": states}, "layers": [{"lstm": 4}, {"linear": 2}]}
    first, last = frames(lstmviz.draw(model, kind, detail=detail).scene, "layers")
    head = {node.id for node in last.nodes} - {node.id for node in first.nodes}
    assert head
    assert all(name.startswith(("linear", "result")) for name in head)
    assert {"h_0.l0.fwd", "h_n.l0.fwd"} <= {node.id.split(".u")[0] for node in first.nodes}


@pytest.mark.parametrize("between", [[], [{"dropout": 0.1}]])
def test_layers_of_several_modules_come_one_after_the_other(between):
    model = {"input": INPUT, "layers": [{"lstm": 4}, *between, {"gru": 4}, {"linear": 2}]}
    built_ = frames(lstmviz.draw(model, "grid").scene, "layers")
    shown = [{node.id.split("/")[0].split(".")[0] for node in one.nodes} for one in built_]
    assert [{"lstm", "gru", "linear"} & one for one in shown] == [
        {"lstm"}, {"lstm", "gru"}, {"lstm", "gru", "linear"}]  # fmt: skip


def test_gates_come_one_by_one():
    gates = [[node.id for node in one.nodes if node.id.startswith("gate.")] for one in built("cell", "gates")]
    assert [len(one) for one in gates] == [1, 2, 3, 4]
    told = [{node.id for node in one.nodes} for one in built("cell", "gates")]
    assert ["c.t" in one for one in told] == [False, False, True, True]
    assert ["h.t" in one for one in told] == [False, False, False, True]


@pytest.mark.parametrize(
    ("cell", "order"),
    [
        ("lstm", [["f"], ["f", "i"], ["f", "i", "g"], ["f", "i", "g", "o"]]),
        ("gru", [["r"], ["r", "z"], ["r", "z", "n"]]),
    ],
)
def test_gates_of_a_bare_cell_come_one_by_one_from_the_left(cell, order):
    still = lstmviz.draw({"input": INPUT, "layers": [{cell: 4}]}, "cell", detail="low").scene
    found = frames(still, "gates")
    gates = [sorted((n.box[0], n.id[-1]) for n in one.nodes if n.id.startswith("layer.")) for one in found]
    assert [[letter for _, letter in one] for one in gates] == order
    assert found[-1] == still


def test_words_come_with_what_they_name():
    """The number of a part of a cell with that part; the name of a row with its first node."""
    said = [[label.text for label in labels_of(one)] for one in built("cell", "gates")]
    assert [one.count("3") for one in said] == [1, 1, 2, 2]  # once beside its equation
    assert [one.count("4") for one in said] == [1, 1, 1, 2]
    both = built("grid", "time", bidirectional=True, detail="full")
    heads = ["Linear(8, 2)" in {label.text for label in labels_of(one)} for one in both]
    assert heads == [any(node.id.startswith("linear.") for node in one.nodes) for one in both]


def test_measured_values_come_row_by_row():
    found = built("influence", "time")
    assert len(found) == 4
    maps = [next(plot for plot in one.plots if plot.id == "map") for one in found]
    assert [sum(value is not None for value in one.values) for one in maps] == [4, 8, 12, 16]
    curves = [next(plot for plot in one.plots if plot.id == "h.l0.fwd").values for one in found]
    assert [sum(value is not None for value in one) for one in curves] == [2, 3, 4, 5]
    assert curves[0][-1] == 1.0


def test_gates_and_the_input_come_step_by_step():
    """The curves of the input go with the maps below them, from the first step on, under their names."""
    found = built("activity", "time")
    assert len(found) == 4
    for steps, one in enumerate(found, 1):
        shown = {plot.id: plot for plot in one.plots if ".bar" not in plot.id}
        assert {"x.0", "x.1", "x.2", "i", "h"} <= shown.keys()
        for plot in shown.values():
            drawn = [value is not None for value in plot.values]
            assert drawn == ([True] * steps + [False] * (4 - steps)) * (len(drawn) // 4), plot.id
        assert [one.texts == found[-1].texts, one.polygons == found[-1].polygons] == [True, True]


def test_what_is_said_of_measured_values_comes_with_them():
    found = built("influence", "time")
    said = [" ".join(label.text for label in labels_of(one)) for one in found]
    assert ["reads a later one" in one for one in said] == [False] * 3 + [True]
    assert all("untrained weights" in one and "input x at step s" in one for one in said)
    names = [
        sum(label.text in {"‖∂h_T/∂h_t‖_2", "‖∂c_T/∂c_t‖_2"} for label in labels_of(one)) for one in found
    ]
    assert names == [2] * 4  # over their column, from the first frame on
    model = {"input": {"features": 3, "stateful": {"parallel": 2, "chunk": 3}}, "layers": [{"gru": 4}]}
    streams = frames(lstmviz.draw(model, "influence").scene, "time")
    walls = [sum(one.role == "op" for one in scene.polygons) for scene in streams]
    assert walls == [0, 0, 2, 2, 2, 2]  # with the third of six steps, in the map and in the curve
    assert ["2 chunks of 3 steps" in " ".join(t.label.text for t in s.texts) for s in streams] == [
        False
    ] * 5 + [True]


SPEC = "input: {batch_size: 2, timesteps: 3, features: 2}\nlayers: [lstm: 4]\nfigures: [grid, cell]\n"


@pytest.fixture
def render(run, tmp_path):
    (tmp_path / "lstm.yaml").write_text(SPEC)
    return lambda *args: run("render", "lstm.yaml", "-o", "out", *args)


def test_numbered_files_and_their_overlays(render, tmp_path):
    code, printed, _ = render("--kind", "grid", "--frames", "time", "-f", "svg,pdf", "--snippet", "latex")
    assert code == 0
    out = tmp_path / "out"
    assert sorted(path.name for path in out.glob("*.svg")) == [f"lstm-grid-0{k}.svg" for k in (1, 2, 3)]
    lines = [line for line in printed.splitlines() if line.startswith("\\only")]
    assert lines[0] == "\\only<1>{\\includegraphics[alt=\\figurealt]{out/lstm-grid-01.pdf}}"
    assert lines[-1].startswith("\\only<3->")
    assert render("--kind", "grid", "--frames", "time", "--check")[0] == 0
    assert render("--kind", "grid")[0] == 0
    assert (out / "lstm-grid.svg").read_bytes() == (out / "lstm-grid-03.svg").read_bytes()
    assert render("--kind", "grid", "--frames", "time", "--theme", "dark", "--check")[0] == 1


def test_pages_of_one_pdf(run, render, tmp_path):
    args = ("--kind", "grid", "--frames", "time", "-o", "a.pdf")
    assert render(*args)[0] == 0
    data = (tmp_path / "a.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", data)) == 3
    assert re.search(rb"/Kids \[[^]]*\] /Count 3", data)
    found = Document.read(data)
    assert set(re.findall(rb"/Parent (\d+) 0 R", b"".join(found.objects.values()))) == {
        re.search(rb"/Pages (\d+) 0 R", found.objects[found.root])[1]
    }
    assert render(*args, "--check")[0] == 0
    (tmp_path / "more.yaml").write_text(SPEC.replace("lstm: 4", "lstm: {hidden_size: 4, num_layers: 2}"))
    by = [("more.yaml", "--kind", "grid", "-o", "b.pdf", "--frames", one) for one in ("time", "layers")]
    assert run("render", *by[0])[0] == 0
    assert run("render", *by[0], "--check")[0] == 0
    assert run("render", *by[1], "--check")[0] == 1  # the last page is the same, and the others are not
    assert "numbered files" in render(*args, "--snippet", "latex")[2]


@pytest.mark.parametrize(("args", "code", "said"), [
    (("--kind", "tensors", "--frames", "time"), 1, "it is not built up by time (unrolled, grid"),
    (("--kind", "grid", "--frames", "layers"), 1, "there is nothing to build up by layers"),
    (("--kind", "grid", "--frames", "days"), 2, "'days' is not one of"),
    (("--kind", "grid", "--frames", "time", "-o", "a.svg"), 2, "frames are several files"),
    (("--frames", "gates"), 1, "grid: it is not built up by gates (cell can be)"),
])  # fmt: skip
def test_what_has_no_frames_says_so(render, args, code, said):
    given, printed, told = render(*args)
    assert given == code
    assert said in printed + told
