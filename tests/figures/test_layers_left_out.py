"""Of a grid that is too high for its page layers are left out: dots, the strip that names them, its proof."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lstmviz.figure_requests import plan, plan_of
from lstmviz.figures.pages import TALLEST
from lstmviz.pipeline import compose, load, trace
from lstmviz.scene import ids
from tests.refuting import refuted


def drawn(width="text", *, type="lstm", detail="normal", elide="auto", steps=7, **layer):
    """The scene, and what the proof needs of its model."""
    given = {"batch_size": 5, "timesteps": steps, "features": 3}
    spec = load({"input": given, "layers": [{type: {"hidden_size": 6, **layer}}, {"linear": 2}]})
    about = trace(spec)
    scene = compose(about, plan(spec, "grid", {"width": width, "detail": detail, "elide": elide})).scene
    return scene, (about.trace, plan_of(spec))


TALL = [
    {"num_layers": 5},
    {"num_layers": 12, "type": "gru", "bidirectional": True},
    {"num_layers": 2, "bidirectional": True, "dropout": 0.2},
    {"num_layers": 3, "bidirectional": True, "dropout": 0.2},
]


def layers_of(scene):
    return sorted({one.layer for one in ids.read_all(scene.nodes) if one.is_cell})


@pytest.mark.parametrize("layer", TALL, ids=str)
@pytest.mark.parametrize("width", ["column", "text"])
def test_a_grid_is_no_higher_than_its_page_and_all_that_it_says_is_true(width, layer):
    scene, model = drawn(width, **layer)
    assert scene.height <= TALLEST[width == "text"] + 0.01
    assert not refuted(scene, *model)


def test_the_strip_names_the_layers_that_are_left_out_and_notes_say_how_many_there_are():
    scene, _ = drawn(num_layers=5)
    texts = {text.label.text: text for text in scene.texts}
    assert layers_of(scene) == [0, 1, 4]
    boxes = {node.id: node.box for node in scene.nodes}
    y = texts["layers 2–3"].label.runs[0].y
    assert boxes["cell.l4.fwd.t1"][3] < y < boxes["cell.l1.fwd.t1"][1]
    assert [str(one) for one in scene.notes].count("L = 5; drawn: layers 0, 1, 4") == 1
    edges = {edge.id: edge for edge in scene.edges}
    up = [one for one in edges.values() if (one.source, one.target) == ("cell.l1.fwd.t2", "cell.l4.fwd.t2")]
    assert len(up) == 1
    assert up[0].cuts  # open where the dots are


@pytest.mark.parametrize(
    "asked", [{"detail": "full"}, {"width": "auto"}, {"elide": "never", "steps": 3}], ids=str
)
def test_all_layers_are_drawn_at_full_where_no_page_ends_and_where_nothing_may_be_left_out(asked):
    scene, _ = drawn(num_layers=5, **asked)
    assert layers_of(scene) == [0, 1, 2, 3, 4]
    assert not any("layers" in str(note) for note in scene.notes)


@pytest.mark.parametrize("said", ["layers 1–3", "layers 2–4", "layer 2"])
def test_a_strip_that_names_others_is_refuted(said):
    scene, model = drawn(num_layers=5)
    (at,) = [i for i, text in enumerate(scene.texts) if text.label.text == "layers 2–3"]
    run = replace(scene.texts[at].label.runs[0], text=said)
    label = replace(scene.texts[at].label, runs=(run,))
    texts = list(scene.texts)
    texts[at] = replace(texts[at], label=label)
    assert not refuted(scene, *model)
    assert refuted(replace(scene, texts=tuple(texts)), *model)


@pytest.mark.parametrize("way", ["fwd", "rev"])
def test_a_line_past_layers_left_out_that_leads_to_another_cell_is_refuted(way):
    """As any arrow: the strip hides no false one."""
    scene, model = drawn(num_layers=12, type="gru", bidirectional=True)
    at = next(
        i for i, e in enumerate(scene.edges) if e.target == f"cell.l11.{way}.t1" and "concat" in e.source
    )
    edges = list(scene.edges)
    edges[at] = replace(edges[at], source=edges[at].source.replace("t1", "t2"))
    assert refuted(replace(scene, edges=tuple(edges)), *model)
