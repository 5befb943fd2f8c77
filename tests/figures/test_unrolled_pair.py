"""unrolled with a decoder: the states handed over, beside or above, and all of it proven."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz import pipeline
from lstmviz.errors import FigureError
from lstmviz.figures import kind
from lstmviz.figures.base import Subject
from lstmviz.figures.composing import compose
from lstmviz.network.cache import traced
from lstmviz.network.plan import plan_of
from lstmviz.proof.prove import prove
from lstmviz.proof.sentences import holds
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
    assert {("decoder/output.t1", "linear.t1"), ("linear.t1", "result.t1")} <= ups
    assert not [e for e in scene_of(layers=2, layer=0).edges if e.role == "output"]
    assert not [e for e in top.edges if e.source.startswith("encoder/output")]


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_two_directions_begin_two_layers_of_the_decoder(cell, width):
    scene = scene_of(width, cell=cell, two=True, layers=2, layer=1)
    states = {"h": "hidden", "c": "cell"} if cell == "lstm" else {"h": "hidden"}
    ways = {"fwd": 2, "rev": 3}
    assert handed(scene) == {
        (f"encoder/{b}_n.l1.{way}", f"decoder/{b}_0.l{to}.fwd", role)
        for b, role in states.items()
        for way, to in ways.items()
    }
    into = {(e.source, e.role) for e in scene.edges if e.target == "decoder/layer.l3"}
    begun = {(f"decoder/{b}_0.l3.fwd", role) for b, role in states.items()}
    assert begun < into
    shown = {n.id for n in scene.nodes if n.id.startswith("decoder/h.l2.t")}
    assert into - begun == {(name, "hidden") for name in shown}
    assert "not drawn" not in " ".join(t.label.text for t in scene.texts)


class Both(nn.Module):
    """An encoder and a decoder of two directions, or one whose layers begin the other's directions."""

    def __init__(self, cell, *, layers, two):
        super().__init__()
        self.encoder = cell(3, 5, layers, bidirectional=two)
        self.decoder = cell(4, 5, layers * (1 + two) // 2, bidirectional=True)

    def forward(self, x, y):
        return self.decoder(y, self.encoder(x)[1])[0]


@pytest.mark.parametrize("kind", ["unrolled", "grid"])
@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (Both(nn.GRU, layers=1, two=True), {("l0.fwd", "l0.fwd"), ("l0.rev", "l0.rev")}),
        (Both(nn.LSTM, layers=1, two=True), {("l0.fwd", "l0.fwd"), ("l0.rev", "l0.rev")}),
        (Both(nn.GRU, layers=2, two=False), {("l0.fwd", "l0.fwd"), ("l1.fwd", "l0.rev")}),
    ],
    ids=["gru", "lstm", "layers"],
)
def test_a_decoder_of_two_directions_begins_with_both(kind, model, expected):
    inputs = (torch.zeros(5, 6, 3), torch.zeros(4, 6, 4))
    scene = lstmviz.draw(model, kind, inputs=inputs, width="text").scene
    found = {
        (e.source.partition("_n.")[2], e.target.partition("_0.")[2])
        for e in scene.edges
        if "_n." in e.source and "_0." in e.target
    }
    drawn = {
        n.id.partition("cell.")[2].rpartition(".")[0] for n in scene.nodes if n.id.startswith("encoder/cell")
    }
    assert found == {(a, b) for a, b in expected if a in drawn}
    assert len(found) == len(expected) or kind == "unrolled"
    boxes = {n.id: n.box for n in scene.nodes}
    for e in scene.edges:
        if "_n." in e.source:
            (x, y), box = e.route[-1], boxes[e.target]
            assert x in {box[0], box[2]}
            assert y == pytest.approx((box[1] + box[3]) / 2)
    assert faults(scene) == {}
    assert [p for p in lstmviz.check(model, inputs=inputs) if p.kind == kind and p.proven == p.arrows]


def test_the_layer_over_the_one_drawn_is_a_strip_that_its_h_goes_into():
    scene = scene_of(of="encoder", layers=2, layer=0)
    into = {e.source for e in scene.edges if e.target == "encoder/layer.l1"}
    assert into == {n.id for n in scene.nodes if n.id.startswith("encoder/h.l0.t")}
    assert {n.id for n in scene.nodes if "layer." in n.id} == {"encoder/layer.l1"}
    assert not [n for n in scene_of(of="encoder", layers=2, layer=1).nodes if "layer." in n.id]


