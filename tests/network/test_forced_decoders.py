"""A decoder that reads the target's token of a step, or its own answer before it, as a draw decides."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.checking import proofs_of
from lstmviz.network.foreign.opening import open_model

TOKENS = torch.tensor([[3, 4, 5], [6, 1, 8], [9, 2, 7], [5, 1, 4]])


class Translator(nn.Module):
    """An encoder, and a GRU called step by step; where `forced` says so the round before took the target."""

    def __init__(self, forced):
        super().__init__()
        self.embedding, self.encoder, self.decoder = nn.Embedding(10, 4), nn.GRU(4, 5), nn.GRU(9, 5)
        self.linear, self.begin, self.forced = nn.Linear(5, 10), nn.Linear(5, 5), forced

    def forward(self, source, target):
        _, context = self.encoder(self.embedding(source))
        h, token, found = self.begin(context[0]).tanh(), target[0], []
        for t in range(1, len(target)):
            read = torch.cat([self.embedding(token.unsqueeze(0)), context], 2)
            output, h = self.decoder(read, h.unsqueeze(0))
            h = h.squeeze(0)
            answer = self.linear(output.squeeze(0))
            found.append(answer)
            token = target[t] if self.forced[t - 1] else answer.argmax(1)
        return torch.stack(found)


def opened(*forced):
    return Translator(forced).eval(), (TOKENS, TOKENS)


@pytest.mark.parametrize("forced", [(True, True, True), (False, False, False)])
def test_where_all_rounds_do_the_same_every_arrow_is_proven(forced):
    model, inputs = opened(*forced)
    found = {one.kind: one.answer for one in proofs_of(open_model(model, inputs))}
    assert (found["grid"], found["unrolled"], found["rolled"]) == ("proven",) * 3
    nodes = {node.id for node in lstmviz.draw(model, "grid", inputs=inputs).scene.nodes}
    assert {"loop/cell.l0.fwd.t1", "encoder/cell.l0.fwd.t1"} <= nodes


@pytest.mark.parametrize("kind", ["rolled", "cell", "tensors"])
def test_of_a_decoder_that_is_not_drawn_with_its_encoder_the_figure_names_it(kind):
    model, inputs = opened(True, False, True)
    said = {text.label.text for text in lstmviz.draw(model, kind, inputs=inputs).scene.texts}
    assert "drawn: encoder, of encoder, loop" in said


@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_rounds_that_differ_each_have_what_they_read(kind):
    model, inputs = opened(True, False, True)
    scene = lstmviz.draw(model, kind, inputs=inputs).scene
    said = {text.label.text for text in scene.texts}
    assert {"rounds 1, 2 read x", "round 3 reads token"} <= said  # one tensor is both inputs: it has no name
    assert ("loop/output.t2", "loop/x2.t3") in {(edge.source, edge.target) for edge in scene.edges}
    assert {one.answer for one in proofs_of(open_model(model, inputs))} == {"proven"}
