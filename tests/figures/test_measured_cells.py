"""Kinds `activity` and `influence` of torch's cells that a loop of one's own calls step by step."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.scene.plots import Curve
from tests.figures.test_activity import values


class Loop(nn.Module):
    """Calls a cell at every step, from the first on or from the last."""

    def __init__(self, cell, *, words=False, back=False):
        super().__init__()
        self.embedding, self.cell = nn.Embedding(20, 3) if words else nn.Identity(), cell
        self.back = back

    def forward(self, x):
        x, output = self.embedding(x), []
        states = (x.new_zeros(len(x), 5),) * (1 + isinstance(self.cell, nn.LSTMCell))
        for t in range(x.shape[1])[:: -1 if self.back else 1]:
            ended = self.cell(x[:, t], states if len(states) > 1 else states[0])
            states = ended if isinstance(ended, tuple) else (ended,)
            output.append(states[0])
        return torch.stack(output[:: -1 if self.back else 1], 1)


CELLS = {"lstm": nn.LSTMCell, "gru": nn.GRUCell, "rnn": nn.RNNCell}


@pytest.mark.parametrize("kind", CELLS)
@pytest.mark.parametrize("words", [False, True])
def test_gates_of_a_cell_in_a_loop(kind, words):
    torch.manual_seed(0)
    module = Loop(CELLS[kind](3, 5), words=words)
    x = torch.randint(0, 20, (3, 7)) if words else torch.randn(3, 7, 3)
    scene = lstmviz.draw(module, "activity", inputs=(x,), sample=2).scene
    assert np.allclose(values(scene, "h"), module(x)[2].T.detach(), atol=1e-4)
    assert np.allclose(values(scene, "x"), module.embedding(x)[2].T.detach(), atol=1e-3)
    carried = lstmviz.draw(module, "influence", inputs=(x,)).scene
    assert [one.id for one in carried.plots if isinstance(one, Curve)]
    found = {proof.kind: proof for proof in lstmviz.check(module, inputs=(x,))}
    assert (found["activity"].answer, found["influence"].answer) == ("proven", "proven")


def test_a_loop_from_the_last_step_on_has_no_clock():
    """Its calls are in another order than its steps: the first is not step 1."""
    module, x = Loop(nn.LSTMCell(3, 5), back=True), torch.randn(2, 7, 3)
    with pytest.raises(lstmviz.FigureError, match="goes from the last step to the first"):
        lstmviz.draw(module, "activity", inputs=(x,))
    assert not any(proof.kind == "activity" for proof in lstmviz.check(module, inputs=(x,)))
    scene = lstmviz.draw(module, "influence", inputs=(x,)).scene
    assert not any(isinstance(one, Curve) for one in scene.plots)
    assert "goes from the last step to the first" in " ".join(text.label.text for text in scene.texts)
