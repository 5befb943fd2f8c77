"""Layers whose weights other layers make: through torch.func.functional_call, as hypernetworks do."""

import torch
from torch import nn
from torch.func import functional_call

import lstmviz
from lstmviz.network.user.describe import describe


class Hypernetwork(nn.Module):
    """A recurrence whose weights are made anew in each round, from its state."""

    def __init__(self):
        super().__init__()
        self.main, self.hyper = nn.Linear(7, 4), nn.Linear(4, 32)

    def forward(self, x):
        h, hs = x.new_zeros(x.shape[1], 4), []
        for step in x:
            made = self.hyper(h.mean(0))
            weights = {"weight": made[:-4].view(4, 7), "bias": made[-4:]}
            h = torch.tanh(functional_call(self.main, weights, (torch.cat([step, h], 1),)))
            hs.append(h)
        return torch.stack(hs)


class Head(nn.Module):
    """A head whose weights are made of an encoder's last state; a second one has its own."""

    def __init__(self):
        super().__init__()
        self.rnn, self.hyper, self.main = nn.GRU(3, 4), nn.Linear(4, 10), nn.Linear(4, 2)

    def forward(self, x):
        output, h = self.rnn(x)
        made = self.hyper(h[-1].mean(0))
        return functional_call(self.main, {"weight": made[:8].view(2, 4), "bias": made[8:]}, (output,))


def test_weights_that_a_layer_makes_are_read_by_the_layer_that_uses_them():
    x = torch.randn(5, 2, 3)
    for model in (Hypernetwork(), Head()):
        trace = describe(model, (x,))
        call = trace.stage("functional_call")
        assert len(call.sources) == 3, call.sources
        assert trace.notes == ()
        for one in lstmviz.check(model, inputs=(x,)):
            assert (one.faults, one.unproven, one.proven) == ((), (), one.arrows), one.kind


def test_a_layer_called_with_its_own_weights_by_name_is_that_layer():
    class Own(Head):
        def forward(self, x):
            return functional_call(self.main, dict(self.main.named_parameters()), (self.rnn(x)[0],))

    trace = describe(Own(), (torch.randn(5, 2, 3),))
    assert trace.stage("main").type == "linear"
    assert any("hyper" in str(one) for one in trace.notes)
