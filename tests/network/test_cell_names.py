"""A cell of torch's that a loop calls has the names and shapes of the code, not those of an nn.LSTM."""

import re
from dataclasses import replace

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.figure_requests import plan_kind
from lstmviz.pipeline import compose, described
from tests.refuting import refuted

KINDS = ("grid", "unrolled", "rolled", "unfold", "cell", "tensors", "neurons")


class Steps(nn.Module):
    """``h, c = cell(x_t, (h, c))``."""

    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x):
        h = c = x.new_zeros(x.shape[1], 8)
        for x_t in x:
            if isinstance(self.cell, nn.LSTMCell):
                h, c = self.cell(x_t, (h, c))
            else:
                h = self.cell(x_t, h)
        return h


def said(figure):
    return [figure.alt, *(text.label.text for text in figure.scene.texts),
            *(node.label.text for node in figure.scene.nodes if node.label)]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", [nn.LSTMCell, nn.GRUCell, nn.RNNCell])
def test_a_cell_in_a_loop_has_its_own_names(cell, kind):
    found = said(lstmviz.draw(Steps(cell(3, 8)), kind, inputs=(torch.randn(5, 2, 3),)))
    text = "\n".join(found)
    assert not re.search(r"nn\.(LSTM|GRU|RNN)\(|_l0|batch.first|\(L, N|\(1, 2, 8\)|[hc]_[0n]\[", text)
    assert ("weight_ih" in text) == (kind in {"cell", "neurons"})
    if kind != "cell":
        assert "(N, H) = (2, 8)" in text or "h_0 (2, 8)" in text


@pytest.mark.parametrize(("kind", "true", "false"), [
    ("cell", "weight_hh", "weight_hh_l0"),
    ("rolled", "(N, H) = (2, 8)", "(N, H) = (2, 9)"),
    ("unrolled", "h_0, c_0, h_n, c_n each (N, H)", "h_0, c_0, h_n, c_n each (L, H)"),
])  # fmt: skip
def test_another_name_or_shape_is_refuted(kind, true, false):
    seen = described(Steps(nn.LSTMCell(3, 8)), (torch.randn(5, 2, 3),))
    scene = compose(seen, plan_kind(kind, {})).scene
    assert not refuted(scene, seen.trace)
    texts = tuple(
        replace(one, label=replace(one.label, text=one.label.text.replace(true, false)))
        for one in scene.texts
    )
    assert texts != scene.texts
    assert refuted(replace(scene, texts=texts), seen.trace)


class Peephole(nn.Module):
    """A cell of one's own: a pair is handed on, and has names inside it alone."""

    def __init__(self):
        super().__init__()
        self.gates, self.peep = nn.Linear(3 + 4, 12), nn.Parameter(torch.rand(4))

    def forward(self, x, hx):
        h, c = hx
        i, g, o = self.gates(torch.cat([x, h], 1)).chunk(3, 1)
        i = torch.sigmoid(i + self.peep * c)
        c = (1 - i) * c + i * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class Pairs(nn.Module):
    """``state = cell(x_t, state)``; of `two` cells on each other, ``states[k]``."""

    def __init__(self, two=False):
        super().__init__()
        self.cell, self.above = Peephole(), Peephole() if two else None

    def forward(self, x):
        state = above = (x.new_zeros(x.shape[1], 4), x.new_zeros(x.shape[1], 4))
        found = []
        for x_t in x:
            state = self.cell(x_t, state)
            if self.above is not None:
                above = self.above(state[0][:, :3], above)
            found.append((above if self.above is not None else state)[0])
        return torch.stack(found)


def test_a_pair_that_is_handed_on_has_the_names_inside_the_cell():
    (loop,) = described(Pairs(), (torch.randn(5, 2, 3),)).trace.loops
    assert {state.name for state in loop.states} == {"h", "c"}


def test_names_that_tell_nothing_apart_are_not_taken():
    (loop,) = described(Pairs(two=True), (torch.randn(5, 2, 3),)).trace.loops
    assert {state.name for state in loop.states} == {"state[0]", "state[1]", "above[0]", "above[1]"}
