"""Kinds `influence` and `activity` of modules that are given their first states: each sample has its own."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import lstmviz


class Apart(nn.Module):
    """Takes h_0 and c_0 as arguments of their own."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 5, 2, batch_first=True)

    def forward(self, x, h_0, c_0):
        return self.lstm(x, (h_0, c_0))


class Together(nn.Module):
    """Takes them as one, and has a head."""

    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(3, 5, 2, batch_first=True), nn.Linear(5, 2)

    def forward(self, x, states):
        return self.head(self.lstm(x, states)[0])


def given(samples=4, layers=2):
    """An input (N, T, F), h_0 and c_0 (L, N, H): with as many samples as layers no size tells N from L."""
    luck = torch.Generator().manual_seed(2)
    x = torch.randn(samples, 6, 3, generator=luck)
    return x, *(torch.randn(layers, samples, 5, generator=luck) for _ in "hc")


CASES = {
    "torch's own": (lambda: nn.LSTM(3, 5, 2, batch_first=True), lambda x, h, c: (x, (h, c))),
    "apart": (Apart, lambda x, h, c: (x, h, c)),
    "together": (Together, lambda x, h, c: (x, (h, c))),
    "by name": (Apart, lambda x, h, c: {"x": x, "h_0": h, "c_0": c}),
}


def lstm_of(module):
    return module if isinstance(module, nn.LSTM) else module.lstm


def plot(scene, name):
    heat = next(one for one in scene.plots if one.id == name)
    return torch.tensor(heat.values).view(heat.rows, heat.columns)


@pytest.mark.parametrize("samples", [1, 2, 4])
@pytest.mark.parametrize("case", CASES)
def test_states_are_the_samples_own(case, samples):
    torch.manual_seed(4)
    make, inputs = CASES[case]
    module, (x, h, c) = make(), given(samples)
    n = samples - 1
    scene = lstmviz.draw(module, "activity", inputs=inputs(x, h, c), sample=n, layer=1).scene
    output = lstm_of(module)(x, (h, c))[0]
    assert torch.allclose(plot(scene, "h"), output[n].T, atol=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_derivatives_are_taken_there(case):
    torch.manual_seed(4)
    make, inputs = CASES[case]
    module, (x, h, c) = make(), given()
    scene = lstmviz.draw(module, "influence", inputs=inputs(x, h, c), sample=2).scene
    own = (h[:, 2:3], c[:, 2:3])

    def result(one):
        output = lstm_of(module)(one[None], own)[0]
        return module.head(output) if isinstance(module, Together) else output

    jacobian = torch.autograd.functional.jacobian(result, x[2])
    assert torch.allclose(plot(scene, "map"), jacobian.square().sum((0, 2, 4)).sqrt(), rtol=1e-3, atol=1e-6)

    def last(first):
        begun = (torch.stack([first, own[0][1, 0]])[:, None], own[1])
        return lstm_of(module)(x[2:3], begun)[1][0][0, 0]

    by_h = torch.linalg.matrix_norm(torch.autograd.functional.jacobian(last, h[0, 2]), 2)
    curve = next(one for one in scene.plots if one.id == "h.l0.fwd")
    assert curve.values[0] == pytest.approx(float(by_h), rel=1e-3)


def test_they_are_proven():
    module, (x, h, c) = Together(), given()
    proofs = {one.figure: one for one in lstmviz.check(module, inputs=(x, (h, c)))}
    assert {"influence", "activity"} <= proofs.keys()
    assert all((one.faults, one.unproven) == ((), ()) for one in proofs.values())


def test_what_all_samples_share_is_not_copied():
    """A mask of as many rows as there are samples is no batch."""

    class Masked(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = nn.GRU(3, 5, batch_first=True)

        def forward(self, x, mask):
            return mask @ self.gru(x)[0]

    x, mask = torch.randn(6, 6, 3), torch.ones(6, 6).tril()
    scene = lstmviz.draw(Masked(), "influence", inputs=(x, mask)).scene
    assert (plot(scene, "map").triu(1) == 0).all()
    assert (plot(scene, "map").tril() != 0).sum() == 21
