"""Pipelines of models that branch: placed without faults, the same each time, and as the run showed them."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.figure_requests import plan_kind
from lstmviz.figures.pipeline.trials import trials_of
from lstmviz.proof.flow import held_in
from lstmviz.proof.prove import prove
from tests.figures.branching import STACK, TRANSLATOR, WIDE, Part, Random, Stack, modules, zoo
from tests.figures.lint import faults
from tests.test_goldens import summary

EXAMPLES = int(os.environ.get("LSTMVIZ_EXAMPLES", "120")) // 10
ZOO = pytest.mark.parametrize("case", zoo.CASES, ids=lambda case: case.make.__name__)


def scene_of(model, **options):
    return pipeline.compose(pipeline.described(*model), plan_kind("pipeline", options)).scene


def run_over(scene):
    """Lines of different tensors that run on one another."""
    found = []
    for one, two in combinations(scene.edges, 2):
        if one.tensor == two.tensor:
            continue
        for (a, b), (c, d) in ((p, q) for p in pairwise(one.route) for q in pairwise(two.route)):
            for axis in (0, 1):
                level = abs(a[axis] - b[axis]) < 0.1 and abs(c[axis] - d[axis]) < 0.1
                near = abs(a[axis] - c[axis]) < 1.5
                low = max(min(a[1 - axis], b[1 - axis]), min(c[1 - axis], d[1 - axis]))
                high = min(max(a[1 - axis], b[1 - axis]), max(c[1 - axis], d[1 - axis]))
                if level and near and high - low > 0.5:
                    found.append((one.id, two.id))
    return found


def framed_wrongly(scene):
    """Stages whose box reaches over the border of a frame, or stands in one that it is no member of."""
    found = []
    for frame in scene.frames:
        x0, y0, x1, y1 = frame.box
        for node in scene.nodes:
            a0, b0, a1, b1 = node.box
            inside = x0 <= a0 and a1 <= x1 and y0 <= b0 and b1 <= y1
            apart = a1 <= x0 or x1 <= a0 or b1 <= y0 or y1 <= b0
            if node.id.startswith("stage.") and not (inside if node.id in frame.members else apart):
                found.append((frame.id, node.id))
    return found


@ZOO
@pytest.mark.parametrize("width", ["column", "text"])
def test_every_model_of_the_zoo_is_drawn_and_proven(case, width):
    subject = case.subject
    scene = pipeline.compose(subject, plan_kind("pipeline", {"width": width})).scene
    assert (faults(scene, words=7), run_over(scene), framed_wrongly(scene)) == ({}, [], [])
    found = prove(scene, subject.trace)
    assert found.faults == ()
    assert found.proven == found.arrows == len(scene.edges) > 0


NAMED_BLOCKS = (
    Random([(Part("repeated"), 0, 0), (Part("repeated"), 1, 0)], 1, 2),
    (torch.ones(2, 5, WIDE),),
)
"""What the last of blocks drawn once gives is a result, and has a name of the user's."""


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(modules(), st.sampled_from(["text", "column", "slide"]), st.sampled_from([None, 1, 2, 3]))
@example(NAMED_BLOCKS, "text", None)
def test_models_at_random_are_drawn_and_proven(model, width, depth):
    subject = pipeline.described(*model)
    try:
        scene = pipeline.compose(subject, plan_kind("pipeline", {"width": width, "depth": depth})).scene
    except lstmviz.FigureError as error:
        assert "too narrow" in str(error)
        return
    assert (faults(scene, words=7), run_over(scene), framed_wrongly(scene)) == ({}, [], [])
    assert prove(scene, subject.trace).faults == ()


def test_modules_are_opened_as_deep_as_asked():
    scenes = {depth: scene_of(TRANSLATOR, depth=depth) for depth in (1, 2, 3)}
    ids = {k: {n.id for n in s.nodes} | {f"stage.{name}" for name in held_in(s)} for k, s in scenes.items()}
    assert {i for i in ids[1] if i.startswith("stage.")} == {"stage.encoder", "stage.decoder"}
    assert {"stage.encoder.rnn", "stage.decoder.attention", "stage.decoder.out"} <= ids[2]
    assert "stage.decoder.attention" not in ids[3]
    assert {"stage.decoder.attention.query", "stage.softmax"} <= ids[3]


def test_a_module_is_a_frame_around_what_runs_in_it():
    frames = {f.id: set(f.members) for f in scene_of(TRANSLATOR, depth=3).frames}
    assert frames["group.encoder"] == {"stage.encoder.embed", "stage.encoder.rnn"}
    assert frames["group.decoder.attention"] < frames["group.decoder"]
    assert "stage.matmul" in frames["group.decoder.attention"]


def test_what_is_too_tall_has_its_modules_closed_and_says_so():
    said = " ".join(t.label.text for t in scene_of(TRANSLATOR, width="column").texts)
    assert "not opened: Encoder, Decoder (depth: 2 opens more)" in said
    whole = scene_of(TRANSLATOR, width="text", depth=3)
    assert whole.height > 640
    assert not any("not opened" in t.label.text for t in whole.texts)


def test_names_of_results_of_blocks_drawn_once_are_read():
    subject = pipeline.described(*NAMED_BLOCKS)
    scene = pipeline.compose(subject, plan_kind("pipeline", {})).scene
    places = [k for k, t in enumerate(scene.texts) if t.label.text.startswith("result ")]
    assert len(places) == 2
    texts = list(scene.texts)
    one, two = (texts[k] for k in places)
    texts[places[0]], texts[places[1]] = replace(one, label=two.label), replace(two, label=one.label)
    found = prove(replace(scene, texts=tuple(texts)), subject.trace).faults
    assert sum("stands where" in fault for fault in found) == 2