def test_a_layer_asked_for_stands_alone():
    for name in ("encoder", "decoder"):
        scene = scene_of(of=name)
        assert {n.id.partition("/")[0] for n in scene.nodes if "cell." in n.id} == {name}
        assert not handed(scene)


def test_letters_of_the_decoder_are_its_own():
    scene = scene_of(two=True)
    said = " ".join([*(t.label.text for t in scene.texts), scene.caption])
    assert "(N, T′, F′) = (6, 4, 8)" in said
    assert "(2L, N, H) = (2, 6, 16)" in said  # the encoder's two directions
    assert "(L′, N, H) = (2, 6, 16)" in said  # the decoder's two layers
    assert said.count("(2L, N, H)") == 1
    assert "F′, L′, T′: of decoder" in said
    assert "T′ = 4" in said


def test_a_page_too_narrow_is_refused_in_words():
    with pytest.raises(FigureError, match=r"too narrow: \d+ mm will do"):
        scene_of("45mm", two=True)


@pytest.mark.parametrize("width", ["text", "column"])
@pytest.mark.parametrize("model", [{}, {"cell": "gru", "layers": 2}, {"two": True}], ids=str)
def test_all_of_it_is_proven(model, width):
    figure = {"kind": "unrolled", "layer": model.get("layers", 1) - 1, "width": width}
    (proof,) = lstmviz.check(model_of(**model) | {"figures": [figure]})
    assert proof.proven == proof.arrows > 0


class Tied(torch.nn.Module):
    """An encoder that is called again as the decoder."""

    def __init__(self):
        super().__init__()
        self.encoder = torch.nn.GRU(3, 5)

    def forward(self, x, y):
        return self.encoder(y, self.encoder(x)[1])[0]


def test_encoder_and_decoder_are_said_to_have_weights_of_their_own_where_they_have():
    data = (torch.randn(4, 2, 3), torch.randn(3, 2, 3))
    given = {"encoder": ("own", "encoder"), "decoder": ("own", "encoder-2")}
    trace = lstmviz.shapes(Tied(), inputs=data).trace
    assert not holds(trace, "layer.own-pair", tuple(given.items()))
    texts = {t.label.text for t in lstmviz.draw(Tied(), "unrolled", inputs=data).scene.texts}
    assert not any("of its own" in one for one in texts)
    text = (
        "input: {batch_size: 2, timesteps: 4, features: 3}\nlayers:\n"
        "  - {gru: 5, name: encoder}\n  - decoder: {cell: gru, hidden_size: 5, steps: 3, features: 3}\n"
    )
    scene = lstmviz.draw(text, "unrolled").scene
    assert "(encoder θ, decoder θ′: each has its own)" in scene.caption
    assert any(t.label.text.startswith("x′: the target as given, not shifted") for t in scene.texts)


def test_the_weights_of_a_decoder_are_named_apart_from_its_encoders_where_they_are():
    spec = lstmviz.load(
        "input: {batch_size: 2, timesteps: 4, features: 3}\nlayers:\n"
        "  - {gru: 5, name: encoder}\n  - decoder: {cell: gru, hidden_size: 5, steps: 3, features: 3}\n"
    )
    scene, trace = lstmviz.draw(spec, "unrolled").scene, pipeline.trace(spec).trace
    own = {t.label.text: t for t in scene.texts if t.label.claims and t.label.claims[0].kind == "theta"}
    assert {name: dict(t.label.claims[0].facts)["of"] for name, t in own.items()} == {
        "θ": "encoder", "θ′": "decoder",
    }  # fmt: skip
    assert prove(scene, trace, plan_of(spec)).faults == ()
    (one,) = own["θ′"].label.claims
    wrong = replace(one, facts=tuple((dict(one.facts) | {"of": "encoder"}).items()))
    other = replace(own["θ′"], label=replace(own["θ′"].label, claims=(wrong,)))
    changed = replace(scene, texts=tuple(other if t is own["θ′"] else t for t in scene.texts))
    assert any("no second weights" in fault for fault in prove(changed, trace, plan_of(spec)).faults)
    data = (torch.randn(4, 2, 3), torch.randn(3, 2, 3))
    tied = {t.label.text for t in lstmviz.draw(Tied(), "unrolled", inputs=data).scene.texts}
    assert "θ" in tied
    assert "θ′" not in tied
