"""A loop that reads some of the input's steps: time is where it cuts them out; what follows is drawn."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.checking import proofs_of
from lstmviz.network.foreign.opening import open_model
from lstmviz.network.user.describe import describe


class Cut(nn.Module):
    """A cell over some steps of the input, a Linear on its last state."""

    def __init__(self, steps, axis=0):
        super().__init__()
        self.cell, self.fc, self.steps, self.axis = nn.LSTMCell(3, 4), nn.Linear(4, 1), steps, axis

    def forward(self, x):
        h = c = x.new_zeros(x.shape[1 - self.axis], 4)
        for t in self.steps:
            h, c = self.cell(x.select(self.axis, t) if self.axis else x[t], (h, c))
        return self.fc(h)


@pytest.mark.parametrize(
    ("steps", "axis", "read"),
    [(range(4), 0, [1, 2, 3, 4]), (range(0, 6, 2), 0, [1, 3, 5]), (range(2, 6), 1, [3, 4, 5, 6])],
)
def test_which_steps_a_loop_cuts_out_is_known(steps, axis, read):
    x = torch.randn(6, 2, 3) if axis == 0 else torch.randn(2, 6, 3)
    model = Cut(steps, axis)
    cut, cell, head = describe(model, (x,)).stages
    (reading,) = cut.reads
    assert (reading.source, reading.read) == ("input", axis)
    assert [*reading.relation.rows()] == [(step,) for step in read]
    assert cell.reads[0].relation.kind == "own"
    assert head.reads[0].source == "cell.h_n"
    scene = lstmviz.draw(model, "grid", inputs=(x,)).scene
    assert ("h_n.l0.fwd", "fc") in {(edge.source, edge.target) for edge in scene.edges}
    assert {proof.answer for proof in proofs_of(open_model(model, (x,)))} == {"proven"}
