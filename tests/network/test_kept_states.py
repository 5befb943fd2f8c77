"""States that a module keeps from call to call: said on every figure; zeros that it hands are no default."""

import pytest
import torch
from torch import nn

import lstmviz
from lstmviz.network.user.describe import describe

X = torch.randn(5, 2, 3)


class Keeps(nn.Module):
    """One layer; `begin` makes its first states, `keep` what it holds of the last ones."""

    def __init__(self, layer, begin=None, keep=None):
        super().__init__()
        self.rnn, self.begin, self.keep, self.states = layer(3, 4), begin, keep, None

    def forward(self, x):
        if self.states is None and self.begin:
            self.states = self.begin(x)
        output, states = self.rnn(x, self.states)
        self.states = self.keep(states) if self.keep else states
        return output


class Copied(nn.Module):
    """Writes its last state into the buffer that it began with."""

    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 4)
        self.register_buffer("state", torch.zeros(1, 2, 4))

    def forward(self, x):
        output, state = self.rnn(x, self.state)
        self.state.copy_(state.detach())
        return output


class Stepwise(Keeps):
    """A cell that a loop calls."""

    def forward(self, x):
        found = []
        for row in x:
            self.states = self.rnn(row, self.states)
            found.append(self.states)
        return torch.stack(found)


class Shown(nn.Module):
    """Takes its states, or none; what it holds of the last ones is for others to look at."""

    def __init__(self, *, zeros=False):
        super().__init__()
        self.rnn, self.zeros, self.last = nn.LSTM(3, 4), zeros, None

    def forward(self, x, hidden=None):
        if hidden is None and self.zeros:
            hidden = (x.new_zeros(1, x.size(1), 4), x.new_zeros(1, x.size(1), 4))
        output, self.last = self.rnn(x, hidden)
        return output


def zero(x):
    return torch.zeros(1, x.size(1), 4)


def two(x):
    return zero(x), zero(x)


def detached(states):
    return tuple(one.detach() for one in states)


MODULES = {
    "lstm": (lambda: Keeps(nn.LSTM), False),
    "gru": (lambda: Keeps(nn.GRU), False),
    "lstm from zeros, detached": (lambda: Keeps(nn.LSTM, two, detached), True),
    "gru from zeros, detached": (lambda: Keeps(nn.GRU, zero, torch.Tensor.detach), True),
    "copied": (Copied, True),
    "cell": (lambda: Stepwise(nn.GRUCell), False),
}


def told(module, kind):
    return " ".join(t.label.text for t in lstmviz.draw(module, kind, inputs=(X,)).scene.texts)


@pytest.mark.parametrize("name", sorted(MODULES))
@pytest.mark.parametrize("kind", ["grid", "pipeline", "tensors"])
def test_that_states_are_kept_is_said(name, kind):
    assert "its last states are kept by the module" in told(MODULES[name][0](), kind)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_zeros_are_a_default_only_where_nothing_is_handed(name):
    make, handed = MODULES[name]
    said = told(make(), "tensors")
    assert ("zeros by default" in said) is not handed
    assert "zeros" in said
    assert "given" not in said


@pytest.mark.parametrize("name", sorted(MODULES))
def test_kept_states_are_proven_and_what_was_kept_is_given(name):
    module = MODULES[name][0]()
    assert all(one.answer == "proven" for one in lstmviz.check(module, inputs=(X,)))
    with torch.no_grad():
        module(X)
    said = told(module, "tensors")
    assert "zeros" not in said
    assert "its last states are kept by the module" in said


@pytest.mark.parametrize("zeros", [False, True])
def test_what_is_only_held_is_not_kept(zeros):
    module = Shown(zeros=zeros)
    assert not any(layer.kept for layer in describe(module, (X,)).recurrent)
    said = told(module, "tensors")
    assert "kept" not in said
    assert ("by default" in said) is not zeros
