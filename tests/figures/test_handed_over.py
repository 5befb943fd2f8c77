"""An encoder's last states where they become its decoder's first ones: named, uncrossed, on one page."""

from __future__ import annotations

from itertools import pairwise

import pytest

import lstmviz
from lstmviz.figure_requests import plan
from lstmviz.figures.pages import TALLEST
from lstmviz.network.plan import plan_of
from lstmviz.pipeline import compose, trace
from lstmviz.proof.facts.layers import FACTS
from tests.refuting import refuted

MODELS = {
    f"{cell}-{layers}-{ways}": (cell, layers, ways)
    for cell in ("gru", "lstm") for layers in (1, 2) for ways in (1, 2)
    if layers * ways < 3
}  # fmt: skip
"""Encoders of one and two layers, and of one layer in both directions, which begins two of a decoder."""


def spec_of(cell, layers, ways):
    one = {"hidden_size": 6, "num_layers": layers, "bidirectional": ways == 2}
    other = {"cell": cell, "hidden_size": 6, "num_layers": layers * ways, "steps": 7, "features": 3}
    layers = [{cell: one, "name": "encoder"}, {"decoder": other}, {"linear": 4}]
    return lstmviz.load({"input": {"batch_size": 3, "timesteps": 9, "features": 5}, "layers": layers})


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_column_holds_an_encoder_over_its_decoder(name, language):
    """No higher than a column of print, and read from the top: encoder, then decoder."""
    spec = spec_of(*MODELS[name])
    about = trace(spec)
    for detail in ("low", "normal"):
        asked = plan(spec, "grid", {"detail": detail, "width": "column", "language": language})
        scene = compose(about, asked).scene
        assert scene.height <= TALLEST[0] + 0.01, detail
        sides = {True: [], False: []}
        for node in scene.nodes:
            sides[node.id.startswith("decoder/")].append(node.box)
        assert max(box[3] for box in sides[False]) < min(box[1] for box in sides[True])
        assert detail == "low" or not refuted(scene, about.trace, plan_of(spec))


@pytest.mark.parametrize("width", ["column", "text"])
@pytest.mark.parametrize("name", sorted(MODELS))
def test_what_is_handed_over_is_named_where_it_goes(name, width):
    """Each state of the encoder leads to the decoder; which tensor becomes which stands there."""
    cell, layers, ways = MODELS[name]
    spec = spec_of(cell, layers, ways)
    about = trace(spec)
    scene = compose(about, plan(spec, "grid", {"width": width})).scene
    told = " ".join(text.label.text for text in scene.texts)
    both = "h_n, c_n of encoder become" if cell == "lstm" else "h_n of encoder becomes"
    assert both in told
    handed = [
        e for e in scene.edges if e.target.startswith("decoder/") and not e.source.startswith("decoder/")
    ]
    assert len(handed) == layers * ways * (2 if cell == "lstm" else 1)
    if ways == 1:
        assert not [one for one, two in pairs(handed) if crosses(one.route, two.route)]
    assert scene.height <= TALLEST[width == "text"] + 0.01


def pairs(edges):
    return [(one, two) for one in edges for two in edges if one is not two]


def crosses(one, two):
    """Whether a level stretch of one route crosses an upright one of another."""
    return any(
        min(a, b) + 0.1 < x < max(a, b) - 0.1 and min(top, low) + 0.1 < y < max(top, low) - 0.1
        for (a, y), (b, y1) in pairwise(one) if y == y1
        for (x, top), (x1, low) in pairwise(two) if x == x1
    )  # fmt: skip


def test_what_is_said_of_the_states_is_held_against_the_model():
    """Of another giver, the other way round, of c where there is none: false."""
    for cell, mine, other in (("gru", "hands-h-on", "hands-hc-on"), ("lstm", "hands-hc-on", "hands-h-on")):
        seen = trace(spec_of(cell, 1, 1)).trace
        right = {"giver": ("own", "encoder"), "taker": ("own", "decoder"), "layer": "decoder"}
        assert FACTS[mine](seen, right)
        assert not FACTS[other](seen, right)
        assert not FACTS[mine](seen, right | {"giver": ("own", "decoder"), "taker": ("own", "encoder")})
        assert not FACTS[mine](seen, right | {"layer": "encoder"})
    assert FACTS["states-as-before"](seen, {"layer": "decoder"})
    assert not FACTS["states-as-before"](seen, {"layer": "encoder"})
    assert not FACTS["states-as-before"](trace(spec_of("gru", 1, 2)).trace, {"layer": "encoder"})


def test_one_layer_is_not_called_every_layer():
    text = "input: {{timesteps: 5, features: 3}}\nlayers: [{{gru: {{hidden_size: 4, num_layers: {n}}}}}]\n"
    for count, said in ((1, "one layer at every step"), (2, "every layer at every step")):
        spec = lstmviz.load(text.format(n=count) + "title: A model\n")
        about = trace(spec)
        scene = compose(about, plan(spec, "grid", {})).scene
        assert any(said in one.label.text for one in scene.texts), count
        assert FACTS["single-layer"](about.trace, {"layer": about.trace.recurrent[0].name}) == (count == 1)
