"""unrolled with a decoder: the states handed over, beside or above, and all of it proven."""

from itertools import pairwise

import pytest

import lstmviz
from lstmviz.errors import FigureError
from lstmviz.figures import kind
from lstmviz.figures.base import Subject, compose
from lstmviz.network.cache import traced
from lstmviz.spec import load

from .lint import faults

UNROLLED = kind("unrolled")


def model_of(cell="lstm", *, layers=1, two=False, steps=4, t=5, **data):
    encoder = {"hidden_size": 16, "num_layers": layers, "bidirectional": two}
    decoder = {
        "cell": cell,
        "hidden_size": 16,
        "num_layers": layers * (1 + two),
        "steps": steps,
        "features": 8,
    }
    given = {"batch_size": 6, "timesteps": t, "features": 3, "batch_first": True} | data
    named = [{cell: encoder, "name": "encoder"}, {"decoder": decoder}, {"linear": 10}]
    return {"input": given, "layers": named}


def scene_of(width="text", *, layer=0, of=None, **model):
    spec = load(model_of(**model))
    return compose(
        UNROLLED, Subject(traced(spec), spec.input), UNROLLED.options(width=width, layer=layer, of=of)
    )


def handed(scene):
    return {(e.source, e.target, e.role) for e in scene.edges if "_n." in e.source}


MODELS = [
    {},
    {"cell": "gru"},
    {"cell": "rnn", "two": True},
    {"layers": 2},
    {"layers": 2, "layer": 1},
    {"two": True},
    {"two": True, "layers": 2, "layer": 1},
    {"t": 1, "steps": 1},
    {"t": 96, "steps": 40},
    {"batch_size": None},
    {"states": "given"},
]


@pytest.mark.parametrize("width", ["text", "column", "120mm", "slide", "auto"])
@pytest.mark.parametrize("model", MODELS, ids=str)
def test_nothing_touches_what_it_should_not(model, width):
    assert faults(scene_of(width, **model)) == {}


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("layer", [0, 1])
def test_each_last_state_of_the_layer_begins_the_decoder(cell, layer, width):
    scene = scene_of(width, cell=cell, layers=2, layer=layer)
    states = {"h": "hidden", "c": "cell"} if cell == "lstm" else {"h": "hidden"}
    ends = {
        (f"encoder/{b}_n.l{layer}.fwd", f"decoder/{b}_0.l{layer}.fwd", role) for b, role in states.items()
    }
    assert handed(scene) == ends
    assert all(e.double == (e.role == "cell") and not e.dashed for e in scene.edges if "_n." in e.source)


def test_side_by_side_the_states_go_straight_and_in_a_column_round():
    beside = [e.route for e in scene_of("text").edges if "_n." in e.source]
    assert all(len(route) == 2 and route[0][1] == route[1][1] for route in beside)
    around = [e.route for e in scene_of("column").edges if "_n." in e.source]
    lanes = [p[0] for route in around for p, q in pairwise(route) if p[0] == q[0]]
    assert len(lanes) == len(set(lanes)) == 4


def test_the_head_stands_on_the_decoders_last_layer_only():
    top = scene_of(layers=2, layer=1)
    ups = {(e.source, e.target) for e in top.edges if e.role == "output"}
    assert {("decoder/output.t1", "linear.t1"), ("linear.t1", "y.t1")} <= ups
    assert not [e for e in scene_of(layers=2, layer=0).edges if e.role == "output"]
    assert not [e for e in top.edges if e.source.startswith("encoder/output")]


def test_two_directions_begin_two_layers_and_the_other_one_is_named():
    scene = scene_of(two=True, layers=2, layer=1)
    assert {t for _, t, _ in handed(scene)} == {"decoder/h_0.l2.fwd", "decoder/c_0.l2.fwd"}
    said = " ".join(t.label.text for t in scene.texts)
    assert "h_n[3], c_n[3] begin layer 3 of decoder" in said


def test_a_layer_asked_for_stands_alone():
    for name in ("encoder", "decoder"):
        scene = scene_of(of=name)
        assert {n.id.partition("/")[0] for n in scene.nodes if "cell." in n.id} == {name}
        assert not handed(scene)


def test_letters_of_the_decoder_are_its_own():
    said = " ".join(t.label.text for t in scene_of(two=True).texts)
    assert "(N, T′, F′) = (6, 4, 8)" in said
    assert "(2L, N, H) = (2, 6, 16)" in said
    assert "T′ = 4" in said


def test_a_page_too_narrow_is_refused_in_words():
    with pytest.raises(FigureError, match=r"too narrow: \d+ mm are needed"):
        scene_of("45mm", two=True)


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("model", [{}, {"cell": "gru", "layers": 2}, {"two": True}], ids=str)
def test_all_of_it_is_proven(model, width):
    figure = {"kind": "unrolled", "layer": model.get("layers", 1) - 1, "width": width}
    (proof,) = lstmviz.check(model_of(**model) | {"figures": [figure]})
    assert proof.proven == proof.arrows > 0
