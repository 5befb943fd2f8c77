"""Truncated backpropagation: states that a loop detaches, a cut in their line, and proven by a run."""

import dataclasses

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.network.user import loop_record
from lstmviz.network.user.describe import describe


class EveryThird(nn.Module):
    """A cell of torch's; both states are detached as steps 4 and 7 begin."""

    def __init__(self):
        super().__init__()
        self.cell, self.out = nn.LSTMCell(3, 4), nn.Linear(4, 1)

    def forward(self, x):
        h = c = x.new_zeros(x.size(0), 4)
        ys = []
        for t in range(x.size(1)):
            if t % 3 == 0:
                h, c = h.detach(), c.detach()
            h, c = self.cell(x[:, t], (h, c))
            ys.append(self.out(h))
        return torch.stack(ys, 1)


class Chunks(nn.Module):
    """An LSTM of two layers, called for two steps each time."""

    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.LSTM(3, 4, 2, batch_first=True), nn.Linear(4, 1)

    def forward(self, x):
        state, ys = None, []
        for part in x[:, :6].split(2, 1):
            y, state = self.rnn(part, state)
            state = tuple(one.detach() for one in state)
            ys.append(y)
        return self.out(torch.cat(ys, 1))


class Own(nn.Module):
    """A cell of its own, of whose two states one alone is cut."""

    def __init__(self):
        super().__init__()
        self.w, self.out = nn.Linear(3 + 8, 4), nn.Linear(4, 1)

    def forward(self, x):
        h = m = x.new_zeros(x.size(0), 4)
        for t in range(x.size(1)):
            new = torch.tanh(self.w(torch.cat([x[:, t], h, m], 1)))
            h, m = new, m * 0.5 + new.sigmoid()
            if t % 2:
                m = m.detach()
        return self.out(h + m)


X = torch.randn(2, 7, 3, generator=torch.Generator().manual_seed(2))
CASES = {
    "EveryThird": (EveryThird, "cell", {("h", 4), ("c", 4), ("h", 7), ("c", 7)}),
    "Chunks": (Chunks, "rnn", {("h", 3), ("c", 3), ("h", 5), ("c", 5)}),
    "Own": (Own, "loop", {("m", 3), ("m", 5), ("m", 7)}),
}


@pytest.mark.parametrize("name", sorted(CASES))
@pytest.mark.parametrize("kind", ["grid", "unrolled"])
def test_each_cut_is_drawn_where_both_steps_are(name, kind):
    make, _, cuts = CASES[name]
    torch.manual_seed(0)
    scene = lstmviz.draw(make(), kind, inputs=X, elide="never").scene
    assert [text.label.text for text in scene.texts].count("//") == len(cuts) * (
        1 + ((name, kind) == ("Chunks", "grid"))
    )
    assert "//: no derivative goes back there" in {text.label.text for text in scene.texts}
    short = lstmviz.draw(make(), kind, inputs=X).scene
    assert "//" in {text.label.text for text in short.texts}


@pytest.mark.parametrize("name", sorted(CASES))
def test_derivatives_stop_there_and_values_do_not(name):
    """Of the result after a cut to the data before it, by torch alone."""
    make, _, cuts = CASES[name]
    torch.manual_seed(0)
    module, first = make(), min(step for _, step in cuts)
    x = X.clone().requires_grad_()
    if name != "Own":
        module(x)[:, first - 1].sum().backward()
        assert not x.grad[:, : first - 1].any()
        assert x.grad[:, first - 1].any()
    other = X.clone()
    other[:, 0] += 1
    assert not torch.allclose(module(X), module(other))


@pytest.mark.parametrize("name", sorted(CASES))
def test_it_is_proven(name):
    torch.manual_seed(0)
    assert {proof.answer for proof in lstmviz.check(CASES[name][0](), inputs=X)} == {"proven"}


@pytest.mark.parametrize("name", ["EveryThird", "Own"])
@pytest.mark.parametrize("by", [-1, 1])
def test_a_cut_that_is_told_elsewhere_is_refuted(monkeypatch, name, by):
    state = loop_record.State

    def elsewhere(*args):
        one = state(*args)
        return dataclasses.replace(one, cut=tuple(number + by for number in one.cut if number + by < 7))

    monkeypatch.setattr(loop_record, "State", elsewhere)
    torch.manual_seed(0)
    with pytest.raises(lstmviz.LstmvizError, match="derivative goes back over"):
        lstmviz.check(CASES[name][0](), inputs=X)


def test_a_layer_knows_the_steps_of_its_cuts():
    cuts = {name: describe(CASES[name][0](), X).recurrent[0].cuts for name in ("Chunks", "EveryThird")}
    assert cuts == {"Chunks": (3, 5), "EveryThird": (4, 7)}


class Shorter(Chunks):
    """The last call reads fewer steps: it is another layer with the same weights."""

    def forward(self, x):
        state, ys = None, []
        for part in (x[:, :3], x[:, 3:5], x[:, 5:]):
            y, state = self.rnn(part, state)
            state = tuple(one.detach() for one in state)
            ys.append(y)
        return self.out(torch.cat(ys, 1))


def test_walls_of_the_data_are_none_of_a_layer_with_other_steps():
    answers = {proof.kind: proof.answer for proof in lstmviz.check(Shorter(), inputs=X)}
    assert answers["influence"] == "proven"
