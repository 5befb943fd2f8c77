"""Where a ReLU bends there is no slope: near to it the check takes smaller steps, on it nothing is proven."""

import pytest
import torch
from torch import nn

import lstmviz


class Stacked(nn.Module):
    """Two RNNs of ReLUs, the first states given; unit 1 of step 3 has a sum of `near` before its ReLU."""

    def __init__(self, near, above):
        super().__init__()
        torch.manual_seed(1)
        self.below, self.above = nn.RNN(2, 3, nonlinearity="relu"), above
        self.double()
        with torch.no_grad():
            for weight in self.parameters():
                weight.abs_()
        for _ in range(99):
            self.below.bias_ih_l0.data[0] -= (self.summed() - near) * 0.8

    def summed(self):
        """What unit 1 makes of what it reads at step 3, before its ReLU."""
        (x, h), layer = given(), self.below
        for row in x[:3]:
            summed = row @ layer.weight_ih_l0.T + layer.bias_ih_l0 + h[0] @ layer.weight_hh_l0.T
            h = (summed + layer.bias_hh_l0).relu()[None]
        return float(summed.detach()[0, 0] + layer.bias_hh_l0.detach()[0])

    def forward(self, x, h):
        """Every output of the upper one."""
        return self.above(self.below(x, h)[0])[0]


def given():
    """Five steps of one sample, and its first state; all positive."""
    torch.manual_seed(3)
    return torch.rand(5, 1, 2, dtype=torch.float64), torch.rand(1, 1, 3, dtype=torch.float64)


def proof(near):
    module = Stacked(near, nn.RNN(3, 2, nonlinearity="relu"))
    assert abs(module.summed() - near) < 1e-12
    return next(one for one in lstmviz.check(module, inputs=given()) if one.kind == "influence")


@pytest.mark.parametrize("near", [1e-4, 3e-6, -3e-6, 4e-7, -5e-7])
def test_a_bend_within_the_step_refutes_nothing(near):
    one = proof(near)
    assert (one.faults, one.unproven) == ((), ())


@pytest.mark.parametrize("near", [0.0, 1e-10])
def test_on_the_bend_nothing_is_proven_and_nothing_refuted(near):
    one = proof(near)
    assert one.faults == ()
    assert any("there is no derivative" in doubt.why for doubt in one.unproven)