def test_repeated_blocks_are_drawn_once_and_counted():
    scene = scene_of(STACK)
    (frame,) = scene.frames
    assert frame.id == "group.blocks.0"
    assert len(frame.members) == 3
    assert any(t.label.text == "blocks.0 … 5 × 6" for t in scene.texts)
    assert sum(n.id.startswith("stage.") for n in scene.nodes) == 5
    apart = scene_of(STACK, elide="never", width="3000mm")
    assert sum(n.id.startswith("stage.") for n in apart.nodes) == 2 + 6 * 3
    two = scene_of((Stack(2), STACK[1]))
    assert sum(n.id.startswith("stage.") for n in two.nodes) == 2 + 2 * 3


class Tapped(Stack):
    """A stack of which the blocks in the middle are read from outside, too."""

    def forward(self, x):
        x, kept = self.first(x), []
        for block in self.blocks:
            x = block(x)
            kept.append(x)
        return self.last(sum(kept))


class Uneven(Stack):
    """A stack that is no stack: its third block is another one."""

    def __init__(self):
        super().__init__(5)
        self.blocks[2].gru = nn.LSTM(8, 8, batch_first=True)


@pytest.mark.parametrize("make", [Tapped, Uneven])
def test_blocks_that_differ_or_are_read_from_outside_are_not_drawn_once(make):
    subject = pipeline.described(make(), STACK[1])
    scene = pipeline.compose(subject, plan_kind("pipeline", {"width": "600mm"})).scene
    assert not any("is drawn for" in note for note in scene.notes)
    assert prove(scene, subject.trace).faults == ()


def test_what_the_model_takes_and_returns_has_the_names_of_the_users_code():
    scene = scene_of(TRANSLATOR, depth=1)
    said = [t.label.text for t in scene.texts]
    assert {"source", "target", "logits", "weights"} <= set(said)
    nodes = {n.id: n for n in scene.nodes}
    assert (nodes["input"].shape, nodes["input.1"].shape) == ((4, 5), (4, 6))
    framed = {n.id: n.shape for n in scene.nodes if n.line == 2.25}
    assert sorted(framed.values()) == [(4, 6, 5), (4, 6, 50)]


def test_a_line_to_the_next_round_of_a_loop_is_delayed():
    case = next(c for c in zoo.CASES if c.make is zoo.GreedyDecoder)
    scene = scene_of((case.make(), case.inputs))
    assert [n.label.text for n in scene.nodes if n.id.startswith("delay.")] == ["delay"]
    edges = {(e.source, e.target): e for e in scene.edges}
    assert edges["tensor.out", "stage.decoder"].cuts
    assert "delay: read in the next round of the loop" in {t.label.text for t in scene.texts}


@pytest.mark.parametrize("backend", ["graphviz", "matplotlib"])
def test_both_backends_draw_the_same_bytes_each_time(backend):
    model, inputs = STACK
    one, two = (lstmviz.draw(model, "pipeline", inputs=inputs, backend=backend).svg for _ in range(2))
    assert one == two
    assert all(word in one for word in (">norm<", ">blocks.0 … 5"))


def test_h_and_c_are_told_apart_on_every_line():
    scene = scene_of(next((c.make(), c.inputs) for c in zoo.CASES if c.make is zoo.Seq2Seq))
    double = {(e.source, e.target) for e in scene.edges if e.double}
    assert double == {("stage.encoder", "tensor.encoder.c_n"), ("tensor.encoder.c_n", "stage.decoder")}


def test_without_pygraphviz_a_systems_dot_places(monkeypatch):
    from lstmviz.layout import dot

    by_library = scene_of(STACK)
    asked = []

    def program(graph):
        asked.append(graph.source)
        from pygraphviz import AGraph

        return AGraph(string=graph.source).draw(format="plain", prog="dot").decode()

    monkeypatch.setattr(dot, "_by_program", program)
    real = __import__

    def no_pygraphviz(name, *args, **kwargs):
        if name == "pygraphviz" and args[0]["__name__"] == dot.__name__:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr("builtins.__import__", no_pygraphviz)
    trials_of.cache_clear()  # else what was placed is kept
    assert scene_of(STACK) == by_library
    assert asked


GOLDENS = Path(__file__).parent / "branches"
NAMED = {
    "translator": (TRANSLATOR, {"depth": 2}),
    "translator-closed": (TRANSLATOR, {"depth": 1}),
    "stack": (STACK, {"width": "column"}),
    **{case.make.__name__.lower(): ((case.make(), case.inputs), {}) for case in zoo.CASES
       if case.make in {zoo.Attention, zoo.Siamese, zoo.ConvLstm, zoo.Crf, zoo.InPlace}},
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_branching_scenes_are_as_they_were(name):
    model, options = NAMED[name]
    golden, drawn = GOLDENS / f"{name}.txt", summary(scene_of(model, **options))
    if os.environ.get("LSTMVIZ_GOLDENS") == "1":
        GOLDENS.mkdir(exist_ok=True)
        golden.write_text("\n".join(drawn) + "\n", "utf-8")
    assert drawn == golden.read_text("utf-8").splitlines(), "LSTMVIZ_GOLDENS=1, if this is meant"
