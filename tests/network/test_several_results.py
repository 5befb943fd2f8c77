"""Several heads on one recurrent layer: each is drawn up to its own result, and proven."""

import itertools
from dataclasses import replace
from typing import NamedTuple

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import lstmviz
from lstmviz.network.user.stage_dependences import follow
from lstmviz.proof.between import outer_edges
from lstmviz.proof.facts.layers import FACTS
from lstmviz.proof.stepped import prefixes
from lstmviz.translation.messages import entry
from tests.refuting import refuted

X = torch.randn(3, 5, 3, generator=torch.Generator().manual_seed(2))


class Heads(nn.Module):
    """An LSTM, and what stands on it."""

    def __init__(self, given, **options):
        super().__init__()
        width = 8 if options.get("bidirectional") else 4
        self.lstm = nn.LSTM(3, 4, batch_first=True, **options)
        self.dense, self.a, self.b = nn.Linear(width, width), nn.Linear(width, 2), nn.Linear(width, 6)
        self.c, self.d, self.given = nn.Linear(width, 5), nn.Linear(width, 7), given

    def forward(self, x):
        return self.given(self, *self.lstm(x))


def shared(model, output, _):
    dense = model.dense(output)
    return model.a(dense), model.b(dense)


def on_one_step(model, output, _):
    last = output[:, -1]
    return model.a(last), model.b(last)


GIVEN = {
    "each step twice": lambda m, o, _: (m.a(o), m.b(o).relu()),
    "each step, and the last": lambda m, o, _: (m.a(o), m.b(o[:, -1])),
    "the last, and each step": lambda m, o, _: (m.a(o[:, -1]), m.b(o)),
    "each step, and the last state": lambda m, o, s: (m.a(o), m.b(s[0][-1])),
    "the mean, and each step": lambda m, o, _: (m.a(o.mean(1)), m.b(o)),
    "on a shared layer": shared,
    "on one step": on_one_step,
}


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
@pytest.mark.parametrize("given", GIVEN)
def test_each_head_is_drawn_and_proven(given, kind):
    model = Heads(GIVEN[given])
    scene = lstmviz.draw(model, kind, inputs=(X,)).scene
    tensors = {node.tensor for node in scene.nodes if node.id.startswith("result")}
    assert tensors == {*lstmviz.shapes(model, inputs=(X,)).trace.results}
    assert "not drawn" not in " ".join(text.label.text for text in scene.texts)
    (proof,) = [one for one in lstmviz.check(model, inputs=(X,)) if one.kind == kind]
    assert (proof.proven, proof.unproven) == (proof.arrows, ())


def test_two_directions_and_padding():
    both = Heads(GIVEN["each step twice"], bidirectional=True)
    assert not [one for one in lstmviz.check(both, inputs=(X,)) if one.unproven]

    class Packed(Heads):
        def forward(self, x, lengths):
            packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            output, states = self.lstm(packed)
            return self.given(self, pad_packed_sequence(output, batch_first=True)[0], states)

    model, lengths = Packed(GIVEN["each step, and the last state"]), torch.tensor([2, 5, 3])
    assert not [one for one in lstmviz.check(model, inputs=(X, lengths)) if one.unproven]


def test_results_are_told_by_place_or_key():
    def texts(given):
        scene = lstmviz.draw(Heads(given), "grid", inputs=(X,)).scene
        return [text.label.text for text in scene.texts]

    assert {"y = model(x)[0]", "z = model(x)[1] (N, T, 6) = (3, 5, 6)"} <= {*texts(GIVEN["each step twice"])}
    keyed = texts(lambda m, o, _: {"tags": m.a(o), "marks": m.b(o)})
    assert {"y tags", "z marks (N, T, 6) = (3, 5, 6)"} <= {*keyed}


def test_three_are_drawn_and_others_said():
    model = Heads(lambda m, o, _: (m.a(o), m.b(o), m.c(o), m.d(o)))
    scene = lstmviz.draw(model, "unrolled", inputs=(X,)).scene
    assert {node.tensor for node in scene.nodes if node.id.startswith("result")} == {
        "a.output", "b.output", "c.output",
    }  # fmt: skip
    assert "not drawn: d reads lstm.output" in [text.label.text for text in scene.texts]


SHORT = X[:2, :3]


@pytest.mark.parametrize("given", ["each step, and the last", "on a shared layer", "on one step"])
def test_every_change_is_found(given):
    """Every arrow outside the layer left out or turned, and a false one between all that it joins."""
    model = Heads(GIVEN[given])
    scene, trace = (
        lstmviz.draw(model, "grid", inputs=(SHORT,)).scene,
        lstmviz.shapes(model, inputs=(SHORT,)).trace,
    )
    followed = follow(model, SHORT, trace)
    assert not refuted(scene, trace, followed=followed)
    outer = outer_edges(scene, prefixes(scene))
    there = {(edge.source, edge.target) for edge in scene.edges}
    ends = sorted({name for edge in outer for name in (edge.source, edge.target)})
    changes = [tuple(one for one in scene.edges if one is not edge) for edge in outer]
    changes += [
        (*scene.edges, replace(outer[0], id="false", source=source, target=target))
        for source, target in itertools.product(ends, ends)
        if (source, target) not in there
    ]
    missed = [
        edges for edges in changes if not refuted(replace(scene, edges=edges), trace, followed=followed)
    ]
    assert missed == []


def test_another_place_is_refuted():
    trace = lstmviz.shapes(Heads(GIVEN["each step twice"]), inputs=(X,)).trace
    fact = FACTS[entry("stage.result-at").fact]
    assert fact(trace, {"tensor": "a.output", "at": "[0]"})
    assert not fact(trace, {"tensor": "a.output", "at": "[1]"})


class Loop(Heads):
    """A cell of plain operations in a loop, and heads on its states."""

    def __init__(self, given):
        super().__init__(given)
        self.cell = nn.Linear(7, 4)

    def forward(self, x):
        h, c, rounds = x.new_zeros(len(x), 4), x.new_zeros(len(x), 4), []
        for t in range(x.shape[1]):
            gate = torch.sigmoid(self.cell(torch.cat([x[:, t], h], -1)))
            c = gate * c + (1 - gate) * torch.tanh(h)
            h = gate * torch.tanh(c) + x[:, t, :1]
            rounds.append(h)
        return self.given(self, torch.stack(rounds, 1), (h, c))


@pytest.mark.parametrize(
    "given",
    [
        lambda m, o, _: (m.a(o), m.b(o)),
        lambda m, o, s: (m.a(o), m.b(s[1])),
        lambda m, o, _: (m.a(o), m.b(o.mean(1))),
        on_one_step,
    ],
)
def test_heads_on_a_loop_are_drawn_and_proven(given):
    model = Loop(given)
    for kind in ("grid", "unrolled"):
        scene = lstmviz.draw(model, kind, inputs=(SHORT,)).scene
        assert {node.tensor for node in scene.nodes if node.id.startswith("result")} == {
            "a.output",
            "b.output",
        }
    proofs = lstmviz.check(model, inputs=(SHORT,))
    assert [(one.proven, one.unproven) for one in proofs] == [(one.arrows, ()) for one in proofs]
    trace = lstmviz.shapes(model, inputs=(SHORT,)).trace
    followed = follow(model, SHORT, trace)
    above = [edge for edge in scene.edges if edge.target.startswith(("result", "a", "b"))]
    left_out = [replace(scene, edges=tuple(one for one in scene.edges if one is not edge)) for edge in above]
    assert all(refuted(one, trace, followed=followed) for one in left_out)


class Pair(nn.Module):
    """An encoder and its decoder, with heads on either."""

    def __init__(self, given):
        super().__init__()
        self.encoder, self.decoder = nn.GRU(3, 4, batch_first=True), nn.GRU(2, 4, batch_first=True)
        self.a, self.b, self.given = nn.Linear(4, 2), nn.Linear(4, 6), given

    def forward(self, x, target):
        output, state = self.encoder(x)
        return self.given(self, output, self.decoder(target, state)[0])


TARGET = torch.randn(3, 4, 2, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_heads_on_a_decoder_are_drawn_and_one_on_its_encoder_said(kind):
    both = Pair(lambda m, _, d: (m.a(d), m.b(d)))
    scene = lstmviz.draw(both, kind, inputs=(X, TARGET)).scene
    assert {node.tensor for node in scene.nodes if node.id.startswith("result")} == {"a.output", "b.output"}
    below = Pair(lambda m, e, d: (m.a(d), m.b(e)))
    said = [text.label.text for text in lstmviz.draw(below, kind, inputs=(X, TARGET)).scene.texts]
    assert any("not drawn: b reads encoder.output" in one for one in said)
    for model in (both, below):
        proofs = [one for one in lstmviz.check(model, inputs=(X, TARGET)) if one.kind == kind]
        assert [(one.proven, one.unproven) for one in proofs] == [(one.arrows, ()) for one in proofs]


class Answer(NamedTuple):
    """What a model of a user's gives, each part by a name."""

    logits: torch.Tensor
    state: torch.Tensor


def test_fields_of_a_named_tuple_have_their_names():
    class Model(Heads):
        def forward(self, x):
            output, (state, _) = self.lstm(x)
            return Answer(self.a(output), state)

    assert {"logits", "state"} <= {name for _, name in lstmviz.shapes(Model(None), inputs=(X,)).trace.names}
    both = lstmviz.draw(Heads(lambda m, o, _: Answer(m.a(o), m.b(o))), "grid", inputs=(X,)).scene
    assert {"y logits", "z state (N, T, 6) = (3, 5, 6)"} <= {text.label.text for text in both.texts}
